package io.abelia.scheduler.http;

import static io.abelia.scheduler.http.HttpServer.body;
import static io.abelia.scheduler.http.HttpServer.json;
import static io.abelia.scheduler.http.HttpServer.strictBody;

import io.abelia.engine.clock.VectorClock;
import io.abelia.scheduler.broker.Broker;
import io.abelia.scheduler.datastore.BlobStore;
import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.BrokerRecord;
import io.abelia.scheduler.model.Datum;
import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Json;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.model.Verdict;
import io.abelia.scheduler.placement.Health;
import io.abelia.scheduler.placement.Matcher;
import io.abelia.scheduler.placement.Weights;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a broker answers by HTTP. */
final class BrokerApi {
    private static final int RETRIES = 2;
    private static final String RESULT = "/result";
    private static final int MAX_PAGE = 1_000;

    private final Broker broker;
    private final Metadata metadata;
    private final DataPlane data;

    BrokerApi(final Broker broker, final Metadata metadata, final DataPlane data) {
        this.broker = broker;
        this.metadata = metadata;
        this.data = data;
    }

    void routes(final HttpServer server) {
        server.onAlways("PUT", "/executors/register", this::register)
                .onAlways("PUT", "/executors/heartbeat/{id}", this::heartbeat)
                .on(
                        "GET",
                        "/executors/count",
                        context -> json(context, Map.of("count", broker.health().size())))
                .on("GET", "/executors", this::executors)
                .on("GET", "/executors/{id}/history", context -> json(context, broker.history(context.pathParam("id"))))
                .on(
                        "GET",
                        "/executors/{id}/conflicts",
                        context -> json(context, metadata.conflicting(context.pathParam("id"))))
                .on("PUT", "/executors/{id}/labels/{label}", context -> label(context, true))
                .on("DELETE", "/executors/{id}/labels/{label}", context -> label(context, false))
                .on("PUT", "/job/submit/{id}", this::submit)
                .on("GET", "/job/{id}", context -> json(context, job(context.pathParam("id"))))
                .on("GET", "/job/{id}/why", this::why)
                .on("DELETE", "/job/{id}", this::cancel)
                .on("GET", "/jobs", context -> json(context, broker.openJobs()))
                .onAlways("PUT", "/job/done/{id}", this::done)
                .on("PUT", "/result/{id}", this::result)
                .on(
                        "PUT",
                        "/data/<name>",
                        context -> json(context, data.put(context.pathParam("name"), context.bodyAsBytes())))
                .on("GET", "/data/<name>", this::get)
                .on("GET", "/list/data", context -> list(context, ""))
                .on("GET", "/list/data/<prefix>", context -> list(context, context.pathParam("prefix")))
                .on("PUT", "/datastores/register", this::datastore)
                .on("GET", "/broker/blob/<name>", this::blob)
                .on("GET", "/broker/clock", this::clock)
                .on("GET", "/broker/status", this::status)
                .on("GET", "/broker/metadata", this::metadata)
                .on("GET", "/broker/emergencies", context -> json(context, broker.emergencies()))
                .on("PUT", "/broker/emergency/{id}", this::declare)
                .on("DELETE", "/broker/emergency/{id}", this::resolve)
                .on(
                        "DELETE",
                        "/broker/owner/{owner}",
                        context -> json(context, Map.of("closed", broker.retire(context.pathParam("owner")))));
    }

    // ---- executors

    private void register(final Context context) {
        broker.register(body(context, ExecutorRecord.class));
        json(context, Map.of("registered", true));
    }

    private void heartbeat(final Context context) {
        final ExecutorRecord record = body(context, ExecutorRecord.class);
        if (!record.id().equals(context.pathParam("id"))) {
            throw new IllegalArgumentException(
                    "the heartbeat is of " + record.id() + ", not of " + context.pathParam("id"));
        }
        json(context, new HttpBrokers.Known(broker.heartbeat(record)));
    }

    private void executors(final Context context) {
        final Map<String, Object> all = new TreeMap<>();
        final Map<String, Health> health = broker.health();
        broker.executors()
                .forEach((id, record) ->
                        all.put(id, Map.of("record", record, "health", health.getOrDefault(id, Health.LOST))));
        json(context, all);
    }

    private void label(final Context context, final boolean present) {
        broker.label(context.pathParam("id"), context.pathParam("label"), present);
        json(context, Map.of(context.pathParam("label"), present));
    }

    // ---- jobs

    /** The body, an object, with the id that the address says, and what holds where it says nothing. */
    private static String withId(final Context context, final Map<String, Object> defaults) {
        final Map<String, Object> fields = new LinkedHashMap<>(defaults);
        final Map<?, ?> given = strictBody(context, Map.class);
        for (final Map.Entry<?, ?> field : given.entrySet()) {
            fields.put(String.valueOf(field.getKey()), field.getValue());
        }
        fields.put("id", context.pathParam("id"));
        return Json.write(fields);
    }

    private void submit(final Context context) {
        final JobSpec job = Json.readStrictly(withId(context, Map.of("retries", RETRIES)), JobSpec.class);
        requireSound(job);
        final String name = broker.submit(job, context.queryParam("home"));
        json(context.status(202), Map.of("job", name));
    }

    /** Refuses what could be stored, and then not be placed. */
    private static void requireSound(final JobSpec job) {
        job.requirements().requireSound();
        final String rank = job.preferences().rank();
        if (rank != null) {
            Weights.DEFAULT.rankedBy(rank);
        }
        final String after = job.after();
        if (after != null) {
            VectorClock.parseJson(after);
        }
        job.waitFor().forEach(other -> JobSpec.requireName("job to wait for", other.replace('@', ':')));
        job.reads().forEach(BlobStore::requireName);
    }

    private static void requireSound(final Submission submission) {
        JobSpec.requireName("executor", submission.executor());
        JobSpec.requireName("attempt", submission.attempt());
        submission.used().keySet().forEach(other -> JobSpec.requireName("job that was used", other.replace('@', ':')));
    }

    private JobView view(final String name) {
        final JobView job = broker.job(name);
        if (job == null) {
            throw new NotFoundResponse("no broker that is heard here knows job " + name);
        }
        return job;
    }

    private Map<String, Object> job(final String name) {
        final JobView job = view(name);
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("state", job.state());
        all.put("final", job.facts().isFinal());
        all.put("settled", broker.isSettled(name));
        all.put("outcome", job.facts().outcome());
        all.put("slots", job.facts().toString());
        put(all, "placement", job.current());
        put(all, "rerunAs", broker.rerun(name));
        all.put("failures", job.failures());
        all.put("submissions", job.submissions());
        all.put("spec", job.spec());
        return all;
    }

    private static void put(final Map<String, Object> all, final String name, final @Nullable Object value) {
        if (value != null) {
            all.put(name, value);
        }
    }

    private void why(final Context context) {
        final String name = context.pathParam("id");
        view(name);
        final Matcher.Match match = broker.why(name);
        if (match == null) {
            throw new NotFoundResponse("no job " + name);
        }
        json(
                context,
                Map.of(
                        "wouldRunOn",
                        match.chosen().stream().map(c -> c.record().id()).toList(),
                        "feasible",
                        match.isFeasible(),
                        "rejections",
                        match.rejections(),
                        "waits",
                        broker.waits(name)));
    }

    private void cancel(final Context context) {
        final String name = context.pathParam("id");
        view(name);
        json(context, Map.of("cancelled", broker.cancel(name)));
    }

    private void done(final Context context) {
        final Submission submission = body(context, Submission.class);
        if (!submission.job().equals(context.pathParam("id"))) {
            throw new IllegalArgumentException(
                    "the result is of job " + submission.job() + ", not of " + context.pathParam("id"));
        }
        answer(context, submission);
    }

    private void answer(final Context context, final Submission submission) {
        requireSound(submission);
        final Verdict verdict = broker.result(submission);
        final Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("verdict", verdict);
        final JobView job = broker.job(submission.job());
        if (verdict == Verdict.REJECTED_DUPLICATE && job != null) {
            answer.put("winner", job.facts().outcome());
        }
        json(context, answer);
    }

    /** Content and verdict in one request. */
    private void result(final Context context) throws Exception {
        final String job = context.pathParam("id");
        final Datum datum = data.put("result/" + BlobStore.digest(context.bodyAsBytes()), context.bodyAsBytes());
        answer(
                context,
                new Submission(
                        job, require(context, "executor"), require(context, "attempt"), datum.digest(), "", Map.of()));
    }

    private static String require(final Context context, final String parameter) {
        final String value = context.queryParam(parameter);
        if (value == null) {
            throw new IllegalArgumentException("add ?" + parameter + "= to the address");
        }
        return value;
    }

    // ---- data

    private void get(final Context context) throws Exception {
        final String name = context.pathParam("name");
        final boolean ofJob = name.endsWith(RESULT)
                && (metadata.datum(name) == null
                        || broker.job(name.substring(0, name.length() - RESULT.length())) != null);
        send(context, ofJob ? result(name) : data.get(name), name);
    }

    /** {@code {job}/result}: what counts, that of its rerun if it was run again. */
    private byte @Nullable [] result(final String name) throws Exception {
        final String id = name.substring(0, name.length() - RESULT.length());
        view(id);
        final JobView job = broker.counting(id);
        if (job == null || job.facts().winner() == null) {
            throw new NotFoundResponse("the job has no result yet: " + (job == null ? "PENDING" : job.state()));
        }
        return data.get("result/" + job.facts().outcome().digest());
    }

    private static void send(final Context context, final byte @Nullable [] content, final String name) {
        if (content == null) {
            throw new NotFoundResponse("there is no datum " + name);
        }
        context.contentType("application/octet-stream").result(content);
    }

    private void blob(final Context context) throws Exception {
        send(context, data.own(context.pathParam("name")), context.pathParam("name"));
    }

    private void list(final Context context, final String prefix) {
        final int limit = limit(context);
        final String after = context.queryParamAsClass("after", String.class).getOrDefault("");
        json(
                context,
                metadata.data(prefix).stream()
                        .filter(name -> name.compareTo(after) > 0)
                        .limit(limit)
                        .toList());
    }

    private static int limit(final Context context) {
        final String given = context.queryParam("limit");
        try {
            final int limit = given == null ? MAX_PAGE : Integer.parseInt(given);
            if (limit > 0 && limit <= MAX_PAGE) {
                return limit;
            }
        } catch (final NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("limit is from 1 to " + MAX_PAGE + ", not " + given);
    }

    private void datastore(final Context context) {
        final BrokerRecord record = body(context, BrokerRecord.class);
        JobSpec.requireName("datastore", record.id());
        JobSpec.requireName("incarnation", record.incarnation());
        metadata.commitSoon(tx -> metadata.datastore(tx, record));
        json(context, Map.of("registered", true));
    }

    // ---- the broker itself

    private void clock(final Context context) {
        context.contentType("application/json").result(metadata.engine().clock().toJson());
    }

    private void status(final Context context) {
        final Map<String, Object> all = new LinkedHashMap<>();
        final Map<String, Health> brokers = broker.brokers();
        all.put("broker", broker.id());
        all.put("brokers", brokers);
        final List<String> unreachable = brokers.entrySet().stream()
                .filter(entry -> entry.getValue() == Health.LOST)
                .map(Map.Entry::getKey)
                .toList();
        all.put("partitioned", !unreachable.isEmpty());
        all.put("unreachable", unreachable);
        all.put("digest", metadata.engine().digest().toString());
        all.put("counters", broker.status().values());
        all.put("lastError", broker.status().lastError());
        all.put("elements that could not be read", metadata.unreadable());
        json(context, all);
    }

    private void metadata(final Context context) {
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("brokers", metadata.brokers());
        all.put("executors", metadata.executors());
        all.put("datastores", metadata.datastores());
        all.put("emergencies", metadata.emergencies());
        all.put("jobs", metadata.jobs());
        json(context, all);
    }

    private void declare(final Context context) {
        final Emergency emergency = Json.readStrictly(withId(context, Map.of()), Emergency.class);
        broker.declare(emergency);
        json(context, emergency);
    }

    private void resolve(final Context context) {
        if (!broker.resolveEmergency(context.pathParam("id"))) {
            throw new NotFoundResponse("no emergency " + context.pathParam("id") + " is active");
        }
        json(context, Map.of("resolved", true));
    }
}
