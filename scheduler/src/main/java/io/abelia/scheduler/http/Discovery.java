package io.abelia.scheduler.http;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceInfo;

/** Brokers tell of themselves, and are found, by multicast DNS (RFC 6762) in the local network; no secrets travel that way. */
public final class Discovery implements AutoCloseable {
    private static final String TYPE = "_abelia-broker._tcp.local.";
    private static final long PATIENCE_MS = 1_000;

    private final JmDNS dns;

    /** Takes part at this address. */
    public Discovery(final String host) throws IOException {
        this.dns = JmDNS.create(InetAddress.getByName(host));
    }

    /** Tells of a broker until this is closed. */
    public void announce(final String id, final int port) throws IOException {
        dns.registerService(ServiceInfo.create(TYPE, "abelia-" + id, port, "id=" + id));
    }

    /** URLs of brokers that have been heard, in the order of their names; waits for answers at most a second. */
    public List<String> brokers() {
        final List<ServiceInfo> services = new ArrayList<>(Arrays.asList(dns.list(TYPE, PATIENCE_MS)));
        services.sort(
                java.util.Comparator.comparing(service -> service.getName().toLowerCase(Locale.ROOT)));
        final List<String> urls = new ArrayList<>();
        for (final ServiceInfo service : services) {
            for (final String url : service.getURLs("http")) {
                urls.add(url.replaceAll("/+$", ""));
            }
        }
        return urls;
    }

    @Override
    public void close() throws IOException {
        dns.close();
    }
}
