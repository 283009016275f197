package io.abelia.scheduler.http;

import io.abelia.scheduler.datastore.BlobStore;
import io.abelia.scheduler.executor.BrokerGateway;
import io.abelia.scheduler.executor.Contents;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.model.Verdict;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Brokers as an executor reaches them by HTTP; the executor's own results lie in a store until a broker has them. */
final class HttpBrokers implements BrokerGateway, Contents {
    /** An answer with a verdict. */
    record Answer(Verdict verdict) {}

    /** An answer to a heartbeat. */
    record Known(boolean known) {}

    private static final String RESULT = "result/";

    private static final int SENDERS = 2;

    private final Set<String> underWay = ConcurrentHashMap.newKeySet();
    /** Contents that a broker has, which is not to get them with every submission. */
    private final Set<String> taken = ConcurrentHashMap.newKeySet();

    private final ExecutorService senders = Executors.newFixedThreadPool(SENDERS, task -> {
        final Thread thread = new Thread(task, "abelia-result");
        thread.setDaemon(true);
        return thread;
    });
    private final Calls calls;
    private final BlobStore kept;
    private final Supplier<List<String>> brokers;

    HttpBrokers(final Calls calls, final BlobStore kept, final Supplier<List<String>> brokers) {
        this.calls = calls;
        this.kept = kept;
        this.brokers = brokers;
    }

    @Override
    public void register(
            final String broker, final ExecutorRecord record, final Runnable taken, final Consumer<String> refused) {
        final var unused = calls.send("PUT", broker + "/executors/register", record, Map.class)
                .whenComplete((answer, failure) -> {
                    final Calls.RefusedException refusal = failure == null ? null : Calls.RefusedException.in(failure);
                    if (refusal != null) {
                        refused.accept(String.valueOf(refusal.getMessage()));
                    } else if (failure == null) {
                        taken.run();
                    }
                });
    }

    @Override
    public void heartbeat(final String broker, final ExecutorRecord record, final Consumer<Boolean> known) {
        final var unused = calls.send(
                        "PUT", broker + "/executors/heartbeat/" + Calls.encode(record.id()), record, Known.class)
                .thenAccept(answer -> known.accept(answer.known()));
    }

    @Override
    public void result(
            final String broker,
            final Submission submission,
            final Consumer<Verdict> verdict,
            final Consumer<String> refused) {
        final String name = submission.job() + " " + submission.name();
        if (underWay.add(name)) {
            senders.execute(() -> {
                try {
                    submit(broker, submission, verdict, refused);
                } finally {
                    underWay.remove(name);
                }
            });
        }
    }

    private void submit(
            final String broker,
            final Submission submission,
            final Consumer<Verdict> verdict,
            final Consumer<String> refused) {
        try {
            final String name = RESULT + submission.content();
            final String given = broker + " " + name;
            final byte[] content = content(submission, name);
            final boolean before = taken.contains(given);
            if (content != null && !before) {
                upload(broker, name, content, submission.hasFailed());
                taken.add(given);
            }
            final Verdict said = calls.send(
                            "PUT", broker + "/job/done/" + Calls.encode(submission.job()), submission, Answer.class)
                    .join()
                    .verdict();
            if (said == Verdict.ACCEPTED_FINAL || said == Verdict.REJECTED_DUPLICATE || said == Verdict.FAILURE_NOTED) {
                if (content != null && before) {
                    upload(broker, name, content, submission.hasFailed()); // it may have lost its disk since
                }
                if (content != null) {
                    kept.delete(name);
                }
                taken.removeIf(other -> other.endsWith(" " + name));
            }
            verdict.accept(said);
        } catch (final IOException | RuntimeException e) {
            final Calls.RefusedException refusal = Calls.RefusedException.in(e);
            if (refusal != null) {
                refused.accept(String.valueOf(refusal.getMessage()));
            } // else the executor tries again, here or elsewhere
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a failed execution left is good to have; that it failed is told in any case. */
    private void upload(final String broker, final String name, final byte[] content, final boolean hasFailed)
            throws IOException, InterruptedException {
        try {
            calls.put(broker + "/data/" + Calls.encode(name), content);
        } catch (final IOException | RuntimeException e) {
            if (!hasFailed) {
                throw e;
            }
        }
    }

    private byte @Nullable [] content(final Submission submission, final String name) throws IOException {
        try {
            return submission.content().isEmpty() ? null : kept.get(name);
        } catch (final IOException e) {
            if (!submission.hasFailed()) {
                throw e;
            }
            return null;
        }
    }

    @Override
    public byte @Nullable [] get(final String name) throws IOException {
        IOException last = null;
        boolean nobody = false;
        for (final String broker : brokers.get()) {
            try {
                final byte[] content = calls.get(broker + "/data/" + Calls.encode(name));
                if (content != null) {
                    return content;
                }
                nobody = true; // this one has not heard of it; another one may have
            } catch (final IOException e) {
                last = e;
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
        if (last == null && nobody) {
            return null;
        }
        throw last == null ? new IOException("no broker is known") : last;
    }

    @Override
    public String keep(final byte[] content) throws IOException {
        final String digest = BlobStore.digest(content);
        kept.put(RESULT + digest, content);
        return digest;
    }
}
