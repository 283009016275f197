package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.apply.LocalTransaction;
import io.abelia.engine.apply.RightsShortage;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.codec.Limits;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/** What the kernel needs of a transaction, and what it says of it. */
final class EncodedTransaction implements LocalTransaction {
    private final Kernel kernel;
    private final TransactionEncoder encoder;
    private final TransactionBegin begin;
    private long origin;
    private long seq;
    private @Nullable RightsShortage shortage;

    EncodedTransaction(final Kernel kernel, final TransactionEncoder encoder, final TransactionBegin begin) {
        this.kernel = kernel;
        this.encoder = encoder;
        this.begin = begin;
    }

    void begin() {
        origin = 0;
        seq = 0;
        shortage = null;
    }

    long origin() {
        return origin;
    }

    long seq() {
        return seq;
    }

    /** What a session has seen with this transaction, which has read under that lease, if it has. */
    SessionToken token(final @Nullable ReadLease read) {
        if (seq != 0) {
            return SessionToken.of(origin, seq);
        }
        if (read == null) {
            throw new IllegalStateException("the transaction has neither been committed nor read anything");
        }
        return read.token();
    }

    int copyToken(final MutableDirectBuffer target, final int offset) {
        if (seq == 0) {
            throw new IllegalStateException("the transaction has not been committed");
        }
        return SessionToken.copyTo(origin, seq, target, offset);
    }

    @Override
    public @Nullable RightsShortage shortage() {
        return shortage;
    }

    @Override
    public long operations() {
        assert encoder.live() == encoder.count() : encoder.count();
        return encoder.operations();
    }

    @Override
    public int operationsLength() {
        assert encoder.count() <= Limits.OPERATIONS : encoder.count();
        return encoder.operationsLength();
    }

    @Override
    public long beginVersion() {
        return begin.version();
    }

    @Override
    public boolean isExpired() {
        return begin.isExpired();
    }

    @Override
    public boolean usesObservedClock() {
        return encoder.covers();
    }

    @Override
    public boolean spends() {
        return encoder.spends();
    }

    @Override
    public long observedClock() {
        return begin.clock();
    }

    @Override
    public int observedCount() {
        return begin.count();
    }

    @Override
    public long cell(final int operation) {
        final Cell cell = encoder.cell(operation);
        return cell == null ? 0 : cell.resolve(kernel.units());
    }

    @Override
    public void onCommitted(final long committedOrigin, final long committedSeq) {
        assert committedOrigin != 0 && committedSeq > 0 : committedSeq;
        origin = committedOrigin;
        seq = committedSeq;
        shortage = null;
    }

    @Override
    public void onShortage(final RightsShortage newShortage) {
        shortage = newShortage;
    }
}
