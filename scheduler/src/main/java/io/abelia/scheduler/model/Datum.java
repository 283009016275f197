package io.abelia.scheduler.model;

import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Where a datum is.
 *
 * @param name its name
 * @param digest SHA-256 of its content, 64 hexadecimal digits
 * @param bytes length of its content
 * @param stores datastores that hold it, by {@link BrokerRecord#holder}, and brokers by name
 */
public record Datum(String name, String digest, long bytes, SortedSet<String> stores) {
    public Datum {
        stores = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(stores));
    }
}
