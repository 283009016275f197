package io.abelia.scheduler.http;

import io.abelia.scheduler.datastore.BlobStore;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.BrokerRecord;
import io.abelia.scheduler.model.Datum;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Content of a broker's group: in so many datastores as its factor says, and on this broker's own disk while too few can be reached, so that a
 * part of the group without datastores goes on. What it hands out has the digest that the metadata names.
 */
public final class DataPlane {
    private static final int FACTOR = 2;

    private final String broker;
    private final Metadata metadata;
    private final BlobStore own;
    private final Calls calls;

    public DataPlane(final String broker, final Metadata metadata, final BlobStore own, final Calls calls) {
        this.broker = broker;
        this.metadata = metadata;
        this.own = own;
        this.calls = calls;
    }

    /** Keeps content under a name; what it was before is replaced. */
    public Datum put(final String name, final byte[] content) throws IOException, InterruptedException {
        final String digest = BlobStore.digest(content);
        final Datum before = metadata.datum(name);
        final TreeSet<String> stores = new TreeSet<>();
        if (before != null && before.digest().equals(digest)) {
            stores.addAll(before.stores());
        }
        for (final Map.Entry<String, BrokerRecord> store : metadata.datastores().entrySet()) {
            if (stores.size() < FACTOR && !stores.contains(store.getKey())) {
                try {
                    calls.put(url(store.getValue(), name), content);
                    stores.add(store.getKey());
                } catch (final IOException e) {
                    // the next one; repair makes good what is missing
                }
            }
        }
        if (stores.size() < FACTOR) {
            own.put(name, content);
            stores.add(broker);
        }
        final Datum datum = new Datum(name, digest, content.length, stores);
        metadata.commit(tx -> {
            if (before != null && !before.digest().equals(digest)) {
                before.stores().forEach(store -> metadata.stored(tx, name, store, false));
            }
            metadata.datum(tx, datum);
        });
        return datum;
    }

    private static String url(final BrokerRecord store, final String name) {
        return store.endpoint() + "/data/" + Calls.encode(name);
    }

    /** Where each that may hold content answers: datastores, and brokers for what only they hold. */
    private SortedMap<String, String> places(final String name) {
        final SortedMap<String, String> places = new TreeMap<>();
        metadata.datastores().forEach((id, store) -> places.put(id, url(store, name)));
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
        final byte[] here = own.get(datum.name());
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
                } catch (final IOException e) {
                    // another one may have it
                }
            }
        }
        return null;
    }

    /** Content of this broker's own disk, for others. */
    public byte @Nullable [] own(final String name) throws IOException {
        return own.get(name);
    }

    /**
     * Copies what too few datastores hold that answer, and lets go of what this broker holds only because of that.
     *
     * @return how many data were copied
     */
    public int repair() throws InterruptedException {
        final List<String> live = new ArrayList<>();
        final Map<String, BrokerRecord> stores = metadata.datastores();
        stores.forEach((id, store) -> {
            try {
                if (calls.get(store.endpoint() + "/ping") != null) {
                    live.add(id);
                }
            } catch (final IOException e) {
                // not now
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        int copied = 0;
        for (final String name : metadata.data("")) {
            final Datum datum = metadata.datum(name);
            if (datum != null) {
                copied += repair(datum, live, stores);
            }
        }
        return copied;
    }

    private int repair(final Datum datum, final List<String> live, final Map<String, BrokerRecord> stores)
            throws InterruptedException {
        final List<String> holders =
                live.stream().filter(store -> datum.stores().contains(store)).toList();
        if (holders.size() >= FACTOR) {
            if (datum.stores().contains(broker)) {
                metadata.commit(tx -> metadata.stored(tx, datum.name(), broker, false));
            }
            return 0;
        }
        int copied = 0;
        for (final String to : live) {
            if (!holders.contains(to) && holders.size() + copied < FACTOR) {
                try {
                    final byte[] content = find(datum);
                    final BrokerRecord store = stores.get(to);
                    if (content == null || store == null) {
                        return copied;
                    }
                    calls.put(url(store, datum.name()), content);
                    metadata.commit(tx -> metadata.stored(tx, datum.name(), to, true));
                    copied++;
                } catch (final IOException e) {
                    // later
                }
            }
        }
        return copied;
    }
}
