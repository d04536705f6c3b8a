using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Session.Cursors;

namespace ActorReplication.Postgres.Session;

/// <summary>What Parse (or SQL's PREPARE) made. Its plan is renewed when the schema has changed.</summary>
internal sealed class PreparedStatement(string name, SharedStatement? statement, uint[] declaredTypes)
{
    public string Name { get; } = name;

    /// <summary>Null: an empty query.</summary>
    public SharedStatement? Statement { get; } = statement;

    /// <summary>OIDs as the client gave them.</summary>
    public uint[] DeclaredTypes { get; } = declaredTypes;

    /// <summary>Null for an empty query.</summary>
    public Plan? Plan { get; set; }

    /// <summary>Result columns where the session itself answers (SHOW); null otherwise.</summary>
    public ResultShape? ControlShape { get; init; }

    public ControlStatement? Control => Statement?.Parsed.Control ?? Plan?.Translation.Control;

    public ResultShape? Shape => ControlShape ?? (Control is ControlStatement.Declare ? null : Plan?.Shape);
}

/// <summary>What Bind made: a statement with values for its parameters, and where its execution stands.</summary>
internal sealed class Portal(string name, PreparedStatement statement, Plan? plan, SqlValue[] parameters, byte[] resultFormats) : IDisposable
{
    private bool _isDisposed;

    public string Name { get; } = name;
    public PreparedStatement Statement { get; } = statement;
    public Plan? Plan { get; } = plan;

    /// <summary>Values of $1, $2, ….</summary>
    public SqlValue[] Parameters { get; } = parameters;

    /// <summary>Format codes as in Bind.</summary>
    public byte[] ResultFormats { get; } = resultFormats;

    public ResultShape? Shape => Statement.ControlShape ?? (Statement.Control is ControlStatement.Declare ? null : Plan?.Shape);

    /// <summary>It has been executed (or is about to be): it cannot run again, only hand out what is left.</summary>
    public bool IsRun { get; set; }

    /// <summary>Rows not sent yet, because Execute asked for fewer; from <see cref="LeftoverOffset"/> on.</summary>
    public RowSpool? Leftover
    {
        get;
        set
        {
            // A portal can be replaced before its gathered Execute has run.
            if (_isDisposed) value?.Dispose();
            else field = value;
        }
    }

    public long LeftoverOffset { get; set; }

    public void Dispose()
    {
        _isDisposed = true;
        Leftover?.Dispose();
    }
}
