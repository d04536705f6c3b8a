using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Engine;

/// <summary>The follower's side of the writer. A connection of its own: triggers, foreign keys and checks are off on it, and a full-text
/// index on the leader's side notices, as after any other connection's commit, that its tables have changed.</summary>
internal sealed class FollowerSession : IDisposable
{
    private readonly Connection connection;
    private readonly TableCatalog catalog;
    private readonly Applier applier;
    private readonly BlockReader blocks = new();
    private readonly Statement begin, commit, rollback, savepoint, release, rollbackTo;

    internal FollowerSession(DatabaseOptions options)
    {
        connection = new Connection(options, ConnectionRole.Follower);
        catalog = new TableCatalog(connection);
        applier = new Applier(connection, catalog);
        begin = connection.PrepareInternal("BEGIN IMMEDIATE");
        commit = connection.PrepareInternal("COMMIT");
        rollback = connection.PrepareInternal("ROLLBACK");
        savepoint = connection.PrepareInternal("SAVEPOINT u");
        release = connection.PrepareInternal("RELEASE u");
        rollbackTo = connection.PrepareInternal("ROLLBACK TO u");
    }

    internal Connection Connection => connection;

    /// <summary>The open batch holds a schema change.</summary>
    internal bool ChangedSchema { get; private set; }

    internal void Begin()
    {
        ChangedSchema = false;
        connection.StepInternal(begin);
    }

    internal void ForgetSchema() => catalog.Forget();

    internal ApplyOutcome Apply(ReadOnlyMemory<byte> payload)
    {
        if (BlockReader.IsBlocks(payload.Span))
            return ApplyBlocks(payload);
        var outcome = applier.Apply(payload.Span);
        ChangedSchema |= applier.ChangedSchema;
        return outcome;
    }

    private ApplyOutcome ApplyBlocks(ReadOnlyMemory<byte> payload)
    {
        long rows = 0;
        string? divergence = null;
        blocks.Open(payload);
        while (blocks.Next())
        {
            var outcome = applier.ApplyBlock(blocks.Operations.Span);
            ChangedSchema |= applier.ChangedSchema;
            rows += outcome.Rows;
            divergence ??= outcome.Divergence;
        }
        return new ApplyOutcome(rows, divergence);
    }

    private bool UndoBlocks(ReadOnlyMemory<byte> payload)
    {
        var parts = new List<ReadOnlyMemory<byte>>();
        blocks.Open(payload);
        while (blocks.Next())
            parts.Add(blocks.Operations);
        for (var i = parts.Count - 1; i >= 0; i--)
        {
            if (!applier.TryUndoBlock(parts[i].Span))
                return false;
        }
        return true;
    }

    internal bool TryUndo(ReadOnlyMemory<byte> payload)
    {
        connection.StepInternal(savepoint);
        var undone = false;
        try
        {
            undone = BlockReader.IsBlocks(payload.Span) ? UndoBlocks(payload) : applier.TryUndo(payload.Span);
        }
        finally
        {
            if (!undone)
                connection.StepInternal(rollbackTo);
            connection.StepInternal(release);
        }
        return undone;
    }

    internal void Commit() => connection.StepInternal(commit);

    internal void Rollback()
    {
        if (connection.InTransaction)
            connection.StepInternal(rollback);
        if (ChangedSchema)
            catalog.Forget();
    }

    public void Dispose()
    {
        Rollback();
        foreach (var statement in new[] { begin, commit, rollback, savepoint, release, rollbackTo })
            statement.FinalizeHandle();
        applier.Close();
        catalog.Close();
        connection.Dispose();
    }
}
