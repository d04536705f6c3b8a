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

    internal ApplyOutcome Apply(ReadOnlySpan<byte> payload)
    {
        var outcome = applier.Apply(payload);
        ChangedSchema |= applier.ChangedSchema;
        return outcome;
    }

    internal bool TryUndo(ReadOnlySpan<byte> payload)
    {
        connection.StepInternal(savepoint);
        var undone = false;
        try
        {
            undone = applier.TryUndo(payload);
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
