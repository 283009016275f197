package io.abelia.proofs.simulator;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What one seed does to its nodes. Which kinds of faults occur, and how often, is drawn for each seed (swarm testing, Groce et al. 2012):
 * a run without some kinds reaches states that a run with all of them never does.
 */
record Faults(
        int nodes,
        boolean power,
        int transactions,
        long durationNs,
        double loss,
        double duplication,
        long maxDelayNs,
        Set<Kind> kinds,
        long meanBetweenFaultsNs,
        int segmentBytes,
        long snapshotBytes,
        long bufferBytes,
        long skewMs) {
    /** Kinds of faults beside those of single messages. */
    enum Kind {
        PARTITION,
        ONE_WAY,
        SLOW_LINK,
        KILL,
        POWER_LOSS,
        POWER_LOSS_INSIDE,
        STOP,
        PAUSE,
        WIPE,
        COPY,
        OLD_IMAGE,
        /**
         * With OLD_IMAGE: the group has members, and a directory is put back only where all others remember that it had more, in memory or, over
         * launches of their own, on disk. Otherwise such groups have no members, and nothing is ever stable in them.
         */
        REMEMBERED,
        BIT_FLIP,
        MISDIRECTED_WRITE,
        LOST_NAMES,
        DISK_FULL,
        FAILED_FORCE,
        JUNK,
        /** What a node sends stays under way for long, at times until its power has failed or its disk is lost. */
        HOLD,
        NEW_SEGMENT,
        /**
         * The group has no list of members, and one of its nodes keeps log for nobody: who was cut off for a while takes that node's
         * snapshot beside what it has committed itself. Nothing is restarted, as each launch may let go of log.
         */
        OPEN,
        /** A node's wall clock jumps, by up to years, forward or back, and at times beyond what anybody may author. */
        CLOCK_JUMP,
        /** A record of a later build's making reaches a node. */
        LATER_VERSION,
        /** Blocks lie in Chronicle Map, which a launch finds as a clean stop left it. */
        CHRONICLE,
        /** A bounded counter begins close to the greatest value that there may be. */
        RAISED_COUNTER,
        REMOVE,
        /** Frames are sealed, and their keys are changed. */
        KEYS
    }

    private static final long MS = 1_000_000L;

    /** Names that {@link #draw} knows. */
    static final Set<String> PROFILES = Set.of(
            "swarm", "calm", "network", "crash", "disk", "away", "late", "behind", "limits", "image", "chronicle");

    private static final List<String> CORNERS =
            List.of("calm", "network", "crash", "disk", "away", "late", "behind", "limits");
    private static final int CHOICES = 16;

    /** What is simulated of a store that lies in real files: its disk neither loses nor damages anything. */
    private static final Set<Kind> WITH_CHRONICLE = EnumSet.of(
            Kind.CHRONICLE,
            Kind.KILL,
            Kind.STOP,
            Kind.PARTITION,
            Kind.ONE_WAY,
            Kind.SLOW_LINK,
            Kind.PAUSE,
            Kind.JUNK,
            Kind.HOLD,
            Kind.CLOCK_JUMP,
            Kind.POWER_LOSS);

    /** Draws what a seed does. */
    static Faults draw(final SplittableRandom random, final int nodes, final String profile) {
        final int choice = random.nextInt(CHOICES);
        final boolean corner = profile.equals("swarm") && choice < CORNERS.size();
        final String drawn = corner ? CORNERS.get(choice) : profile;
        final Set<Kind> allowed = allowed(drawn);
        final Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        for (final Kind kind : Kind.values()) {
            if (random.nextInt(oneIn(drawn, kind)) == 0 && allowed.contains(kind)) {
                kinds.add(kind);
            }
        }
        if (kinds.contains(Kind.REMEMBERED) && kinds.contains(Kind.OLD_IMAGE) && !kinds.contains(Kind.COPY)) {
            kinds.retainAll(EnumSet.of(
                    Kind.OLD_IMAGE, Kind.REMEMBERED, Kind.KILL, Kind.STOP, Kind.JUNK, Kind.KEYS, Kind.NEW_SEGMENT));
        } else {
            kinds.remove(Kind.REMEMBERED);
        }
        if (kinds.contains(Kind.REMEMBERED)) {
            return draw(random, nodes, kinds, "image");
        }
        if (kinds.contains(Kind.COPY) || kinds.contains(Kind.OLD_IMAGE)) {
            // such a group has no members, and so keeps log for nobody: it must not let go of any
            kinds.remove(Kind.NEW_SEGMENT);
            kinds.remove(Kind.STOP); // which writes snapshots
            kinds.remove(Kind.REMOVE);
        }
        if (kinds.contains(Kind.CHRONICLE)) {
            kinds.retainAll(WITH_CHRONICLE);
            kinds.add(Kind.STOP);
        }
        if (kinds.contains(Kind.OPEN)) {
            kinds.retainAll(EnumSet.of(Kind.OPEN, Kind.NEW_SEGMENT));
            kinds.add(Kind.PARTITION);
            kinds.add(Kind.PAUSE);
        }
        return draw(random, nodes, kinds, drawn);
    }

    /** In how many seeds of a profile a kind of fault occurs: one in so many. */
    private static int oneIn(final String profile, final Kind kind) {
        return switch (profile) {
            case "away" -> kind == Kind.NEW_SEGMENT ? 1 : kind == Kind.WIPE ? 2 : 4;
            case "late" -> kind == Kind.PARTITION || kind == Kind.STOP || kind == Kind.PAUSE ? 4 : 1;
            case "behind" -> kind == Kind.NEW_SEGMENT || kind == Kind.WIPE ? 1 : 4;
            case "chronicle" -> kind == Kind.CHRONICLE || kind == Kind.STOP ? 1 : 2;
            case "image" -> kind == Kind.OLD_IMAGE || kind == Kind.REMEMBERED ? 1 : 3;
            case "limits" -> kind == Kind.CLOCK_JUMP ? 1 : kind == Kind.RAISED_COUNTER ? 2 : 3;
            default -> kind == Kind.RAISED_COUNTER ? 40 : kind == Kind.CHRONICLE ? 30 : 2;
        };
    }

    /** A swarm looks into one corner with half of its seeds: fewer kinds of faults, but each of them often. */
    private static Set<Kind> allowed(final String profile) {
        return switch (profile) {
            case "calm" -> EnumSet.noneOf(Kind.class);
            case "network" ->
                EnumSet.of(Kind.PARTITION, Kind.ONE_WAY, Kind.SLOW_LINK, Kind.PAUSE, Kind.JUNK, Kind.REMOVE, Kind.KEYS);
            case "crash" ->
                EnumSet.of(
                        Kind.PARTITION,
                        Kind.KILL,
                        Kind.STOP,
                        Kind.POWER_LOSS,
                        Kind.POWER_LOSS_INSIDE,
                        Kind.REMOVE,
                        Kind.KEYS);
            case "disk" ->
                EnumSet.complementOf(
                        EnumSet.of(Kind.PARTITION, Kind.ONE_WAY, Kind.SLOW_LINK, Kind.OPEN, Kind.CHRONICLE));
            case "away" ->
                EnumSet.of(Kind.PARTITION, Kind.KILL, Kind.WIPE, Kind.NEW_SEGMENT, Kind.POWER_LOSS_INSIDE, Kind.REMOVE);
            case "late" ->
                EnumSet.of(Kind.PARTITION, Kind.KILL, Kind.STOP, Kind.PAUSE, Kind.POWER_LOSS, Kind.WIPE, Kind.HOLD);
            case "behind" ->
                EnumSet.of(
                        Kind.PARTITION,
                        Kind.KILL,
                        Kind.STOP,
                        Kind.PAUSE,
                        Kind.POWER_LOSS,
                        Kind.WIPE,
                        Kind.NEW_SEGMENT,
                        Kind.OPEN,
                        Kind.HOLD);
            case "chronicle" -> EnumSet.copyOf(WITH_CHRONICLE);
            case "image" ->
                EnumSet.of(
                        Kind.OLD_IMAGE, Kind.REMEMBERED, Kind.KILL, Kind.STOP, Kind.JUNK, Kind.KEYS, Kind.NEW_SEGMENT);
            case "limits" ->
                EnumSet.of(Kind.CLOCK_JUMP, Kind.RAISED_COUNTER, Kind.PARTITION, Kind.KILL, Kind.STOP, Kind.REMOVE);
            default -> EnumSet.complementOf(EnumSet.of(Kind.OPEN));
        };
    }

    private static Faults draw(
            final SplittableRandom random, final int nodes, final Set<Kind> kinds, final String profile) {
        final boolean calm = profile.equals("calm");
        final boolean late = profile.equals("late");
        final boolean behind = profile.equals("behind");
        final boolean unhurried = late || profile.equals("image");
        final boolean loses = !calm && !behind && !unhurried;
        final boolean keepsLog = kinds.contains(Kind.COPY)
                || kinds.contains(Kind.OLD_IMAGE) && !kinds.contains(Kind.REMEMBERED)
                || kinds.contains(Kind.OPEN);
        return new Faults(
                nodes == 0
                        ? (behind || unhurried ? 3 : 2)
                                + random.nextInt(random.nextInt(4) == 0 && !behind && !late ? 7 : 4)
                        : nodes,
                random.nextInt(late ? 4 : 2) == 0,
                40 + random.nextInt(200),
                (100L + random.nextInt(500)) * (profile.equals("away") || behind || unhurried ? 2 : 1) * MS,
                !loses || random.nextInt(3) == 0 ? 0 : random.nextDouble() * random.nextDouble() * 0.6,
                calm || random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.4,
                (1 + random.nextInt(calm || random.nextBoolean() ? 3 : 60)) * MS / 2,
                kinds,
                (5 + random.nextInt(profile.equals("away") || behind ? 15 : 60) + (unhurried ? 15 : 0)) * MS,
                64 << 10,
                (keepsLog || random.nextInt(4) == 0) ? 1L << 40 : (4L + random.nextInt(60)) << 10,
                random.nextInt(4) == 0 ? 8 << 10 : 1 << 20,
                random.nextInt(3) == 0 ? random.nextInt(100_000) : random.nextInt(20));
    }

    /** Most nodes that an operator has removed: a majority of the founders stays. */
    int maxRemovals() {
        return (nodes - 1) / 2;
    }

    boolean has(final Kind kind) {
        return kinds.contains(kind);
    }

    /** Whether directories may come back in an earlier state; nothing can be causally stable then. */
    boolean rollsBack() {
        return has(Kind.COPY) || has(Kind.OLD_IMAGE) && !has(Kind.REMEMBERED);
    }

    /** Whether the group has no list of members. */
    boolean isOpen() {
        return rollsBack() || has(Kind.OPEN);
    }

    /** The same without one kind of fault; what only makes sense with it goes as well. */
    Faults without(final Kind kind) {
        final Set<Kind> fewer = EnumSet.noneOf(Kind.class);
        fewer.addAll(kinds);
        fewer.remove(kind);
        if (kind == Kind.REMEMBERED) {
            fewer.remove(Kind.OLD_IMAGE);
        } else if (kind == Kind.OPEN) {
            fewer.remove(Kind.NEW_SEGMENT);
        }
        return with(nodes, transactions, loss, duplication, fewer);
    }

    /** The same with other numbers, for shrinking. */
    Faults with(
            final int newNodes,
            final int newTransactions,
            final double newLoss,
            final double newDuplication,
            final Set<Kind> newKinds) {
        return new Faults(
                newNodes,
                power,
                newTransactions,
                durationNs,
                newLoss,
                newDuplication,
                maxDelayNs,
                newKinds,
                meanBetweenFaultsNs,
                segmentBytes,
                snapshotBytes,
                bufferBytes,
                skewMs);
    }
}
