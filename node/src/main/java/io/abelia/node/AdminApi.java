package io.abelia.node;

import com.fasterxml.jackson.core.JsonGenerator;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.replicate.Epoch;
import io.abelia.engine.replicate.Peer;
import io.abelia.replication.Replicator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.agrona.concurrent.NanoClock;

/** What operators ask a node. */
final class AdminApi {
    private static final long MS_NS = 1_000_000L;

    private final Engine engine;
    private final Replicator replicator;
    private final Parts parts;
    private final NanoClock nanoClock;

    AdminApi(final Engine engine, final Replicator replicator, final Parts parts, final NanoClock nanoClock) {
        this.engine = engine;
        this.replicator = replicator;
        this.parts = parts;
        this.nanoClock = nanoClock;
    }

    /** Why the node takes no commits, or one of its parts does not run; empty if all is well. */
    String unready() {
        final Map<String, String> problems = parts.problems();
        if (!problems.isEmpty()) {
            return String.join("; ", problems.values());
        }
        if (engine.fenced() != null) {
            return String.valueOf(engine.fenced());
        }
        if (engine.isJoined()) {
            return "";
        }
        final String why = replicator.unjoined();
        return "this node has not joined its group yet" + (why.isEmpty() ? "" : "; " + why);
    }

    /** {@code GET /v1/status}. */
    void status(final Request request) throws IOException {
        request.answer(200, json -> {
            final VectorClock here = engine.clock();
            json.writeStartObject();
            json.writeNumberField("node", replicator.node());
            json.writeStringField("origin", VectorClock.originName(engine.origin()));
            json.writeBooleanField("ready", unready().isEmpty());
            json.writeStringField("unready", unready());
            json.writeStringField("strangers", replicator.strangers());
            json.writeObjectFieldStart("parts");
            for (final String part : parts.names()) {
                json.writeStringField(part, parts.problems().getOrDefault(part, "runs"));
            }
            json.writeEndObject();
            json.writeStringField("durability", engine.durability().name());
            json.writeStringField("protection", replicator.protection().name());
            json.writeStringField("clock", here.toString());
            json.writeNumberField("repairRequests", replicator.repairRequests());
            epoch(json, replicator.epoch());
            json.writeArrayFieldStart("peers");
            for (final Peer peer : replicator.peers()) {
                json.writeStartObject();
                json.writeNumberField("node", peer.node());
                json.writeNumberField("heardMsAgo", (nanoClock.nanoTime() - peer.lastHeardNs()) / MS_NS);
                json.writeBooleanField("joined", peer.isJoined());
                json.writeNumberField("itLacks", missing(here, peer.applied()));
                json.writeNumberField("hereLacks", missing(peer.applied(), here));
                json.writeEndObject();
            }
            json.writeEndArray();
            counters(json, "engine", engine.status().values());
            counters(json, "transport", replicator.status().values());
            json.writeEndObject();
        });
    }

    /** Transactions of one clock that another does not cover. */
    static long missing(final VectorClock of, final VectorClock in) {
        final long[] missing = new long[1];
        of.forEach((origin, seq) -> missing[0] += Math.max(0, seq - in.get(origin)));
        return missing[0];
    }

    private static void counters(final JsonGenerator json, final String name, final Map<String, Long> values)
            throws IOException {
        json.writeObjectFieldStart(name);
        for (final Map.Entry<String, Long> value : values.entrySet()) {
            json.writeNumberField(value.getKey(), value.getValue());
        }
        json.writeEndObject();
    }

    private static void epoch(final JsonGenerator json, final Epoch epoch) throws IOException {
        json.writeStringField("group", Long.toHexString(epoch.group()));
        json.writeNumberField("epoch", epoch.number());
        json.writeArrayFieldStart("members");
        for (final long member : epoch.members()) {
            json.writeNumber(member);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("removed");
        for (final long node : epoch.removed()) {
            json.writeNumber(node);
        }
        json.writeEndArray();
    }

    /** Of the replicator's thread; 503 if that does not answer any more. */
    private static <T> T answer(final CompletableFuture<T> asked) {
        try {
            return asked.join();
        } catch (final CompletionException e) {
            throw new ApiException(
                    503, String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()));
        }
    }

    /** {@code GET /v1/members}. */
    void members(final Request request) throws IOException {
        final Map<Long, String> endpoints = answer(replicator.endpoints());
        final SortedSet<Long> withoutVote = answer(replicator.withoutVote());
        final String undecided = answer(replicator.undecided());
        request.answer(200, json -> {
            json.writeStartObject();
            epoch(json, replicator.epoch());
            json.writeArrayFieldStart("withoutVote");
            for (final long node : withoutVote) {
                json.writeNumber(node);
            }
            json.writeEndArray();
            if (!undecided.isEmpty()) {
                json.writeStringField("undecided", undecided);
            }
            json.writeObjectFieldStart("endpoints");
            for (final Map.Entry<Long, String> endpoint : endpoints.entrySet()) {
                json.writeStringField(String.valueOf(endpoint.getKey()), endpoint.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /** {@code POST /v1/members/remove?node=N[&force=true]}. */
    void remove(final Request request) throws IOException {
        final long node = request.number("node", Long.MIN_VALUE, Long.MIN_VALUE + 1, Long.MAX_VALUE);
        try {
            replicator
                    .remove(node, request.query("force", "false").equals("true"))
                    .join();
        } catch (final CompletionException e) {
            throw new ApiException(
                    409, String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()));
        }
        members(request);
    }

    /** {@code POST /v1/snapshot}. */
    void snapshot(final Request request) throws IOException {
        if (engine.durability() == Durability.MEMORY) {
            throw new ApiException(409, "a node without a directory writes no snapshots");
        }
        final Path file = engine.writeSnapshot();
        request.answer(200, json -> {
            json.writeStartObject();
            json.writeStringField("file", file.toString());
            json.writeEndObject();
        });
    }
}
