using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Session.Settings;

namespace ActorReplication.Postgres.Session;

internal enum BlockStatus : byte
{
    /// <summary>No transaction block; what is sent up to the next Sync is one implicit transaction.</summary>
    Idle = (byte)'I',

    /// <summary>Between BEGIN and its end.</summary>
    Open = (byte)'T',

    /// <summary>A statement of the block failed: nothing but its end, or ROLLBACK TO, is accepted.</summary>
    Failed = (byte)'E',
}

/// <summary>Where the session's transaction stands. The backend's part of it opens with the first statement that needs it, so that BEGIN costs nothing
/// and SET TRANSACTION can still say how.</summary>
internal sealed class TransactionBlock(TimeProvider clock)
{
    private readonly List<(string Name, SessionSettings.Values Settings, int Locks)> _savepoints = [];
    private DateTimeOffset? _time;

    public BlockStatus Status { get; private set; } = BlockStatus.Idle;

    /// <summary>The backend has a transaction open: a block's, or an implicit one that had to be carried out in steps.</summary>
    public bool IsBackendOpen { get; set; }

    /// <summary>A statement of it may have written: from then on its results are not to hold back the thread that executes them.</summary>
    public bool HasWritten { get; set; }

    /// <summary>It changed the schema: names mean what only it can see.</summary>
    public bool HasChangedSchema { get; private set; }

    /// <summary>The schema as it sees it, once <see cref="HasChangedSchema"/>; null if it must be read again.</summary>
    public ISchemaView? Schema { get; set; }

    public Isolation Isolation { get; set; }
    public bool IsReadOnly { get; set; }

    /// <summary>A statement has run in it: too late for SET TRANSACTION ISOLATION LEVEL.</summary>
    public bool HasRun { get; set; }

    public bool HasSavepoints => _savepoints.Count > 0;

    /// <summary>What the settings go back to if it is rolled back.</summary>
    public SessionSettings.Values SettingsAtStart { get; set; }

    /// <summary>now(): the same for all of the transaction.</summary>
    public DateTimeOffset Time => _time ??= clock.GetUtcNow();

    public void Begin(Isolation isolation, bool readOnly)
    {
        Status = BlockStatus.Open;
        Isolation = isolation;
        IsReadOnly = readOnly;
        _ = Time;
    }

    public void Fail() => Status = BlockStatus.Failed;

    public void ChangedSchema()
    {
        HasChangedSchema = true;
        Schema = null;
    }

    /// <param name="locks">So many advisory locks it has.</param>
    public void AddSavepoint(string name, SessionSettings.Values settings, int locks) => _savepoints.Add((name, settings, locks));

    /// <summary>The newest savepoint of that name and all after it are gone; the settings at it, or null if there is none.</summary>
    public SessionSettings.Values? Release(string name)
    {
        var index = _savepoints.FindLastIndex(savepoint => savepoint.Name == name);
        if (index < 0) return null;
        var settings = _savepoints[index].Settings;
        _savepoints.RemoveRange(index, _savepoints.Count - index);
        return settings;
    }

    /// <summary>Back to the newest savepoint of that name, which stays; the settings and the number of advisory locks at it, or null if there is none.</summary>
    public (SessionSettings.Values Settings, int Locks)? RollbackTo(string name)
    {
        var index = _savepoints.FindLastIndex(savepoint => savepoint.Name == name);
        if (index < 0) return null;
        _savepoints.RemoveRange(index + 1, _savepoints.Count - index - 1);
        Status = BlockStatus.Open;
        Schema = null;
        return (_savepoints[index].Settings, _savepoints[index].Locks);
    }

    public void End()
    {
        Status = BlockStatus.Idle;
        IsBackendOpen = HasWritten = HasChangedSchema = HasRun = false;
        Schema = null;
        _time = null;
        _savepoints.Clear();
    }
}
