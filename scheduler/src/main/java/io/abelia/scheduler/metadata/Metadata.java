package io.abelia.scheduler.metadata;

import io.abelia.engine.Engine;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.Value;
import io.abelia.scheduler.model.BrokerRecord;
import io.abelia.scheduler.model.Datum;
import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Failure;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Json;
import io.abelia.scheduler.model.Placement;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.outcome.Fact;
import io.abelia.scheduler.outcome.Facts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The metadata that brokers share, in an engine. Any thread.
 *
 * <pre>
 * table        key        column      type
 * jobs         job        spec        FIRST_WRITER_REGISTER  {@link JobSpec}: the first to submit an id counts
 *                         facts       GROW_SET               {@link Fact}
 *                         cancelled   FLAG_OR
 *                         placement   LWW_REGISTER           {@link Placement}
 *                         started     GROW_SET               executions that an executor has taken
 *                         failures    GROW_SET               {@link Failure}
 *                         results     GROW_SET               {@link Submission}
 * executors    executor   record      MV_REGISTER            {@link ExecutorRecord}; several while two partitions hear it
 *                         labels      ADD_WINS_SET           labels that an operator gave
 * brokers      broker     record      LWW_REGISTER           {@link BrokerRecord}
 * emergencies  emergency  record      LWW_REGISTER           {@link Emergency}
 *                         active      ENABLE_WINS            a declaration beats a resolution that did not know it
 * data         datum      record      LWW_REGISTER           digest and length
 *                         stores      ADD_WINS_SET           datastores that hold it
 *                         copies      MAX                    in how many datastores it is wanted, if more than usual
 * datastores   datastore  record      LWW_REGISTER           {@link BrokerRecord}
 * </pre>
 */
public final class Metadata {
    public static final String JOBS = "jobs";
    public static final String EXECUTORS = "executors";
    public static final String BROKERS = "brokers";
    public static final String EMERGENCIES = "emergencies";
    public static final String DATA = "data";
    public static final String DATASTORES = "datastores";

    private static final String RECORD = "record";

    private final Engine engine;
    private final AtomicLong unreadable = new AtomicLong();

    public Metadata(final Engine engine) {
        this.engine = engine;
    }

    /** Elements of sets that were passed over since this object was made, as they could not be read. */
    public long unreadable() {
        return unreadable.get();
    }

    public Engine engine() {
        return engine;
    }

    /**
     * Commits what belongs together; durable when it returns, as the engine's durability says.
     *
     * @throws IllegalStateException if it could not be committed; nothing of it is there then
     */
    public Dot commit(final Consumer<Transaction> operations) {
        return write(operations, true);
    }

    /** Names a transaction: the launch that committed it, and its number there. */
    public record Dot(long origin, long seq) {}

    /** The same without waiting for the disk: for what is soon said again. */
    public void commitSoon(final Consumer<Transaction> operations) {
        write(operations, false);
    }

    private Dot write(final Consumer<Transaction> operations, final boolean force) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            operations.accept(tx);
            final CommitResult result = force ? tx.commit() : tx.commitUnforced();
            if (result != CommitResult.COMMITTED && result != CommitResult.EMPTY) {
                throw new IllegalStateException("the metadata could not be written: " + result);
            }
            return new Dot(tx.origin(), tx.seq());
        }
    }

    private Cell cell(final CellType type, final String table, final String key, final String column) {
        return engine.cell(type, table, key, column);
    }

    // ---- jobs

    private Cell spec(final String job) {
        return cell(CellType.FIRST_WRITER_REGISTER, JOBS, job, "spec");
    }

    public void submit(final Transaction tx, final String job, final JobSpec spec) {
        tx.set(spec(job), Json.write(spec));
    }

    public void say(final Transaction tx, final String job, final Fact fact) {
        tx.addToSet(cell(CellType.GROW_SET, JOBS, job, "facts"), fact.encode());
    }

    public void cancel(final Transaction tx, final String job) {
        tx.setFlag(cell(CellType.FLAG_OR, JOBS, job, "cancelled"), true);
    }

    public void place(final Transaction tx, final String job, final Placement placement) {
        tx.set(cell(CellType.LWW_REGISTER, JOBS, job, "placement"), Json.write(placement));
    }

    public void start(final Transaction tx, final String job, final String execution) {
        tx.addToSet(cell(CellType.GROW_SET, JOBS, job, "started"), execution);
    }

    public void fail(final Transaction tx, final String job, final Failure failure) {
        tx.addToSet(cell(CellType.GROW_SET, JOBS, job, "failures"), Json.write(failure));
    }

    public void result(final Transaction tx, final Submission submission) {
        tx.addToSet(cell(CellType.GROW_SET, JOBS, submission.job(), "results"), Json.write(submission));
    }

    /** All that is known of a job; null if nobody has submitted it, as far as is known here. */
    public @Nullable JobView job(final String id) {
        try (var view = engine.snapshot()) {
            final String spec = text(view, spec(id));
            if (spec == null) {
                return null;
            }
            final String placement = text(view, cell(CellType.LWW_REGISTER, JOBS, id, "placement"));
            final List<Failure> failures = elements(
                    view, cell(CellType.GROW_SET, JOBS, id, "failures"), text -> Json.read(text, Failure.class));
            failures.sort(Comparator.comparingLong(Failure::atMs).thenComparing(Failure::toString));
            final List<Submission> submissions = elements(
                    view, cell(CellType.GROW_SET, JOBS, id, "results"), text -> Json.read(text, Submission.class));
            submissions.sort(Comparator.comparing(Submission::name).thenComparing(Submission::toString));
            return new JobView(
                    Json.read(spec, JobSpec.class),
                    new Facts(elements(view, cell(CellType.GROW_SET, JOBS, id, "facts"), Fact::decode)),
                    view.readFlag(cell(CellType.FLAG_OR, JOBS, id, "cancelled")),
                    placement == null ? null : Json.read(placement, Placement.class),
                    elements(view, cell(CellType.GROW_SET, JOBS, id, "started"), Function.identity()),
                    failures,
                    submissions);
        }
    }

    /** Whether anybody has submitted a job, as far as is known here. */
    public boolean knows(final String job) {
        try (var view = engine.snapshot()) {
            return view.read(spec(job), new Value());
        }
    }

    /** Names of all jobs. */
    public SortedSet<String> jobs() {
        return keys(JOBS, "spec");
    }

    // ---- executors

    private Cell executorCell(final String id) {
        return cell(CellType.MV_REGISTER, EXECUTORS, id, RECORD);
    }

    public void heard(final Transaction tx, final ExecutorRecord record) {
        tx.set(executorCell(record.id()), Json.write(record));
    }

    /** What is said of an executor; more than one record where brokers of two partitions have heard it, the latest first. */
    private List<ExecutorRecord> executor(final ReadView view, final String id) {
        final List<ExecutorRecord> records = new ArrayList<>();
        view.readAll(executorCell(id), value -> records.add(Json.read(value.asString(), ExecutorRecord.class)));
        records.sort(
                Comparator.comparingLong(ExecutorRecord::timeMs).reversed().thenComparing(ExecutorRecord::toString));
        return records;
    }

    /** The latest record of every executor, with the labels that operators gave. */
    public SortedMap<String, ExecutorRecord> executors() {
        final SortedMap<String, ExecutorRecord> all = new TreeMap<>();
        try (var view = engine.snapshot()) {
            for (final String id : keys(EXECUTORS, RECORD)) {
                final List<ExecutorRecord> records = executor(view, id);
                if (!records.isEmpty()) {
                    all.put(id, labelled(view, records.get(0)));
                }
            }
        }
        return all;
    }

    /** The latest record of an executor, with the labels that operators gave; null if nobody has heard it. */
    public @Nullable ExecutorRecord executor(final String id) {
        try (var view = engine.snapshot()) {
            final List<ExecutorRecord> records = executor(view, id);
            return records.isEmpty() ? null : labelled(view, records.get(0));
        }
    }

    /** Records that brokers of different partitions made of an executor without knowing of each other's; usually one. */
    public List<ExecutorRecord> conflicting(final String id) {
        try (var view = engine.snapshot()) {
            return executor(view, id);
        }
    }

    private ExecutorRecord labelled(final ReadView view, final ExecutorRecord record) {
        final Cell labels = labels(record.id());
        if (view.size(labels) == 0) {
            return record;
        }
        final SortedSet<String> all = new TreeSet<>(record.capabilities().labels());
        view.forEach(labels, value -> all.add(value.asString()));
        return new ExecutorRecord(
                record.id(),
                record.endpoint(),
                record.incarnation(),
                record.beat(),
                record.broker(),
                record.timeMs(),
                record.clock(),
                record.capabilities().withLabels(all),
                record.used(),
                record.accepts(),
                record.running(),
                record.executions());
    }

    private Cell labels(final String executor) {
        return cell(CellType.ADD_WINS_SET, EXECUTORS, executor, "labels");
    }

    public void label(final Transaction tx, final String executor, final String label, final boolean present) {
        if (present) {
            tx.addToSet(labels(executor), label);
        } else {
            tx.removeFromSet(labels(executor), label);
        }
    }

    // ---- brokers, datastores

    public void broker(final Transaction tx, final BrokerRecord record) {
        tx.set(cell(CellType.LWW_REGISTER, BROKERS, record.id(), RECORD), Json.write(record));
    }

    public SortedMap<String, BrokerRecord> brokers() {
        return records(BROKERS, BrokerRecord.class);
    }

    public void datastore(final Transaction tx, final BrokerRecord record) {
        tx.set(cell(CellType.LWW_REGISTER, DATASTORES, record.id(), RECORD), Json.write(record));
    }

    public SortedMap<String, BrokerRecord> datastores() {
        return records(DATASTORES, BrokerRecord.class);
    }

    // ---- emergencies

    public void declare(final Transaction tx, final Emergency emergency) {
        tx.set(cell(CellType.LWW_REGISTER, EMERGENCIES, emergency.id(), RECORD), Json.write(emergency));
        tx.enable(cell(CellType.ENABLE_WINS, EMERGENCIES, emergency.id(), "active"));
    }

    public void resolve(final Transaction tx, final String emergency) {
        tx.disable(cell(CellType.ENABLE_WINS, EMERGENCIES, emergency, "active"));
    }

    /** Emergencies that nobody has resolved, the gravest first. */
    public List<Emergency> emergencies() {
        final List<Emergency> active = new ArrayList<>();
        records(EMERGENCIES, Emergency.class).forEach((id, emergency) -> {
            if (engine.latest().readFlag(cell(CellType.ENABLE_WINS, EMERGENCIES, id, "active"))) {
                active.add(emergency);
            }
        });
        active.sort(Comparator.comparing(Emergency::level).reversed().thenComparing(Emergency::id));
        return active;
    }

    // ---- data

    public void datum(final Transaction tx, final Datum datum) {
        tx.set(
                cell(CellType.LWW_REGISTER, DATA, datum.name(), RECORD),
                Json.write(new Datum(datum.name(), datum.digest(), datum.bytes(), new TreeSet<>())));
        datum.stores().forEach(store -> tx.addToSet(stores(datum.name()), store));
    }

    public void stored(final Transaction tx, final String name, final String store, final boolean present) {
        if (present) {
            tx.addToSet(stores(name), store);
        } else {
            tx.removeFromSet(stores(name), store);
        }
    }

    /** Wants a datum in so many datastores at least. */
    public void spread(final Transaction tx, final String name, final int copies) {
        tx.max(copies(name), copies);
    }

    /** In how many datastores a datum is wanted at least; 0 if nobody has said so. */
    public int spread(final String name) {
        return (int) Math.max(0, engine.latest().readLong(copies(name)));
    }

    private Cell copies(final String name) {
        return cell(CellType.MAX, DATA, name, "copies");
    }

    private Cell stores(final String name) {
        return cell(CellType.ADD_WINS_SET, DATA, name, "stores");
    }

    public @Nullable Datum datum(final String name) {
        try (var view = engine.snapshot()) {
            final String json = text(view, cell(CellType.LWW_REGISTER, DATA, name, RECORD));
            if (json == null) {
                return null;
            }
            final Datum datum = Json.read(json, Datum.class);
            final SortedSet<String> holders = new TreeSet<>();
            view.forEach(stores(name), value -> holders.add(value.asString()));
            return new Datum(name, datum.digest(), datum.bytes(), holders);
        }
    }

    public void forget(final Transaction tx, final String name) {
        tx.clear(cell(CellType.LWW_REGISTER, DATA, name, RECORD));
    }

    public SortedSet<String> data(final String prefix) {
        return keys(DATA, RECORD).tailSet(prefix).stream()
                .takeWhile(name -> name.startsWith(prefix))
                .collect(java.util.stream.Collectors.toCollection(TreeSet::new));
    }

    // ---- reading

    private <T> SortedMap<String, T> records(final String table, final Class<T> type) {
        final SortedMap<String, T> all = new TreeMap<>();
        try (var view = engine.snapshot()) {
            for (final String key : keys(table, RECORD)) {
                final String json = text(view, cell(CellType.LWW_REGISTER, table, key, RECORD));
                if (json != null) {
                    all.put(key, Json.read(json, type));
                }
            }
        }
        return all;
    }

    private SortedSet<String> keys(final String table, final String column) {
        final SortedSet<String> keys = new TreeSet<>();
        try (var view = engine.snapshot()) {
            view.scan(table, "", cell -> {
                if (cell.column().equals(column)) {
                    keys.add(cell.key());
                }
            });
        }
        return keys;
    }

    private static @Nullable String text(final ReadView view, final Cell cell) {
        final Value value = new Value();
        return view.read(cell, value) ? value.asString() : null;
    }

    private <T> List<T> elements(final ReadView view, final Cell cell, final Function<String, T> decode) {
        final List<T> list = new ArrayList<>();
        view.forEach(cell, value -> {
            try {
                list.add(decode.apply(value.asString()));
            } catch (final IllegalArgumentException e) {
                unreadable.incrementAndGet(); // of a later version, or nonsense: one element is not to make the others
                // unreadable
            }
        });
        return list;
    }
}
