package io.abelia.scheduler.http;

import io.abelia.scheduler.datastore.BlobStore;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.BrokerRecord;
import io.abelia.scheduler.model.Datum;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.jspecify.annotations.Nullable;

/**
 * Content of a broker's group: in two datastores, those of critical jobs in three, and on this broker's own disk while too few can be reached, so that a
 * part of the group without datastores goes on. What it hands out has the digest that the metadata names.
 */
public final class DataPlane {
    private static final int FACTOR = 2;
    private static final String RESULT = "result/";
    private static final long SPREAD_NS = 2_000_000_000L;

    private final String broker;
    private final Metadata metadata;
    private final BlobStore own;
    private final Calls calls;
    private final NanoClock nanoClock = SystemNanoClock.INSTANCE;

    public DataPlane(final String broker, final Metadata metadata, final BlobStore own, final Calls calls) {
        this.broker = broker;
        this.metadata = metadata;
        this.own = own;
        this.calls = calls;
    }

    /**
     * Keeps content under a name, on this broker's disk first, then in datastores as far as they answer soon; {@link #repair} does the rest. What it was before is replaced.
     *
     * @throws IllegalArgumentException if the name is that of a result, and the content is not that result
     */
    public Datum put(final String name, final byte[] content) throws IOException {
        final String digest = BlobStore.digest(content);
        if (name.startsWith(RESULT) && !name.equals(RESULT + digest)) {
            throw new IllegalArgumentException(
                    "the content's digest is " + digest + ", and not what " + name + " says");
        }
        final Datum datum = new Datum(name, digest, content.length, new TreeSet<>(List.of(broker)));
        final Datum before;
        synchronized (own) {
            before = metadata.datum(name);
            own.put(name, content);
            metadata.commit(tx -> {
                if (before != null && !before.digest().equals(digest)) {
                    before.stores().forEach(store -> metadata.stored(tx, name, store, false));
                }
                metadata.datum(tx, datum);
            });
        }
        if (before == null || !before.digest().equals(digest) || before.stores().size() < factor(name)) {
            spread(datum, content); // else others should have it, and repair finds out
        }
        final Datum now = metadata.datum(name);
        return now == null ? datum : now;
    }

    /** Brings content to datastores, all at once and for a short time: one that hangs is not to hold up who waits for the answer. */
    private void spread(final Datum datum, final byte[] content) {
        final Map<String, CompletableFuture<String>> answers = new TreeMap<>();
        final int factor = factor(datum.name());
        metadata.datastores().values().forEach(store -> {
            if (answers.size() < factor) {
                answers.put(store.holder(), calls.putSoon(url(store, datum.name()), content));
            }
        });
        final long untilNs = nanoClock.nanoTime() + SPREAD_NS;
        answers.forEach((store, answer) -> {
            try {
                answer.get(Math.max(0, untilNs - nanoClock.nanoTime()), TimeUnit.NANOSECONDS);
                metadata.commit(tx -> {
                    if (isCurrent(datum)) {
                        metadata.stored(tx, datum.name(), store, true);
                    }
                });
            } catch (final ExecutionException | TimeoutException e) {
                answer.cancel(true); // repair brings it there later
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static String url(final BrokerRecord store, final String name) {
        return store.endpoint() + "/data/" + Calls.encode(name);
    }

    private int factor(final String name) {
        return Math.max(FACTOR, metadata.spread(name));
    }

    /** Where each that may hold content answers: datastores, and brokers for what only they hold. */
    private SortedMap<String, String> places(final String name) {
        final SortedMap<String, String> places = new TreeMap<>();
        metadata.datastores().values().forEach(store -> places.put(store.holder(), url(store, name)));
        metadata.brokers().forEach((id, other) -> {
            if (!id.equals(broker)) {
                places.put(id, other.endpoint() + "/broker/blob/" + Calls.encode(name));
            }
        });
        return places;
    }

    /** Content of a name; null if nobody has heard of it. */
    public byte @Nullable [] get(final String name) throws IOException, InterruptedException {
        final Datum datum = metadata.datum(name);
        if (datum == null) {
            return null;
        }
        final byte[] content = find(datum);
        if (content == null) {
            throw new IllegalStateException("datum " + name + " is held by " + datum.stores()
                    + ", none of which can be reached now; try again");
        }
        return content;
    }

    private byte @Nullable [] find(final Datum datum) throws IOException, InterruptedException {
        final byte[] here = ownIfSound(datum.name());
        if (here != null && BlobStore.digest(here).equals(datum.digest())) {
            return here;
        }
        final SortedMap<String, String> places = places(datum.name());
        for (final String store : datum.stores()) {
            final String url = places.get(store);
            if (url != null) {
                try {
                    final byte[] content = calls.get(url);
                    if (content != null && BlobStore.digest(content).equals(datum.digest())) {
                        return content;
                    }
                    noteMissing(datum, store);
                } catch (final IOException e) {
                    // another one may have it
                }
            }
        }
        return null;
    }

    private byte @Nullable [] ownIfSound(final String name) throws IOException {
        try {
            return own.get(name);
        } catch (final BlobStore.DamagedException e) {
            return null; // another one may have it
        }
    }

    private boolean isCurrent(final Datum datum) {
        final Datum now = metadata.datum(datum.name());
        return now != null && now.digest().equals(datum.digest());
    }

    /** Notes that who was said to hold content does not; not if the datum has become another one meanwhile. */
    private void noteMissing(final Datum datum, final String store) {
        metadata.commit(tx -> {
            // looked at after the transaction has begun, so it takes back nothing that came later
            if (isCurrent(datum)) {
                metadata.stored(tx, datum.name(), store, false);
            }
        });
    }

    /** Content of this broker's own disk, for others. */
    public byte @Nullable [] own(final String name) throws IOException {
        return ownIfSound(name);
    }

    /**
     * Copies what too few datastores hold that answer, and lets go of what this broker holds only because of that.
     *
     * @return how many data were copied
     */
    public int repair() throws IOException, InterruptedException {
        final List<BrokerRecord> live = new ArrayList<>();
        final Map<String, BrokerRecord> stores = metadata.datastores();
        for (final BrokerRecord store : stores.values()) {
            try {
                if (calls.get(store.endpoint() + "/ping") != null) {
                    live.add(store);
                }
            } catch (final IOException | IllegalArgumentException e) {
                // not now, or no address
            }
        }
        int copied = 0;
        for (final String name : metadata.data("")) {
            final Datum datum = metadata.datum(name);
            if (datum != null) {
                copied += repair(datum, live, stores);
            }
        }
        return copied;
    }

    private int repair(final Datum datum, final List<BrokerRecord> live, final Map<String, BrokerRecord> stores)
            throws InterruptedException, IOException {
        forgetLostDisks(datum, stores);
        final int factor = factor(datum.name());
        final Set<String> holders = live.stream()
                .map(BrokerRecord::holder)
                .filter(holder -> datum.stores().contains(holder))
                .collect(Collectors.toSet());
        if (holders.size() >= factor) {
            if (datum.stores().contains(broker) && allHold(datum, live, holders)) {
                letGo(datum);
            }
            return 0;
        }
        int copied = 0;
        for (final BrokerRecord to : live) {
            if (!holders.contains(to.holder()) && holders.size() + copied < factor) {
                try {
                    final byte[] content = find(datum);
                    if (content == null || !isCurrent(datum)) {
                        return copied;
                    }
                    calls.put(url(to, datum.name()), content);
                    metadata.commit(tx -> {
                        if (isCurrent(datum)) {
                            metadata.stored(tx, datum.name(), to.holder(), true);
                        }
                    });
                    copied++;
                } catch (final IOException e) {
                    // later
                }
            }
        }
        return copied;
    }

    /** Removes content from this broker's disk, unless it was replaced meanwhile. */
    private void letGo(final Datum datum) throws IOException {
        synchronized (own) {
            if (isCurrent(datum)) {
                metadata.commit(tx -> metadata.stored(tx, datum.name(), broker, false));
                own.delete(datum.name());
            }
        }
    }

    /** Whether content can be read from all that are said to hold it: only then a broker lets go of its own. What cannot is noted. */
    private boolean allHold(final Datum datum, final List<BrokerRecord> live, final Set<String> holders)
            throws InterruptedException {
        boolean all = true;
        for (final BrokerRecord store : live) {
            if (holders.contains(store.holder())) {
                try {
                    final byte[] content = calls.get(url(store, datum.name()));
                    if (content == null || !BlobStore.digest(content).equals(datum.digest())) {
                        noteMissing(datum, store.holder());
                        all = false;
                    }
                } catch (final IOException e) {
                    all = false; // later
                }
            }
        }
        return all;
    }

    /** A datastore that has come back with another disk holds nothing of what it held. */
    private void forgetLostDisks(final Datum datum, final Map<String, BrokerRecord> stores) {
        for (final String holder : datum.stores()) {
            final int end = holder.indexOf('~');
            final BrokerRecord now = end < 0 ? null : stores.get(holder.substring(0, end));
            if (now != null && !now.holder().equals(holder)) {
                noteMissing(datum, holder);
            }
        }
    }
}
