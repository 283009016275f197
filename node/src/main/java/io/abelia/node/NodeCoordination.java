package io.abelia.node;

import io.abelia.coordination.client.CoordinationClient;
import io.abelia.coordination.client.CoordinationClientContext;
import io.abelia.coordination.member.CoordinationMember;
import io.abelia.coordination.member.CoordinationMemberContext;
import io.abelia.coordination.member.Members;
import java.io.IOException;
import org.agrona.CloseHelper;
import org.jspecify.annotations.Nullable;

/** What a node has to do with coordination: its way to the group, and the member that it runs, if any. */
final class NodeCoordination implements AutoCloseable {
    private final @Nullable CoordinationMember member;
    private final CoordinationClient client;

    private NodeCoordination(final @Nullable CoordinationMember member, final CoordinationClient client) {
        this.member = member;
        this.client = client;
    }

    /** Starts what the context names and gives its engine the way to it; null if it names nothing. */
    static @Nullable NodeCoordination launch(final NodeContext context) throws IOException {
        final Members members = context.coordination();
        if (members == null) {
            return null;
        }
        final CoordinationMemberContext own = context.coordinationMember();
        final CoordinationMember member = own == null ? null : CoordinationMember.launch(own.members(members));
        try {
            final CoordinationClientContext way =
                    new CoordinationClientContext().members(members).egressHost(context.coordinationHost());
            if (member != null) {
                way.aeronDirectory(member.aeronDirectory());
            }
            final CoordinationClient client = CoordinationClient.launch(way);
            context.engine().coordinator(client);
            return new NodeCoordination(member, client);
        } catch (final RuntimeException e) {
            CloseHelper.quietClose(member);
            throw e;
        }
    }

    /** Why the client reaches nobody any more; null while it runs. */
    @Nullable
    String clientProblem() {
        return client.problem();
    }

    /** Why the member does not take part; null while it does, or if there is none. */
    @Nullable
    String memberProblem() {
        return member == null ? null : member.problem();
    }

    /** Why the member needs another process; null while it comes back by itself. */
    @Nullable
    String memberFailure() {
        return member != null && member.hasGivenUp() ? member.problem() : null;
    }

    int leader() {
        return client.leader();
    }

    @Override
    public void close() throws IOException {
        client.close();
        if (member != null) {
            member.close();
        }
    }
}
