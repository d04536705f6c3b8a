using ActorReplication.Cluster.Replica;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Reads;

/// <summary>Admits reads: by the lease where it holds, else by a round of the leader's that all waiting reads share.</summary>
/// <param name="admitsAll">A planted bug; only tests set it.</param>
internal sealed class ReadGate(ReplicaBoard board, MonotonicClock clock, Func<CancellationToken, Task<LogIndex?>> confirm, bool admitsAll = false) : IReadGate
{
    public ValueTask<ReadAdmission> EnterAsync(ReadLevel level, LogIndex atLeast, CancellationToken cancellation)
    {
        var linearizable = level == ReadLevel.Linearizable || (level == ReadLevel.Default && board.ServingTerm != Term.Zero);
        if (linearizable && !admitsAll)
        {
            // The lease is looked at after the request came and before its snapshot is taken: at this moment nobody else can have
            // acknowledged anything, and what this node acknowledged is in its database.
            var leased = board.ServingTerm != Term.Zero && clock.Now < board.LeaseUntil;
            if (!leased) return ConfirmAsync(atLeast, cancellation);
        }
        return board.Applied >= atLeast ? new ValueTask<ReadAdmission>(ReadAdmission.Admitted) : WaitAsync(atLeast, cancellation);
    }

    private async ValueTask<ReadAdmission> ConfirmAsync(LogIndex atLeast, CancellationToken cancellation)
    {
        try
        {
            if (await confirm(cancellation).ConfigureAwait(false) is not { } index) return ReadAdmission.NotLeader;
            await board.WhenApplied(LogIndex.Max(index, atLeast), cancellation).ConfigureAwait(false);
            return ReadAdmission.Admitted;
        }
        catch (OperationCanceledException)
        {
            return ReadAdmission.TimedOut;
        }
    }

    private async ValueTask<ReadAdmission> WaitAsync(LogIndex atLeast, CancellationToken cancellation)
    {
        try
        {
            await board.WhenApplied(atLeast, cancellation).ConfigureAwait(false);
            return ReadAdmission.Admitted;
        }
        catch (OperationCanceledException)
        {
            return ReadAdmission.TimedOut;
        }
    }
}
