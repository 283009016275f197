package io.abelia.node;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.replicate.Peer;
import io.abelia.replication.Replicator;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.agrona.concurrent.status.CountersManager;

/** A node's counters for Prometheus, through Micrometer. */
final class NodeMetrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Engine engine;
    private final Replicator replicator;
    private final MultiGauge itLacks;
    private final MultiGauge hereLacks;

    NodeMetrics(final Engine engine, final Replicator replicator, final Parts parts, final AdminApi admin) {
        this.engine = engine;
        this.replicator = replicator;
        final CountersManager counters = engine.status().counters();
        counters.forEach((id, label) -> Gauge.builder(name("abelia", label), () -> counters.getCounterValue(id))
                .description(label)
                .register(registry));
        for (final String label : replicator.status().values().keySet()) {
            Gauge.builder(name("abelia_transport", label), () -> transport(label))
                    .description(label)
                    .register(registry);
        }
        for (final String part : parts.names()) {
            Gauge.builder("abelia_part_up", () -> parts.isUp(part) ? 1 : 0)
                    .description("whether a part of the node runs")
                    .tag("part", part)
                    .register(registry);
        }
        Gauge.builder("abelia_ready", () -> admin.unready().isEmpty() ? 1 : 0)
                .description("whether the node takes commits and all its parts run")
                .register(registry);
        Gauge.builder("abelia_members", () -> replicator.epoch().members().size())
                .description("members of the group")
                .register(registry);
        Gauge.builder("abelia_repair_requests", replicator::repairRequests)
                .description("requests for repair sent")
                .register(registry);
        itLacks = MultiGauge.builder("abelia_peer_lacks_transactions")
                .description("transactions here that a peer had not applied when it was last heard")
                .register(registry);
        hereLacks = MultiGauge.builder("abelia_lacks_transactions_of_peer")
                .description("transactions that a peer had applied when it was last heard, and this node has not")
                .register(registry);
    }

    private long transport(final String label) {
        final Map<String, Long> values = replicator.status().values();
        return values.getOrDefault(label, 0L);
    }

    private static String name(final String prefix, final String label) {
        return prefix + "_"
                + label.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("_$", "");
    }

    /** The text that Prometheus reads. */
    String scrape() {
        final VectorClock here = engine.clock();
        final List<MultiGauge.Row<?>> lackThere = new ArrayList<>();
        final List<MultiGauge.Row<?>> lackHere = new ArrayList<>();
        for (final Peer peer : replicator.peers()) {
            final Tags tags = Tags.of("peer", String.valueOf(peer.node()));
            lackThere.add(MultiGauge.Row.of(tags, AdminApi.missing(here, peer.applied())));
            lackHere.add(MultiGauge.Row.of(tags, AdminApi.missing(peer.applied(), here)));
        }
        itLacks.register(lackThere, true);
        hereLacks.register(lackHere, true);
        return registry.scrape();
    }
}
