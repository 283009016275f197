package io.abelia.replication.transport;

import io.abelia.engine.file.ScratchDirectory;
import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.NameResolverAgent;
import io.aeron.driver.ThreadingMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * An Aeron client, and the media driver under it unless there is an external one. The settings are those that survived pauses, partitions
 * and stops of fifteen seconds; with Aeron's own defaults a node that was stopped for ten closes its own client.
 */
final class Link implements AutoCloseable {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long CLIENT_LIVENESS_NS = 60 * SECOND_NS;
    private static final long UNBLOCK_NS = 90 * SECOND_NS;
    private static final long DRIVER_TIMEOUT_MS = 60_000;
    private static final long IMAGE_LIVENESS_NS = 2 * SECOND_NS;
    private static final long NAK_BACKOFF_NS = 1_000_000L;
    private static final int COUNTERS_BYTES = 1 << 20;
    private static final int WANTED_SOCKET_BYTES = 4 << 20;
    private static final int SMALL_SOCKET_BYTES = 128 << 10;

    final Aeron aeron;
    private final @Nullable ScratchDirectory scratch;
    private final @Nullable MediaDriver driver;

    Link(final TransportContext context, final ErrorHandler errors) {
        final String external = context.aeronDirectory();
        scratch = context.embeddedDriver() && external == null ? scratch() : null;
        MediaDriver launched = null;
        try {
            if (context.embeddedDriver()) {
                final String own = scratch == null
                        ? String.valueOf(external)
                        : scratch.path().toString();
                launched = driver(context, own, errors);
            }
            assert launched != null || external != null;
            final String directory = launched == null ? String.valueOf(external) : launched.aeronDirectoryName();
            driver = launched;
            aeron = Aeron.connect(new Aeron.Context()
                    .aeronDirectoryName(directory)
                    .driverTimeoutMs(DRIVER_TIMEOUT_MS)
                    .errorHandler(errors)
                    .idleStrategy(new BackoffIdleStrategy(1, 1, 1_000_000, 4_000_000)));
        } catch (final RuntimeException e) {
            CloseHelper.quietClose(launched);
            CloseHelper.quietClose(scratch);
            throw e;
        }
    }

    private static ScratchDirectory scratch() {
        try {
            return ScratchDirectory.open("abelia-aeron");
        } catch (final IOException e) {
            throw new UncheckedIOException("no directory for the media driver", e);
        }
    }

    private static MediaDriver driver(
            final TransportContext context, final String directory, final ErrorHandler errors) {
        final int socketBytes = Math.min(WANTED_SOCKET_BYTES, mostSocketBytes());
        assert socketBytes >= SMALL_SOCKET_BYTES : socketBytes;
        final MediaDriver.Context driver = new MediaDriver.Context()
                .aeronDirectoryName(directory)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(new BackoffIdleStrategy(100, 10, 1_000, 100_000))
                .termBufferSparseFile(
                        false) // what is not there is an error when a stream is made, and not a fault of memory later
                .counterValuesBufferLength(COUNTERS_BYTES)
                .lowStorageWarningThreshold(3L * context.termBytes())
                .publicationTermBufferLength(context.termBytes())
                .socketRcvbufLength(socketBytes)
                .socketSndbufLength(socketBytes)
                .initialWindowLength(Math.min(socketBytes, context.termBytes() / 4))
                .clientLivenessTimeoutNs(CLIENT_LIVENESS_NS)
                .publicationUnblockTimeoutNs(UNBLOCK_NS)
                .driverTimeoutMs(DRIVER_TIMEOUT_MS)
                .imageLivenessTimeoutNs(IMAGE_LIVENESS_NS)
                .nakMulticastMaxBackoffNs(NAK_BACKOFF_NS)
                .warnIfDirectoryExists(false)
                .errorHandler(errors);
        final NameResolverAgent resolver = context.nameResolver();
        if (resolver != null) {
            driver.nameResolver(resolver);
        }
        return MediaDriver.launchEmbedded(driver);
    }

    /** The kernel's limit for the buffers of a socket; more is not granted, and a window beyond it loses packets. */
    private static int mostSocketBytes() {
        try {
            final int received = Integer.parseInt(
                    Files.readString(Path.of("/proc/sys/net/core/rmem_max")).strip());
            final int sent = Integer.parseInt(
                    Files.readString(Path.of("/proc/sys/net/core/wmem_max")).strip());
            return Math.max(SMALL_SOCKET_BYTES, Math.min(received, sent));
        } catch (final IOException | NumberFormatException e) {
            return SMALL_SOCKET_BYTES; // not Linux, or not readable: what every system grants
        }
    }

    @Override
    public void close() {
        CloseHelper.quietClose(aeron);
        CloseHelper.quietClose(driver);
        CloseHelper.quietClose(scratch);
    }
}
