package io.abelia.bench.suite;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/** Real nodes over Aeron, a process each. They are told what to do, and say when it is done, in lines. */
final class ProcessNodes implements Nodes {
    private final Scratch scratch = new Scratch();
    private final List<Child> children = new ArrayList<>();
    private long total;

    private record Child(Process process, Writer in, BufferedReader out) {
        void say(final String line) throws IOException {
            in.write(line + "\n");
            in.flush();
        }

        String hear() throws IOException {
            final String line = out.readLine();
            if (line == null) {
                throw new IOException("a node ended; its errors are above");
            }
            return line;
        }
    }

    ProcessNodes(final int size) throws IOException {
        final List<String> endpoints = IntStream.range(0, size)
                .mapToObj(i -> "127.0.0.1:" + Net.freePorts(1))
                .toList();
        for (int i = 0; i < size; i++) {
            final Process process = Jvm.start(
                    List.of("-Xmx256m", "-XX:+UseSerialGC"),
                    Main.class.getName(),
                    Integer.toString(i),
                    String.join(",", endpoints),
                    scratch.path().toString());
            children.add(new Child(
                    process,
                    new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8),
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))));
        }
        for (final Child child : children) {
            child.hear();
        }
    }

    @Override
    public int size() {
        return children.size();
    }

    @Override
    public String describe() {
        return "real, a process each";
    }

    @Override
    public long run(final Work work, final int count) throws IOException {
        total += (long) children.size() * count;
        final long startNs = System.nanoTime();
        for (final Child child : children) {
            child.say("run " + work + " " + count + " " + total);
        }
        for (final Child child : children) {
            child.hear();
        }
        return System.nanoTime() - startNs;
    }

    @Override
    public void check(final Work work, final long times) throws IOException {
        final Set<String> digests = new HashSet<>();
        for (final Child child : children) {
            child.say("check " + work + " " + times + " " + children.size());
            digests.add(child.hear());
        }
        if (digests.size() != 1) {
            throw new IllegalStateException("digests differ: " + digests);
        }
    }

    @Override
    public void close() throws IOException {
        children.forEach(child -> Jvm.stop(child.process()));
        scratch.close();
    }

    /** One node. */
    public static final class Main {
        private Main() {}

        /** Runs the node of an index. */
        public static void main(final String[] args) throws IOException {
            final int index = Integer.parseInt(args[0]);
            try (RealNode node = new RealNode(index, List.of(args[1].split(",", -1)), Path.of(args[2]), null);
                    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                node.awaitJoined();
                System.out.println("joined");
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    final String[] words = line.split(" ", -1);
                    final Work work = Work.valueOf(words[1].toUpperCase(Locale.ROOT));
                    if (words[0].equals("run")) {
                        work.run(node.engine(), index, Integer.parseInt(words[2]));
                        node.awaitApplied(Long.parseLong(words[3]));
                        System.out.println("applied");
                    } else {
                        work.check(node.engine(), Integer.parseInt(words[3]), Long.parseLong(words[2]));
                        System.out.println(node.engine().digest());
                    }
                }
            }
        }
    }
}
