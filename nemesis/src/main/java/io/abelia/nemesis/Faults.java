package io.abelia.nemesis;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Does things to the nodes, one after the other, from a seed. */
final class Faults {
    /** What the names of tables begin with whose histories are judged. */
    static final String HISTORY = "history";

    private static final long MS_NS = 1_000_000L;
    private static final long ONLY_COPY_MS = 20_000;
    private static final long FENCE_MS = 20_000;
    private static final int FILL_BYTES = 1 << 16;
    private static final long COORDINATED_MS = 30_000;
    private static final long STRANGER_MS = 3_000;
    private static final long STRANGER_KB = 96 << 10;

    /** What can be done. */
    enum Kind {
        KILL,
        TERMINATE,
        PAUSE,
        PAUSE_ALL,
        PARTITION,
        ONE_WAY,
        LOSS,
        MANGLE,
        STRANGER,
        CLOCK_JUMP,
        DISK_FULL,
        TWIN,
        WRONG_KEY,
        TAKEN_PORT,
        WIPE,
        OLD_COPY
    }

    /** What takes a network of its own, or a disk that can be filled. */
    private static final Set<Kind> NEEDS_NAMESPACES = EnumSet.of(
            Kind.PARTITION,
            Kind.ONE_WAY,
            Kind.LOSS,
            Kind.MANGLE,
            Kind.STRANGER,
            Kind.DISK_FULL,
            Kind.TWIN,
            Kind.WRONG_KEY,
            Kind.TAKEN_PORT);

    private final List<Daemon> nodes;
    private final Net net;
    private final Workload workload;
    private final Client client;
    private final Path tokenFile;
    private final List<String> java;
    private final Random random;
    private final long pauseMs;
    private final Intruders intruders;
    private final Accounts accounts;
    private final Map<Integer, Integer> explainedEndings = new TreeMap<>();
    private final Map<Kind, Integer> done = new TreeMap<>();
    private final List<Destruction> destructions = new ArrayList<>();

    Faults(
            final List<Daemon> nodes,
            final Net net,
            final Workload workload,
            final Client client,
            final Intruders intruders,
            final Accounts accounts,
            final Path tokenFile,
            final List<String> java,
            final long seed,
            final long pauseMs) {
        this.nodes = nodes;
        this.net = net;
        this.workload = workload;
        this.client = client;
        this.intruders = intruders;
        this.accounts = accounts;
        this.tokenFile = tokenFile;
        this.java = java;
        this.random = new Random(seed);
        this.pauseMs = pauseMs;
    }

    List<Destruction> destructions() {
        return destructions;
    }

    Map<Kind, Integer> done() {
        return done;
    }

    /** Whether the network was cut in two for a while. */
    boolean hasCut() {
        return done.containsKey(Kind.PARTITION);
    }

    private static void sleep(final long ms) {
        LockSupport.parkNanos(ms * MS_NS);
    }

    private static void say(final String what) {
        System.out.println("  " + LocalTime.now(ZoneId.systemDefault()).withNano(0) + " " + what);
    }

    /** Does the next kind in turn, so that all occur; returns when it is over. */
    void next(final int turn) throws IOException {
        final List<Kind> kinds = Arrays.stream(Kind.values())
                .filter(each -> net.canCut() || !NEEDS_NAMESPACES.contains(each))
                .toList();
        final Kind kind = kinds.get(turn % kinds.size());
        final Daemon node = nodes.get(random.nextInt(nodes.size()));
        done.merge(kind, 1, Integer::sum);
        switch (kind) {
            case KILL -> {
                say("kill -9 node " + node.id);
                node.kill();
                sleep(500 + random.nextInt(1500));
                node.start(tokenFile);
            }
            case TERMINATE -> {
                say("SIGTERM node " + node.id);
                node.terminate();
                sleep(random.nextInt(1000));
                node.start(tokenFile);
            }
            case PAUSE -> {
                say("SIGSTOP node " + node.id + " for " + pauseMs + " ms");
                node.pause();
                sleep(pauseMs);
                node.resume();
            }
            case PAUSE_ALL -> pauseAll();
            case PARTITION -> partition();
            case ONE_WAY -> {
                final Daemon other = after(node);
                say("node " + node.id + " does not hear node " + other.id + ", which hears it");
                net.deafen(node.id, Set.of(other.id));
                sleep(2000 + random.nextInt(3000));
                net.heal();
            }
            case LOSS -> lose();
            case MANGLE -> mangle();
            case STRANGER -> stranger();
            case CLOCK_JUMP -> jump(node);
            case DISK_FULL -> diskFull(nodes.get(random.nextInt(Daemon.MEMBERS)));
            case TWIN, WRONG_KEY, TAKEN_PORT -> intrude(kind, node);
            case WIPE -> wipe(node);
            default -> oldCopy(nodes.get(1 + random.nextInt(nodes.size() - 1)));
        }
    }

    private Daemon after(final Daemon node) {
        return nodes.get((nodes.indexOf(node) + 1) % nodes.size());
    }

    private void lose() throws IOException {
        final int percent = 1 + random.nextInt(10);
        say(percent + " % loss everywhere");
        for (final Daemon each : nodes) {
            net.lose(each.id, percent);
        }
        sleep(5000);
        net.heal();
    }

    private void jump(final Daemon node) throws IOException {
        final int offsetMs = random.nextInt(7_200_000) - 3_600_000;
        say("the wall clock of node " + node.id + " jumps by " + offsetMs + " ms");
        node.clockOffsetMs(offsetMs);
        node.kill();
        node.start(tokenFile);
    }

    private void intrude(final Kind kind, final Daemon node) throws IOException {
        awaitReady(node);
        switch (kind) {
            case TWIN -> {
                say("another process claims to be node " + node.id);
                intruders.twin(node, after(node));
            }
            case WRONG_KEY -> {
                say("a node with another key comes to node " + node.id);
                intruders.wrongKey(node);
            }
            default -> {
                say("a node is launched whose port node " + node.id + " has");
                intruders.takenPort(node, Namespaces.HTTP_PORT);
            }
        }
    }

    /** As machines that are suspended. All of them are to take commits again, coordinated ones too, and nobody has to start anything. */
    private void pauseAll() throws IOException {
        say("SIGSTOP all nodes for " + pauseMs + " ms");
        for (final Daemon each : nodes) {
            each.pause();
        }
        sleep(pauseMs);
        for (final Daemon each : nodes) {
            each.resume();
        }
        for (final Daemon each : nodes) {
            if (!accounts.commitsOn(each, COORDINATED_MS)) {
                workload.violations()
                        .add("node " + each.id + " commits nothing coordinated " + COORDINATED_MS
                                + " ms after all nodes stood still");
            }
        }
    }

    /** Somebody without the key sends noise to the group, as fast as it can; nobody may keep anything of it. */
    private void stranger() throws IOException {
        final Map<Integer, Long> before = new TreeMap<>();
        for (final Daemon each : nodes) {
            before.put(each.id, each.residentKb());
        }
        final long sent = Stranger.send(STRANGER_MS, random);
        say(sent + " packets of noise in " + STRANGER_MS + " ms");
        for (final Daemon each : nodes) {
            final long growth = each.residentKb() - before.getOrDefault(each.id, 0L);
            if (before.getOrDefault(each.id, 0L) > 0 && growth > STRANGER_KB) {
                workload.violations().add("node " + each.id + " grew by " + growth + " KiB under a stranger's noise");
            }
        }
    }

    private void mangle() throws IOException {
        final int percent = 5 + random.nextInt(15);
        for (final Daemon each : nodes) {
            net.mangle(each.id, percent);
        }
        sleep(5000);
        final long mangled = net.mangled();
        net.heal();
        say(percent + " % of packets came twice, and as many were overtaken: " + mangled + " in 5 s");
        if (mangled == 0) {
            workload.violations().add("no packet was doubled or overtaken: nothing was tested");
        }
    }

    private void partition() throws IOException {
        final List<Daemon> shuffled = new ArrayList<>(nodes);
        Collections.shuffle(shuffled, random);
        final int cut = 1 + random.nextInt(nodes.size() - 1);
        final Set<Integer> left = new HashSet<>();
        final Set<Integer> right = new HashSet<>();
        for (int i = 0; i < shuffled.size(); i++) {
            (i < cut ? left : right).add(shuffled.get(i).id);
        }
        say("partition " + left + " | " + right);
        for (final Daemon node : nodes) {
            net.deafen(node.id, left.contains(node.id) ? right : left);
        }
        sleep(3000 + random.nextInt(4000));
        net.heal();
    }

    /** The disks of those nodes that run members of the coordination group are small ones in memory. Every other time the node is launched while it is full. */
    private void diskFull(final Daemon node) throws IOException {
        final boolean launched = done.getOrDefault(Kind.DISK_FULL, 0) % 2 == 1;
        say("the disk of node " + node.id + " is full for 3 s" + (launched ? ", and it is launched meanwhile" : ""));
        final int endings = node.endings();
        final Path filler = node.directory().resolveSibling("filler");
        try (OutputStream out = Files.newOutputStream(filler)) {
            final byte[] block = new byte[FILL_BYTES];
            while (true) {
                out.write(block);
            }
        } catch (final IOException e) { // it is full
            if (launched) {
                node.kill();
                node.start(tokenFile);
            }
            sleep(3000);
        } finally {
            Files.deleteIfExists(filler);
        }
        if (launched) {
            awaitReady(node);
            explainedEndings.merge(node.id, node.endings() - endings, Integer::sum);
        }
    }

    /** A node ends by itself where it is launched on its full disk; otherwise none ever does. */
    List<String> strangeEndings() {
        return nodes.stream()
                .filter(node -> node.endings() > explainedEndings.getOrDefault(node.id, 0))
                .map(node -> "node " + node.id + " ended by itself, and its disk was not full")
                .toList();
    }

    private void wipe(final Daemon node) throws IOException {
        say("node " + node.id + " loses its disk");
        node.kill();
        final long nowMs = System.currentTimeMillis();
        destructions.add(new Destruction(node.id, nowMs - ONLY_COPY_MS, nowMs));
        workload.noteLoss();
        removeTree(node.directory());
        node.start(tokenFile);
        awaitReady(node);
    }

    /** A node's directory is put back to an earlier copy of it: the node must be fenced, and joins anew. */
    private void oldCopy(final Daemon node) throws IOException {
        say("node " + node.id + " gets an old copy of its directory back");
        node.terminate();
        final Path image = node.directory().resolveSibling("image");
        removeTree(image);
        Shell.run("cp", "-a", node.directory().toString(), image.toString());
        node.start(tokenFile);
        awaitReady(node);
        sleep(2000);
        final long copiedMs = System.currentTimeMillis() - ONLY_COPY_MS;
        node.kill();
        destructions.add(new Destruction(node.id, copiedMs, System.currentTimeMillis()));
        workload.noteLoss();
        removeTree(node.directory());
        Shell.run("mv", image.toString(), node.directory().toString());
        node.start(tokenFile);
        if (!awaitFence(node)) {
            workload.violations().add("node " + node.id + " was put back in time, and nobody fenced it");
            return;
        }
        sleep(2000);
        node.terminate();
        final Daemon other = nodes.get(nodes.indexOf(node) == 0 ? 1 : 0);
        awaitReady(other); // it may be coming back from a fault of its own
        final Path unseen = node.directory().resolveSibling("unseen.jsonl");
        abelia(unseen, "unseen", "--dir", node.directory().toString(), "--node", other.url());
        // a value of a recorded history is written once
        Files.write(
                unseen,
                Files.readAllLines(unseen).stream()
                        .filter(line -> !line.contains("\"" + HISTORY))
                        .toList());
        say(Files.readAllLines(unseen).size() + " transactions that only it had are exported and committed again");
        removeTree(node.directory());
        workload.noteLoss();
        node.start(tokenFile);
        awaitReady(node);
        if (Files.size(unseen) > 0) {
            abelia(null, "load", unseen.toString(), "--node", other.url());
        }
    }

    private void abelia(final @Nullable Path output, final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(java);
        command.addAll(List.of(arguments));
        command.addAll(List.of("--token-file", tokenFile.toString()));
        final ProcessBuilder builder = new ProcessBuilder(command);
        final Path log = tokenFile.resolveSibling("command.log");
        builder.redirectError(log.toFile());
        builder.redirectOutput(
                output == null ? ProcessBuilder.Redirect.DISCARD : ProcessBuilder.Redirect.to(output.toFile()));
        try {
            if (builder.start().waitFor() != 0) {
                throw new IOException(String.join(" ", arguments) + ": " + Files.readString(log));
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private boolean awaitFence(final Daemon node) {
        final long endMs = System.currentTimeMillis() + FENCE_MS;
        while (System.currentTimeMillis() < endMs) {
            if (client.get(node.url() + "/ready").text().contains("abelia unseen")) {
                return true;
            }
            sleep(100);
        }
        return false;
    }

    /** Waits for a node to take commits; it need not within this time, as it may be cut off. */
    private void awaitReady(final Daemon node) {
        final long endMs = System.currentTimeMillis() + FENCE_MS;
        while (System.currentTimeMillis() < endMs
                && client.get(node.url() + "/ready").status() != 200) {
            sleep(100);
        }
    }

    static void removeTree(final Path root) throws IOException {
        if (Files.exists(root)) {
            try (Stream<Path> files = Files.walk(root)) {
                for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
