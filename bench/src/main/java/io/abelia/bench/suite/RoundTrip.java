package io.abelia.bench.suite;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.FragmentHandler;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/** A message there and back over UDP on the loopback interface with nothing else running: below this no agreement between two nodes can be. */
final class RoundTrip implements AutoCloseable {
    private static final int PING = 11;
    private static final int PONG = 12;
    private static final int MESSAGE_BYTES = 64;

    private final MediaDriver driver;
    private final Aeron aeron;
    private final ExclusivePublication ping;
    private final Subscription pong;
    private final CompletableFuture<Void> echo;
    private final IdleStrategy idle;
    private final UnsafeBuffer message = new UnsafeBuffer(new byte[MESSAGE_BYTES]);
    private long answered;
    private long sent;
    private volatile boolean open = true;

    RoundTrip(final IdleStrategy driverIdle, final IdleStrategy echoIdle, final IdleStrategy idle) {
        this.idle = idle;
        driver = MediaDriver.launchEmbedded(new MediaDriver.Context()
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(driverIdle)
                .dirDeleteOnShutdown(true));
        aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
        final String there = "aeron:udp?endpoint=localhost:" + Net.freePorts(1);
        final String back = "aeron:udp?endpoint=localhost:" + Net.freePorts(1);
        final Subscription pings = aeron.addSubscription(there, PING);
        pong = aeron.addSubscription(back, PONG);
        ping = aeron.addExclusivePublication(there, PING);
        final ExclusivePublication pongs = aeron.addExclusivePublication(back, PONG);
        echo = CompletableFuture.runAsync(
                () -> {
                    final FragmentHandler handler = (buffer, offset, length, header) -> {
                        while (pongs.offer(buffer, offset, length) < 0) {
                            Thread.onSpinWait();
                        }
                    };
                    while (open) {
                        echoIdle.idle(pings.poll(handler, 10));
                    }
                },
                task -> new Thread(task).start());
        while (!ping.isConnected() || !pongs.isConnected()) {
            Thread.onSpinWait();
        }
    }

    /** Sends a message and waits for it. */
    void call() {
        message.putLong(0, ++sent);
        while (ping.offer(message) < 0) {
            Thread.onSpinWait();
        }
        while (answered < sent) {
            idle.idle(pong.poll((buffer, offset, length, header) -> answered = buffer.getLong(offset), 10));
        }
    }

    @Override
    public void close() {
        open = false;
        echo.join();
        aeron.close();
        driver.close();
    }
}
