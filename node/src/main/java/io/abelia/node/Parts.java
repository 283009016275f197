package io.abelia.node;

import io.abelia.engine.Engine;
import io.abelia.replication.Replicator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The parts of a node, and what is wrong with each. Any thread. */
final class Parts {
    private final Map<String, Supplier<@Nullable String>> problems = new LinkedHashMap<>();

    Parts(final Engine engine, final Replicator replicator, final @Nullable NodeCoordination coordination) {
        problems.put("engine", () -> engineProblem(engine));
        problems.put("replication", replicator::problem);
        if (coordination != null) {
            problems.put("coordination_client", coordination::clientProblem);
            problems.put("coordination_member", coordination::memberProblem);
        }
    }

    private static @Nullable String engineProblem(final Engine engine) {
        final Throwable failure = engine.kernel().failure();
        return failure == null ? null : "the engine has failed: " + failure;
    }

    Iterable<String> names() {
        return problems.keySet();
    }

    boolean isUp(final String name) {
        return Objects.requireNonNull(problems.get(name)).get() == null;
    }

    /** What is wrong with each part that does not do what it is for. */
    Map<String, String> problems() {
        final Map<String, String> found = new LinkedHashMap<>();
        problems.forEach((name, problem) -> {
            final String text = problem.get();
            if (text != null) {
                found.put(name, text);
            }
        });
        return found;
    }
}
