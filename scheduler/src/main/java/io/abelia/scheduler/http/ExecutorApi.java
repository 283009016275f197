package io.abelia.scheduler.http;

import static io.abelia.scheduler.http.HttpServer.body;
import static io.abelia.scheduler.http.HttpServer.json;

import io.abelia.scheduler.executor.Executor;
import io.abelia.scheduler.model.Order;
import io.javalin.http.Context;
import java.util.Map;

/** What an executor answers by HTTP. */
final class ExecutorApi {
    private final Executor executor;

    ExecutorApi(final Executor executor) {
        this.executor = executor;
    }

    void routes(final HttpServer server) {
        server.on("PUT", "/submit/{id}", this::submit)
                .on("GET", "/capabilities", context -> json(context, executor.record()))
                .on("GET", "/job/list", context -> json(context, executor.running()))
                .on("DELETE", "/job/{id}", this::cancel);
    }

    private void submit(final Context context) {
        final Order order = body(context, Order.class);
        if (!order.name().equals(context.pathParam("id"))) {
            throw new IllegalArgumentException(
                    "the order is of job " + order.name() + ", not of " + context.pathParam("id"));
        }
        final String refusal = executor.submit(order);
        json(context, new HttpExecutors.Taken(refusal == null, refusal));
    }

    private void cancel(final Context context) {
        final String job = context.pathParam("id");
        final String attempt = context.queryParam("attempt");
        if (attempt == null) {
            executor.running().stream()
                    .filter(order -> order.name().equals(job))
                    .forEach(order -> executor.cancel(job, order.attempt()));
        } else {
            executor.cancel(job, attempt);
        }
        json(context, Map.of("taken", true));
    }
}
