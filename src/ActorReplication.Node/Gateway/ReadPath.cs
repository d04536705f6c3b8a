using ActorReplication.Cluster;
using ActorReplication.Cluster.Reads;
using ActorReplication.Core;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Gateway;

/// <summary>Where reads run: point reads at once on the caller's thread, everything else on <see cref="ReadThreads"/>.</summary>
internal sealed class ReadPath(IReplicaNode node, ReadThreads threads)
{
    /// <summary>Null: the read may start.</summary>
    public async ValueTask<BackendError?> AdmitAsync(ReadConsistency consistency, LogIndex ownLast, CancelHandle cancel)
    {
        var level = consistency switch
        {
            ReadConsistency.Local => ReadLevel.Local,
            ReadConsistency.Session => ReadLevel.Session,
            ReadConsistency.Linearizable => ReadLevel.Linearizable,
            _ => ReadLevel.Default,
        };
        var entering = node.Reads.EnterAsync(level, ownLast, level == ReadLevel.Local ? CancellationToken.None : cancel.Token);
        try
        {
            return ErrorMap.OfRead(entering.IsCompletedSuccessfully ? entering.GetAwaiter().GetResult() : await entering);
        }
        catch (OperationCanceledException)
        {
            return new BackendError.Cancelled();
        }
    }

    /// <summary>Rents a reader for one statement.</summary>
    public ValueTask<StatementOutcome> RunAsync(StatementCall statement, long deadline, CancelHandle cancel)
    {
        if (statement.PointRead && node.Database.TryRentReader() is { } reader)
        {
            using (reader) return new ValueTask<StatementOutcome>(Execute(reader, statement, deadline, cancel));
        }
        return RunLongAsync(null, statement, deadline, cancel);
    }

    /// <summary>Uses a reader that the caller holds (a snapshot's).</summary>
    public ValueTask<StatementOutcome> RunOnAsync(IReader reader, StatementCall statement, long deadline, CancelHandle cancel) =>
        statement.PointRead
            ? new ValueTask<StatementOutcome>(Execute(reader, statement, deadline, cancel))
            : RunLongAsync(reader, statement, deadline, cancel);

    private async ValueTask<StatementOutcome> RunLongAsync(IReader? held, StatementCall statement, long deadline, CancelHandle cancel)
    {
        try
        {
            if (!await threads.EnterAsync(Remaining(deadline), cancel.Token))
                return Failed(Environment.TickCount64 >= deadline ? new BackendError.StatementTimeout() : new BackendError.Overloaded("too many long reads are waiting on this node; try again"));
            try
            {
                var reader = held ?? node.Database.TryRentReader() ?? await node.Database.RentReaderAsync(cancel.Token);
                try
                {
                    return await threads.RunAsync(() => Execute(reader, statement, deadline, cancel));
                }
                finally
                {
                    if (held is null) reader.Dispose();
                }
            }
            finally
            {
                threads.Leave();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancelled)
        {
            return Failed(new BackendError.Cancelled());
        }
        catch (ObjectDisposedException)
        {
            return Failed(new BackendError.Stopping());
        }
    }

    private static StatementOutcome Execute(IReader reader, StatementCall statement, long deadline, CancelHandle cancel)
    {
        var outcome = reader.Execute(StatementBridge.ToCall(statement), deadline, cancel);
        return new StatementOutcome(ErrorMap.OfStatement(outcome.Failure, statement.Sql), outcome.AffectedRows, outcome.RowCount);
    }

    private static StatementOutcome Failed(BackendError error) => new(error, 0, 0);

    private static TimeSpan Remaining(long deadline) =>
        deadline == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Max(0, deadline - Environment.TickCount64));
}
