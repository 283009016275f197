package io.abelia.proofs.simulator;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Plants each known bug into the engine's source, and tells how many seeds it takes to catch it. */
@Command(
        name = "mutants",
        mixinStandardHelpOptions = true,
        description = {
            "Compiles the engine with one known bug at a time and runs seeds until an invariant catches it.",
            "Exit code 1 if a bug survives, or is caught by an invariant that does not name it."
        })
final class MutantsCommand implements Callable<Integer> {
    private static final int RARE_FACTOR = 5;
    private static final String SOURCES = "engine-core/src/main/java/io/abelia/engine";

    @Option(
            names = "--seeds",
            paramLabel = "N",
            description = "Seeds for each bug at most (default ${DEFAULT-VALUE}; rare ones get five times as many).")
    private long seeds = 2000;

    @Option(names = "--only", paramLabel = "TEXT", description = "Only bugs whose name contains this.")
    private String only = "";

    @Option(names = "--rare", description = "Also the bugs that take many seeds to show.")
    private boolean rare;

    @Option(names = "--home", paramLabel = "DIR", description = "Root of the project (default: ${DEFAULT-VALUE}).")
    private Path home = Path.of(System.getProperty("abelia.home", "."));

    @Override
    public Integer call() throws IOException {
        int missed = 0;
        System.out.printf("%-75s %6s  %-30s%n", "planted bug", "seeds", "caught by");
        for (final Mutant mutant : Mutant.ALL) {
            if (mutant.name().contains(only) && (rare || !Mutant.RARE.contains(mutant.name()))) {
                missed += hunt(mutant) ? 0 : 1;
            }
        }
        System.out.println(missed == 0 ? "every bug was caught by an invariant that names it" : missed + " MISSED");
        return missed == 0 ? 0 : 1;
    }

    private long most(final Mutant mutant) {
        return Mutant.RARE.contains(mutant.name()) ? RARE_FACTOR * seeds : seeds;
    }

    /** Whether a bug is caught by an invariant that names it. */
    private boolean hunt(final Mutant mutant) throws IOException {
        final Path classes = Files.createTempDirectory("abelia-mutant-");
        try {
            compile(mutant, classes);
            final String caught = run(mutant, classes);
            if (caught == null) {
                System.out.printf("%-75s %6d  %-30s%n", mutant.name(), most(mutant), "NOTHING");
                return false;
            }
            final String[] words = caught.split(" ", 2);
            final Invariant invariant = Invariant.valueOf(words[1].substring(0, words[1].indexOf(':')));
            final boolean named = mutant.named().contains(invariant);
            System.out.printf(
                    Locale.ROOT,
                    "%-75s %6s  %-30s%s%n",
                    mutant.name(),
                    words[0],
                    invariant,
                    named
                            ? ""
                            : "  BUT NOT ONE OF " + mutant.named() + " "
                                    + words[1].lines().findFirst().orElse(""));
            return named;
        } finally {
            try (Stream<Path> files = Files.walk(classes)) {
                for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private void compile(final Mutant mutant, final Path classes) throws IOException {
        final Map<Path, String> texts = new TreeMap<>();
        for (final Mutant.Edit edit : mutant.edits()) {
            final Path source = home.resolve(SOURCES).resolve(edit.file());
            texts.put(source, edit.apply(texts.containsKey(source) ? texts.get(source) : Files.readString(source)));
        }
        final List<Path> changed = new ArrayList<>();
        for (final Map.Entry<Path, String> text : texts.entrySet()) {
            final Path copy = classes.resolve(String.valueOf(text.getKey().getFileName()));
            Files.writeString(copy, text.getValue());
            changed.add(copy);
        }
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        final StringWriter log = new StringWriter();
        final boolean compiled = compiler.getTask(
                        log,
                        null,
                        null,
                        List.of(
                                "-nowarn",
                                "-proc:none",
                                "-d",
                                classes.toString(),
                                "-cp",
                                System.getProperty("java.class.path")),
                        null,
                        compiler.getStandardFileManager(null, null, null).getJavaFileObjectsFromPaths(changed))
                .call();
        for (final Path copy : changed) {
            Files.delete(copy);
        }
        if (!compiled) {
            throw new IOException("the bug `" + mutant.name() + "` does not compile: " + log);
        }
    }

    private @Nullable String run(final Mutant mutant, final Path classes) throws IOException {
        final List<URL> urls = new ArrayList<>();
        urls.add(classes.toUri().toURL());
        for (final String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            loader.setDefaultAssertionStatus(false); // the invariants have to find it
            final Method hunt =
                    loader.loadClass(Hunt.class.getName()).getMethod("run", long.class, long.class, String.class);
            return (String) hunt.invoke(null, 1L, most(mutant), mutant.profile());
        } catch (final InvocationTargetException e) {
            throw new IOException("the hunt for `" + mutant.name() + "` failed", e.getCause());
        } catch (final ReflectiveOperationException e) {
            throw new IOException("the hunt for `" + mutant.name() + "` could not begin", e);
        }
    }
}
