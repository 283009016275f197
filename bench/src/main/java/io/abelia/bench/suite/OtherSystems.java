package io.abelia.bench.suite;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** etcd with three nodes and Redis with WAIT 1, where they are installed: what else one would ask to agree. */
final class OtherSystems {
    private static final long PATIENCE_NS = 30_000_000_000L;
    private static final int ETCD_NODES = 3;
    private static final int[] CALLERS = {1, 16};

    private final Options options;
    private final Results results;

    OtherSystems(final Options options, final Results results) {
        this.options = options;
        this.results = results;
    }

    void run(final long durationNs) throws Exception {
        if (isInstalled("etcd")) {
            results.method("etcd: " + Environment.command("etcd", "--version")
                    + ", 3 nodes, one put through its JSON gateway; it forces always," + " so it stands beside POWER.");
            try (Scratch scratch = new Scratch();
                    Etcd etcd = new Etcd(scratch.path())) {
                measure("etcd.power", "etcd, 3 nodes, forced", durationNs, etcd::caller);
            }
        } else {
            results.skipped("etcd", "not installed (on Debian: apt-get install etcd-server)");
        }
        if (isInstalled("redis-server")) {
            results.method("Redis: " + Environment.command("redis-server", "--version")
                    + ", INCR and WAIT 1 0, one replica, both with an"
                    + " append-only file; WAIT does not say that the replica has forced it.");
            for (final boolean forced : new boolean[] {false, true}) {
                final String level = forced ? "power" : "process";
                try (Scratch scratch = new Scratch();
                        Redis redis = new Redis(scratch.path(), forced)) {
                    measure(
                            "redis." + level,
                            "Redis with WAIT 1, appendfsync " + (forced ? "always" : "no"),
                            durationNs,
                            redis::caller);
                }
            }
        } else {
            results.skipped("redis", "not installed (on Debian: apt-get install redis-server)");
        }
    }

    private static boolean isInstalled(final String program) {
        return !Environment.command(program, "--version").equals("unknown");
    }

    /** Makes a caller. */
    @FunctionalInterface
    private interface Callers {
        Load.Call make() throws Exception;
    }

    private void measure(final String id, final String label, final long durationNs, final Callers callers)
            throws Exception {
        for (final int count : CALLERS) {
            final List<Double> p50 = new ArrayList<>();
            final List<Double> p99 = new ArrayList<>();
            final List<Double> rate = new ArrayList<>();
            final List<Load.Call> calls = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                calls.add(callers.make());
            }
            for (int round = 0; round <= options.rounds(); round++) {
                final var next = calls.iterator();
                final Load.Measured measured = Load.closed(count, durationNs / 2, next::next);
                if (round > 0) { // the first warms up
                    p50.add(measured.microseconds(50));
                    p99.add(measured.microseconds(99));
                    rate.add(measured.perSecond());
                }
            }
            results.row(id + "." + count + ".p50", label + ", " + count + " in flight: p50", "us", p50);
            results.row(id + "." + count + ".p99", label + ", " + count + " in flight: p99", "us", p99);
            results.row(id + "." + count + ".rate", label + ", " + count + " in flight: rate", "/s", rate);
        }
    }

    private static Process start(final Path directory, final List<String> words) throws IOException {
        Files.createDirectories(directory);
        return new ProcessBuilder(words)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
    }

    private static void await(final String what, final Load.Call call) throws InterruptedException {
        final long startNs = System.nanoTime();
        while (true) {
            try {
                call.run();
                return;
            } catch (final Exception e) {
                if (System.nanoTime() - startNs > PATIENCE_NS) {
                    throw new IllegalStateException(what + " did not come up", e);
                }
                Thread.sleep(50);
            }
        }
    }

    private static final class Etcd implements AutoCloseable {
        private final List<Process> processes = new ArrayList<>();
        private final HttpClient http = HttpClient.newHttpClient();
        private final HttpRequest put;

        Etcd(final Path directory) throws IOException, InterruptedException {
            final List<Integer> clients = IntStream.range(0, ETCD_NODES)
                    .mapToObj(i -> Net.freePorts(1))
                    .toList();
            final List<Integer> peers = IntStream.range(0, ETCD_NODES)
                    .mapToObj(i -> Net.freePorts(1))
                    .toList();
            final String cluster = IntStream.range(0, ETCD_NODES)
                    .mapToObj(i -> "n" + i + "=http://127.0.0.1:" + peers.get(i))
                    .collect(Collectors.joining(","));
            for (int i = 0; i < ETCD_NODES; i++) {
                final String client = "http://127.0.0.1:" + clients.get(i);
                final String peer = "http://127.0.0.1:" + peers.get(i);
                processes.add(start(
                        directory.resolve("n" + i),
                        List.of(
                                "etcd",
                                "--name=n" + i,
                                "--data-dir=data",
                                "--log-level=error",
                                "--listen-client-urls=" + client,
                                "--advertise-client-urls=" + client,
                                "--listen-peer-urls=" + peer,
                                "--initial-advertise-peer-urls=" + peer,
                                "--initial-cluster=" + cluster)));
            }
            put = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + clients.get(0) + "/v3/kv/put"))
                    .POST(HttpRequest.BodyPublishers.ofString("{\"key\":\"a2V5\",\"value\":\"MQ==\"}"))
                    .build();
            await("etcd", caller());
        }

        Load.Call caller() {
            return () -> {
                final HttpResponse<String> answer = http.send(put, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200) {
                    throw new IOException(answer.statusCode() + " " + answer.body());
                }
            };
        }

        @Override
        public void close() {
            processes.forEach(Process::destroy);
            processes.forEach(process -> process.onExit().join());
        }
    }

    private static final class Redis implements AutoCloseable {
        private final List<Process> processes = new ArrayList<>();
        private final List<Socket> sockets = new ArrayList<>();
        private final int port = Net.freePorts(1);

        Redis(final Path directory, final boolean forced) throws IOException, InterruptedException {
            final List<String> common = List.of(
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--appendonly",
                    "yes",
                    "--appendfsync",
                    forced ? "always" : "no",
                    "--repl-diskless-sync-delay",
                    "0");
            final List<String> master = new ArrayList<>(List.of("redis-server", "--port", Integer.toString(port)));
            master.addAll(common);
            processes.add(start(directory.resolve("master"), master));
            final List<String> replica = new ArrayList<>(List.of(
                    "redis-server",
                    "--port",
                    Integer.toString(Net.freePorts(1)),
                    "--replicaof",
                    "127.0.0.1",
                    Integer.toString(port)));
            replica.addAll(common);
            processes.add(start(directory.resolve("replica"), replica));
            await("Redis", () -> caller().run());
        }

        Load.Call caller() throws IOException {
            final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            sockets.add(socket);
            final OutputStream out = socket.getOutputStream();
            final BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            final byte[] request = "INCR counter\r\nWAIT 1 1000\r\n".getBytes(StandardCharsets.US_ASCII);
            return () -> {
                out.write(request);
                out.flush();
                final String value = in.readLine();
                final String replicas = in.readLine();
                if (value == null || !value.startsWith(":") || !":1".equals(replicas)) {
                    throw new IOException("answered " + value + " and " + replicas);
                }
            };
        }

        @Override
        public void close() throws IOException {
            for (final Socket socket : sockets) {
                socket.close();
            }
            processes.forEach(Process::destroy);
            processes.forEach(process -> process.onExit().join());
        }
    }
}
