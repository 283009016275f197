package io.abelia.cli;

import io.abelia.coordination.member.CoordinationMemberContext;
import io.abelia.coordination.member.Members;
import io.abelia.engine.Durability;
import io.abelia.engine.StoreKind;
import io.abelia.engine.schema.Schema;
import io.abelia.node.Node;
import io.abelia.node.NodeContext;
import io.abelia.replication.ReplicatorContext;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Protection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a node until it is told to stop. */
@Command(
        name = "node",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpWidth = 120,
        description = {
            "Runs a node: an engine, its replication with the group, and a local HTTP API.",
            "Options may stand in a file, one a line, that is given as @FILE. The first node founds the group, the others",
            "join it; all remember it in their directories. SIGTERM and Ctrl-C stop it in order.",
            ""
        },
        footer = {
            "",
            "  ./abelia key --out group.key",
            "  ./abelia node --id 1 --found --dir n1 --key-file group.key --group 224.0.1.61:40456 --interface 10.0.0.0/24",
            "  ./abelia node --id 2 --dir n2 --key-file group.key --endpoint 10.0.0.2:40400 --peer 1=10.0.0.1:40400"
        })
final class NodeCommand implements Callable<Integer> {
    private static final long TURN_NS = 200_000_000L;

    /** What the replicator's thread does when there is nothing to do. */
    enum Idle {
        BACKOFF,
        YIELD,
        SPIN
    }

    @Option(names = "--id", required = true, paramLabel = "N", description = "Number of the node, unique in the group.")
    private long id;

    @Option(names = "--dir", required = true, paramLabel = "DIR", description = "Its directory; made if missing.")
    private Path dir = Path.of("");

    @Option(
            names = "--found",
            description = "Found a group, if the directory remembers none; else the node joins the one that it hears.")
    private boolean found;

    @Option(
            names = "--cluster",
            paramLabel = "NAME",
            description = "Name of the cluster, the same on all its nodes (default ${DEFAULT-VALUE}).")
    private String cluster = "abelia";

    @Option(names = "--group", paramLabel = "ADDRESS:PORT", description = "Multicast group; its last octet is odd.")
    private @Nullable String group;

    @Option(
            names = "--interface",
            paramLabel = "ADDRESS",
            description =
                    "Interface for multicast: an address of it, or its network as 10.0.0.0/24 (default ${DEFAULT-VALUE}).")
    private String networkInterface = "localhost";

    @Option(
            names = "--endpoint",
            paramLabel = "ADDRESS:PORT",
            description =
                    "Where other nodes reach this one alone. With --group by default a free port of the interface; without, it must be given.")
    private @Nullable String endpoint;

    @Option(
            names = "--advertise",
            paramLabel = "ADDRESS:PORT",
            description = {
                "What other nodes are told of where this one is reached, if that is not the --endpoint: behind a translation",
                "of addresses, or with --endpoint 0.0.0.0:PORT. A name is resolved again when it stops answering."
            })
    private @Nullable String advertised;

    @Option(
            names = "--peer",
            paramLabel = "ID=ADDRESS:PORT",
            description = "Without --group: where another node is reached; one that is alive suffices. Repeatable.")
    private final Map<Long, String> peers = new TreeMap<>();

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = "Keys of the group, as ./abelia key makes them; read again when it changes.")
    private @Nullable Path keyFile;

    @Option(names = "--encrypt", description = "Encrypt what is sent, not only authenticate it; the same on all nodes.")
    private boolean encrypt;

    @Option(names = "--insecure", description = "No keys: whoever reaches the network can read and write.")
    private boolean insecure;

    @Option(
            names = "--durability",
            paramLabel = "LEVEL",
            description =
                    "POWER: forced before a commit returns; PROCESS: survives a kill, loses up to a second with power (default ${DEFAULT-VALUE}).")
    private Durability durability = Durability.POWER;

    @Option(
            names = "--store",
            paramLabel = "KIND",
            description = "CHRONICLE (opens quickly after a clean stop) or MEMORY (default ${DEFAULT-VALUE}).")
    private StoreKind store = StoreKind.CHRONICLE;

    @Option(
            names = "--schema",
            paramLabel = "FILE",
            description = {
                "Declared types, a line each: `table.column = TYPE`; and `coordinated TABLE`",
                "for tables that are used through consensus."
            })
    private @Nullable Path schemaFile;

    @Option(
            names = "--coordination",
            paramLabel = "MEMBERS",
            description = {
                "The coordination group, as 0=HOST:PORT,1=HOST:PORT,2=HOST:PORT, the same on all nodes; five",
                "ports each, from PORT. Its traffic is not authenticated: keep it on a network of its own."
            })
    private @Nullable String coordination;

    @Option(
            names = "--coordination-member",
            paramLabel = "NUMBER",
            description =
                    "Which of its members this node runs, in DIR.coordination (default: none, it only uses them).")
    private int coordinationMember = -1;

    @Option(
            names = "--coordination-first-start",
            description = {
                "The member has never run. To be said once, by hand and not in what starts the node again: an empty directory is",
                "refused otherwise, as a member that lost its disk would let the group forget what it acknowledged."
            })
    private boolean coordinationFirstStart;

    @Option(
            names = "--coordination-host",
            paramLabel = "HOST",
            description = "Name or address under which the members reach this node (default ${DEFAULT-VALUE}).")
    private String coordinationHost = "localhost";

    @Option(
            names = "--http-address",
            paramLabel = "ADDRESS",
            description = "Address of the HTTP API (default ${DEFAULT-VALUE}); it speaks no TLS.")
    private String httpAddress = "127.0.0.1";

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            description = "Port of the HTTP API, 0 for any (default ${DEFAULT-VALUE}).")
    private int httpPort = NodeClient.DEFAULT_PORT;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Token of the HTTP API; made if missing (default: DIR.http-token).")
    private @Nullable Path tokenFile;

    @Option(
            names = "--segment-bytes",
            paramLabel = "BYTES",
            description =
                    "Bytes of a log segment, 2 MiB to 1 GiB (default: the engine's). Small ones suit small disks.")
    private int segmentBytes;

    @Option(
            names = "--term-bytes",
            paramLabel = "BYTES",
            description = "Aeron's terms, 8 to 64 MiB; three for each stream (default ${DEFAULT-VALUE}).")
    private int termBytes = 8 << 20;

    @Option(
            names = "--aeron-dir",
            paramLabel = "DIR",
            description = "Use the media driver that runs there, instead of one of its own.")
    private @Nullable String aeronDirectory;

    @Option(
            names = "--idle",
            paramLabel = "HOW",
            description = "BACKOFF, YIELD, or SPIN, which takes latency for a core (default ${DEFAULT-VALUE}).")
    private Idle idle = Idle.BACKOFF;

    @Option(
            names = "--clock-offset-ms",
            hidden = true,
            description = "Added to the wall clock, to test that nothing depends on it.")
    private long clockOffsetMs;

    private int lastLeader = -1;
    private @Nullable String lastProblem;

    @Override
    public Integer call() throws IOException {
        final NodeContext context = context();
        try (Interruption interruption = new Interruption();
                Node node = Node.launch(context)) {
            if (insecure) {
                say("WARNING --insecure: whoever reaches the network can read and write");
            }
            say("node " + id + " is up: http://" + httpAddress + ":" + node.httpPort() + ", token in "
                    + node.httpTokenFile() + "; recovered " + node.engine().recovery());
            while (!interruption.isWanted() && node.failure() == null) {
                watch(node);
                LockSupport.parkNanos(TURN_NS);
            }
            final String failure = node.failure();
            say(failure == null ? "stops" : "FAILED " + failure);
            return failure == null ? 0 : 1;
        }
    }

    private void requireUsage() {
        if (insecure == (keyFile != null)) {
            throw new UsageException(
                    insecure
                            ? "--key-file and --insecure exclude each other"
                            : "a group is closed by default: give --key-file (./abelia key makes one), or say --insecure");
        }
        if (group == null && endpoint == null) {
            throw new UsageException("give --group for multicast, or --endpoint and --peer for networks without it");
        }
        if (group == null && String.valueOf(endpoint).endsWith(":0")) {
            throw new UsageException("--endpoint " + endpoint
                    + " is any free port, another one at each launch, so no --peer can name it: give a port");
        }
        if (group == null && peers.isEmpty() && !found) {
            throw new UsageException("without --group a node that joins needs one --peer at least");
        }
    }

    private NodeContext context() throws IOException {
        requireUsage();
        final NodeContext context =
                new NodeContext().httpAddress(httpAddress).httpPort(httpPort).keyFile(keyFile);
        if (tokenFile != null) {
            context.tokenFile(tokenFile);
        }
        context.engine().directory(dir).durability(durability).store(store).joiner(true);
        if (clockOffsetMs != 0) {
            context.engine().epochClock(() -> System.currentTimeMillis() + clockOffsetMs);
        }
        if (segmentBytes != 0) {
            context.engine().segmentBytes(segmentBytes);
        }
        final ReplicatorContext replicator =
                context.replicator().cluster(cluster).termBytes(termBytes).idleStrategy(idleStrategy());
        if (group != null) {
            replicator.multicast(group, networkInterface);
            if (endpoint != null) {
                replicator.endpoint(endpoint);
            }
        } else {
            replicator.unicast(String.valueOf(endpoint), peers);
        }
        if (advertised != null) {
            replicator.advertise(advertised);
        }
        if (keyFile == null) {
            replicator.insecure();
        } else {
            requireOwnersAlone(keyFile);
            replicator.keys(KeyRing.read(keyFile), encrypt ? Protection.ENCRYPT : Protection.AUTH);
        }
        if (schemaFile != null) {
            context.engine().schema(Schema.read(schemaFile));
        }
        configureCoordination(context);
        if (aeronDirectory != null) {
            replicator.externalDriver(aeronDirectory);
        }
        replicator.replica().node(id);
        if (found) {
            replicator.replica().found(new SecureRandom().nextLong() | 1L);
        } else {
            replicator.replica().join();
        }
        return context;
    }

    /** A key that others can read is none. */
    private static void requireOwnersAlone(final Path file) throws IOException {
        final Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (permissions.contains(PosixFilePermission.OTHERS_READ)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new UsageException("everybody on this machine can read or write the key file " + file + ": chmod 600 "
                    + file + ", and make a new key if others may have read it");
        }
    }

    private void configureCoordination(final NodeContext context) {
        if (coordination == null) {
            if (coordinationMember >= 0) {
                throw new UsageException("--coordination-member needs --coordination, the list of all members");
            }
            return;
        }
        context.coordination(Members.parse(coordination)).coordinationHost(coordinationHost);
        if (coordinationMember >= 0) {
            final Path absolute = dir.toAbsolutePath();
            context.coordinationMember(new CoordinationMemberContext()
                    .member(coordinationMember)
                    .firstStart(coordinationFirstStart)
                    .forced(durability == Durability.POWER)
                    .directory(absolute.resolveSibling(absolute.getFileName() + ".coordination")));
        }
    }

    private IdleStrategy idleStrategy() {
        return switch (idle) {
            case BACKOFF -> new BackoffIdleStrategy(100, 10, 1_000, 100_000);
            case YIELD -> YieldingIdleStrategy.INSTANCE;
            case SPIN -> BusySpinIdleStrategy.INSTANCE;
        };
    }

    /** Says what has changed of coordination since the last time; of replication and of the engine their logs tell. */
    private void watch(final Node node) {
        final int leader = node.coordinationLeader();
        if (leader != lastLeader) {
            lastLeader = leader;
            say(leader < 0 ? "the coordination group has no leader" : "coordination member " + leader + " leads");
        }
        final String problem = node.coordinationProblem();
        if (!Objects.equals(problem, lastProblem)) {
            lastProblem = problem;
            say(problem == null ? "the coordination member runs again" : problem);
        }
    }

    private void say(final String what) {
        System.out.println(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " node " + id + " " + what);
    }
}
