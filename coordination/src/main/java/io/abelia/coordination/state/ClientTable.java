package io.abelia.coordination.state;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What each client has been answered, so that a request which is sent again is answered again and not done again (Ongaro 2014, section
 * 6.3). Part of the replicated state: bounded, and the same on all members.
 */
final class ClientTable {
    /** Clients that are remembered; beyond, the one that was silent longest is forgotten. */
    static final int MOST_CLIENTS = 4096;
    /** Requests that a client may have open at once. */
    static final int MOST_OPEN = 4096;

    private final TreeMap<Long, Client> clients = new TreeMap<>();
    private long registered;

    private static final class Client {
        private final TreeMap<Long, byte[]> responses = new TreeMap<>();
        private long lowestOpen;
        private long lastHeardMs;
    }

    /** Begins a client; returns its number. */
    long register(final long timestampMs) {
        if (clients.size() >= MOST_CLIENTS) {
            clients.entrySet().stream()
                    .min(Comparator.comparingLong(entry -> entry.getValue().lastHeardMs))
                    .map(Map.Entry::getKey)
                    .ifPresent(clients::remove);
        }
        final Client client = new Client();
        client.lastHeardMs = timestampMs;
        clients.put(++registered, client);
        assert clients.size() <= MOST_CLIENTS : clients.size();
        assert clients.lastKey() == registered : clients.lastKey() + " beyond " + registered;
        return registered;
    }

    /** Notes that a client lives, and what it no longer asks about; false if it is not known. */
    boolean hear(final long id, final long lowestOpen, final long timestampMs) {
        final Client client = clients.get(id);
        if (client == null) {
            return false;
        }
        client.lastHeardMs = timestampMs;
        client.lowestOpen = Math.max(client.lowestOpen, lowestOpen);
        client.responses.headMap(client.lowestOpen).clear();
        assert client.responses.isEmpty() || client.responses.firstKey() >= client.lowestOpen : id;
        return true;
    }

    /** What a known client has been answered to a request, or null. */
    byte @Nullable [] response(final long id, final long number) {
        return known(id).responses.get(number);
    }

    private Client known(final long id) {
        final Client client = clients.get(id);
        if (client == null) {
            throw new IllegalStateException("client " + id + " has not been heard");
        }
        return client;
    }

    /** Whether a known client has said that it asks no more about a request. */
    boolean hasEnded(final long id, final long number) {
        return number < known(id).lowestOpen;
    }

    /** Whether a known client has as many answered requests open as it may. */
    boolean isFull(final long id) {
        return known(id).responses.size() >= MOST_OPEN;
    }

    void keep(final long id, final long number, final byte[] response) {
        assert !isFull(id) && !hasEnded(id, number) : number;
        known(id).responses.put(number, response);
    }

    void write(final DataOutputStream out) throws IOException {
        out.writeLong(registered);
        out.writeInt(clients.size());
        for (final Map.Entry<Long, Client> entry : clients.entrySet()) {
            final Client client = entry.getValue();
            out.writeLong(entry.getKey());
            out.writeLong(client.lowestOpen);
            out.writeLong(client.lastHeardMs);
            out.writeInt(client.responses.size());
            for (final Map.Entry<Long, byte[]> response : client.responses.entrySet()) {
                out.writeLong(response.getKey());
                out.writeInt(response.getValue().length);
                out.write(response.getValue());
            }
        }
    }

    void read(final DataInputStream in) throws IOException {
        clients.clear();
        registered = in.readLong();
        for (int i = in.readInt(); i > 0; i--) {
            final Client client = new Client();
            clients.put(in.readLong(), client);
            client.lowestOpen = in.readLong();
            client.lastHeardMs = in.readLong();
            for (int j = in.readInt(); j > 0; j--) {
                final long number = in.readLong();
                client.responses.put(number, in.readNBytes(in.readInt()));
            }
        }
    }
}
