package io.abelia.scheduler.http;

import io.abelia.scheduler.broker.Broker;
import io.abelia.scheduler.broker.ExecutorGateway;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Order;
import org.jspecify.annotations.Nullable;

/** Orders to executors by HTTP. */
final class HttpExecutors implements ExecutorGateway {
    /** What an executor answers to an order. */
    record Taken(boolean taken, @Nullable String reason) {}

    private final Calls calls;
    private volatile @Nullable Broker broker;

    HttpExecutors(final Calls calls) {
        this.calls = calls;
    }

    void broker(final Broker newBroker) {
        broker = newBroker;
    }

    @Override
    public void submit(final ExecutorRecord to, final Order order) {
        final var unused = calls.send(
                        "PUT", to.endpoint() + "/submit/" + Calls.encode(order.name()), order, Taken.class)
                .whenComplete((answer, failure) -> {
                    final Calls.RefusedException refusal = failure == null ? null : Calls.RefusedException.in(failure);
                    final Broker asked = broker;
                    if (asked != null && refusal != null) {
                        asked.onAnswer(
                                order.name(), to.id(), order.attempt(), false, String.valueOf(refusal.getMessage()));
                    } else if (asked != null && failure == null) {
                        asked.onAnswer(
                                order.name(),
                                to.id(),
                                order.attempt(),
                                answer.taken(),
                                String.valueOf(answer.reason()));
                    }
                });
    }

    @Override
    public void cancel(final ExecutorRecord to, final String job, final String attempt) {
        final var unused = calls.send(
                "DELETE",
                to.endpoint() + "/job/" + Calls.encode(job) + "?attempt=" + Calls.encode(attempt),
                null,
                Taken.class);
    }
}
