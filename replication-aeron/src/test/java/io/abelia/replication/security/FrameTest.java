package io.abelia.replication.security;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FrameTest {
    private static final long CLUSTER = 77;
    private static final long ALICE = 0x1111;
    private static final long BOB = 0x2222;
    private static final int MAX = 2000;

    private final byte[] key = new byte[KeyRing.KEY_BYTES];
    private final KeyRing keys = KeyRing.of(key);
    private final UnsafeBuffer body = new UnsafeBuffer("increment".getBytes(StandardCharsets.UTF_8));
    private long nowNs;

    private Sealer alice(final Protection protection, final KeyRing ring) {
        return new Sealer(protection, ring, CLUSTER, 1, ALICE, new AtomicLong(), MAX);
    }

    private Opener bob(final Protection protection, final KeyRing ring) {
        return new Opener(protection, ring, CLUSTER, BOB, MAX, () -> nowNs);
    }

    private int seal(final Sealer sealer, final long to) {
        return sealer.seal(5, to, body, 0, body.capacity());
    }

    @ParameterizedTest
    @EnumSource(Protection.class)
    void shouldOpenWhatWasSealed(final Protection protection) {
        final Sealer alice = alice(protection, keys);
        final Opener bob = bob(protection, keys);
        for (int i = 0; i < 3; i++) {
            final int length = seal(alice, i == 2 ? BOB : 0);
            assertEquals(Opened.OPENED, bob.open(alice.frame(), 0, length));
            assertEquals(1, bob.node());
            assertEquals(ALICE, bob.origin());
            assertEquals(5, bob.kind());
            assertEquals("increment", bob.body().getStringWithoutLengthUtf8(0, bob.bodyLength()));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Protection.class,
            names = {"AUTH", "ENCRYPT"})
    void shouldRefuseEveryFlippedBit(final Protection protection) {
        final Sealer alice = alice(protection, keys);
        final int length = seal(alice, 0);
        final byte[] frame = new byte[length];
        alice.frame().getBytes(0, frame);
        for (int bit = 0; bit < length * 8; bit++) {
            nowNs += 1_000_000_000L;
            frame[bit / 8] ^= (byte) (1 << bit % 8);
            final Opened opened = bob(protection, keys).open(new UnsafeBuffer(frame), 0, length);
            assertTrue(opened != Opened.OPENED, "bit " + bit + " is " + opened);
            frame[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Protection.class,
            names = {"AUTH", "ENCRYPT"})
    void shouldRefuseStrangersReplaysAndFramesForOthers(final Protection protection) {
        final Sealer alice = alice(protection, keys);
        final Opener bob = bob(protection, keys);
        int length = seal(alice, 0);
        final byte[] captured = new byte[length];
        alice.frame().getBytes(0, captured);
        assertEquals(Opened.OPENED, bob.open(new UnsafeBuffer(captured), 0, length));
        assertEquals(Opened.REPLAYED, bob.open(new UnsafeBuffer(captured), 0, length));
        length = seal(alice, 0x3333);
        assertEquals(Opened.MISDIRECTED, bob.open(alice.frame(), 0, length), "for another launch");
        final byte[] otherKey = key.clone();
        otherKey[3] = 9;
        final Sealer mallory = alice(protection, KeyRing.of(otherKey));
        assertEquals(Opened.FORGED, bob(protection, keys).open(mallory.frame(), 0, seal(mallory, 0)));
        final Sealer elsewhere = new Sealer(protection, keys, CLUSTER + 1, 1, ALICE, new AtomicLong(), MAX);
        assertEquals(Opened.STRANGER, bob.open(elsewhere.frame(), 0, seal(elsewhere, 0)));
        final Sealer open = alice(Protection.INSECURE, keys);
        assertEquals(Opened.STRANGER, bob.open(open.frame(), 0, seal(open, 0) + Frame.TAG_BYTES), "no tag at all");
        final Sealer self = new Sealer(protection, keys, CLUSTER, 2, BOB, new AtomicLong(), MAX);
        assertEquals(Opened.OWN, bob.open(self.frame(), 0, seal(self, 0)));
    }

    @Test
    void shouldRefuseAKeyThatIsGoneWhateverEpochAFrameClaims() {
        final Sealer alice = alice(Protection.AUTH, keys);
        final Opener bob = bob(Protection.AUTH, keys);
        assertEquals(Opened.OPENED, bob.open(alice.frame(), 0, seal(alice, 0)));
        final byte[] otherKey = key.clone();
        otherKey[0] = 5;
        bob.keys(KeyRing.of(otherKey));
        final int length = seal(alice, 0);
        final byte[] frame = new byte[length];
        alice.frame().getBytes(0, frame);
        frame[Frame.EPOCH_OFFSET] = 0;
        assertEquals(Opened.STRANGER, bob.open(new UnsafeBuffer(frame), 0, length));
    }

    @Test
    void shouldGoOnCountingWhenALaunchSealsAnew() {
        final AtomicLong counter = new AtomicLong();
        final Opener bob = bob(Protection.ENCRYPT, keys);
        for (int i = 0; i < 3; i++) {
            final Sealer alice = new Sealer(Protection.ENCRYPT, keys, CLUSTER, 1, ALICE, counter, MAX);
            assertEquals(Opened.OPENED, bob.open(alice.frame(), 0, seal(alice, 0)));
        }
        assertEquals(3, counter.get());
    }

    @Test
    void shouldRefuseAnythingThatIsNoFrame() {
        final Random random = new Random(4);
        final Opener bob = bob(Protection.AUTH, keys);
        for (int i = 0; i < 10_000; i++) {
            nowNs += 10_000_000L;
            final byte[] junk = new byte[random.nextInt(MAX * 2)];
            random.nextBytes(junk);
            assertTrue(bob.open(new UnsafeBuffer(junk), 0, junk.length) != Opened.OPENED);
        }
    }

    @Test
    void shouldNotSpendMoreThanAThousandKeysASecondOnUnknownLaunches() {
        final Opener bob = bob(Protection.AUTH, keys);
        int limited = 0;
        for (int i = 0; i < 5000; i++) {
            final Sealer mallory = new Sealer(
                    Protection.AUTH,
                    KeyRing.of(new byte[] {
                        1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2
                    }),
                    CLUSTER,
                    9,
                    1000L + i,
                    new AtomicLong(),
                    100);
            if (bob.open(mallory.frame(), 0, seal(mallory, 0)) == Opened.LIMITED) {
                limited++;
            }
        }
        assertEquals(4000, limited);
    }

    @Test
    void shouldChangeKeysWithoutAStop(@TempDir final Path directory) throws IOException {
        final String first = "1 " + "11".repeat(32) + "\n";
        final String second = "2 " + "22".repeat(32) + "\n";
        final Path file = directory.resolve("keys");
        Files.writeString(file, first);
        final KeyRing old = KeyRing.read(file);
        Files.writeString(file, "# appended\n" + first + second);
        final KeyRing both = KeyRing.read(file);
        Files.writeString(file, second + first);
        final KeyRing turned = KeyRing.read(file);
        Files.writeString(file, second);
        final KeyRing fresh = KeyRing.read(file);
        final Sealer alice = alice(Protection.AUTH, old);
        final Opener bob = bob(Protection.AUTH, old);
        assertEquals(Opened.OPENED, bob.open(alice.frame(), 0, seal(alice, 0)));
        bob.keys(both);
        assertEquals(Opened.OPENED, bob.open(alice.frame(), 0, seal(alice, 0)));
        alice.keys(turned);
        assertEquals(Opened.OPENED, bob.open(alice.frame(), 0, seal(alice, 0)));
        bob.keys(fresh);
        assertEquals(Opened.OPENED, bob.open(alice.frame(), 0, seal(alice, 0)));
        alice.keys(old);
        assertEquals(Opened.STRANGER, bob.open(alice.frame(), 0, seal(alice, 0)), "the old key is gone");
    }

    @Test
    void shouldSayWhatIsWrongWithAKeyFileWithoutShowingIt(@TempDir final Path directory) throws IOException {
        final Path file = directory.resolve("keys");
        for (final String wrong : new String[] {"", "1 abc", "0 " + "11".repeat(32), "1 " + "11".repeat(31), "x"}) {
            Files.writeString(file, wrong);
            final IOException refusal = assertThrows(IOException.class, () -> KeyRing.read(file));
            assertTrue(refusal.getMessage().contains(file.toString()), refusal.getMessage());
            assertTrue(wrong.isEmpty() || !refusal.getMessage().contains("1111"), refusal.getMessage());
        }
    }

    @Test
    void shouldComputeTheTagsThatTheJdkComputes() throws GeneralSecurityException {
        final Random random = new Random(8);
        final Hmac hmac = new Hmac();
        final byte[] tag = new byte[Hmac.BYTES];
        for (int i = 0; i < 200; i++) {
            final byte[] secret = new byte[1 + random.nextInt(64)];
            final byte[] text = new byte[random.nextInt(300)];
            random.nextBytes(secret);
            random.nextBytes(text);
            final Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            hmac.key(secret, 0, secret.length).update(text, 0, text.length).finish(tag, 0);
            assertArrayEquals(mac.doFinal(text), tag);
        }
    }

    @Test
    void shouldDeriveKeysAsHkdfDoes() throws GeneralSecurityException {
        final byte[] derived = new byte[Hmac.BYTES];
        assertTrue(keys.derive(1, CLUSTER, ALICE, derived));
        final Mac extract = Mac.getInstance("HmacSHA256");
        extract.init(new SecretKeySpec(HexFormat.of().parseHex("4d00000000000000"), "HmacSHA256"));
        final Mac expand = Mac.getInstance("HmacSHA256");
        expand.init(new SecretKeySpec(extract.doFinal(key), "HmacSHA256"));
        expand.update("abelia frame key".getBytes(StandardCharsets.US_ASCII));
        expand.update(HexFormat.of().parseHex("1111000000000000"));
        expand.update((byte) 1);
        assertArrayEquals(expand.doFinal(), derived);
    }

    @Test
    void shouldAllocateNothingToSealAndOpenWithAuth() {
        final Sealer alice = alice(Protection.AUTH, keys);
        final Opener bob = bob(Protection.AUTH, keys);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                bob.open(alice.frame(), 0, seal(alice, 0));
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least);
    }
}
