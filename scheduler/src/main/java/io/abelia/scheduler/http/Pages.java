package io.abelia.scheduler.http;

import static io.abelia.scheduler.http.HttpServer.json;

import io.abelia.scheduler.broker.Broker;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.placement.Health;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** The live page, what it shows, and the description of the API. */
final class Pages {
    private Pages() {}

    static void routes(final HttpServer server, final Broker broker, final Metadata metadata) {
        server.open("GET", "/", context -> resource(context, "page.html", "text/html; charset=utf-8"))
                .open("GET", "/openapi.json", context -> resource(context, "broker-openapi.json", "application/json"))
                .on("GET", "/broker/view", context -> json(context, view(broker, metadata)));
    }

    private static void resource(final Context context, final String name, final String type) throws IOException {
        try (InputStream in = Pages.class.getResourceAsStream("/io/abelia/scheduler/" + name)) {
            if (in == null) {
                throw new IOException(name + " is missing in this build");
            }
            context.contentType(type).result(in.readAllBytes());
        }
    }

    private static Map<String, Object> view(final Broker broker, final Metadata metadata) {
        final Map<String, Object> executors = new TreeMap<>();
        final Map<String, Health> health = broker.health();
        broker.executors().forEach((id, record) -> {
            final Map<String, Object> one = new LinkedHashMap<>();
            one.put("health", health.getOrDefault(id, Health.LOST));
            one.put("capabilities", record.capabilities());
            one.put("running", record.executions());
            executors.put(id, one);
        });
        final Map<String, Integer> states = new TreeMap<>();
        final Map<String, Object> jobs = new TreeMap<>();
        for (final String name : metadata.jobs()) {
            final var job = broker.job(name);
            if (job != null) {
                states.merge(job.state().name(), 1, Integer::sum);
                jobs.put(
                        name, job.state() + (job.state().isEnd() && !job.facts().isFinal() ? " (tentative)" : ""));
            }
        }
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("broker", broker.id());
        all.put("brokers", broker.brokers());
        all.put("executors", executors);
        all.put("states", states);
        all.put("jobs", jobs);
        all.put("emergencies", broker.emergencies());
        all.put("digest", metadata.engine().digest().toString());
        return all;
    }
}
