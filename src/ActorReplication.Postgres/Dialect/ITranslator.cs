using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect;

/// <summary>PostgreSQL's SQL in, SQLite's out. Pure: parsing and translating touch no database. Thread-safe.</summary>
public interface ITranslator
{
    /// <summary>Cuts a query string into statements and parses each. Throws <see cref="DialectException"/> (42601 …) if any does not parse: then none may run.
    /// An empty string, or one of comments only, gives an empty list.</summary>
    IReadOnlyList<ParsedStatement> Parse(string sql);

    /// <param name="parameterTypes">OIDs that the client declared in Parse, 0 = unknown; may be shorter than the statement's parameters.</param>
    /// <exception cref="DialectException">Unknown table or column, unsupported construct, indeterminate type …</exception>
    Translation Translate(ParsedStatement statement, ReadOnlySpan<uint> parameterTypes, ISchemaView schema);
}

/// <summary>One statement's syntax tree; the tree's nodes are Dialect's own.</summary>
/// <param name="Text">The statement's own text, without the semicolon.</param>
/// <param name="Offset">Character offset of <paramref name="Text"/> in the query string (for error positions).</param>
/// <param name="Control">Set for a statement that the session carries out itself.</param>
public abstract record ParsedStatement(string Text, int Offset, ControlStatement? Control);

/// <summary>A statement in SQLite's dialect and all that a session must know to run and describe it. Immutable, cached per text.</summary>
public sealed record Translation
{
    /// <summary>SQLite text; null when <see cref="Control"/> or <see cref="Canned"/> is set. DDL that needs several SQLite statements: all but the last are in <see cref="Before"/>.</summary>
    public string? Sql { get; init; }

    /// <summary>Statements to run first, in the same transaction, without parameters.</summary>
    public IReadOnlyList<string> Before { get; init; } = [];
    public ControlStatement? Control { get; init; }

    /// <summary>A fixed answer (e.g. Npgsql's type loading). With <see cref="Control"/> (SELECT set_config(…)): carry that out, then answer this.
    /// A Show with Columns (SELECT current_setting(…)) names its column as they say.</summary>
    public CannedResult? Canned { get; init; }

    /// <summary>Command tag without counts: "SELECT", "INSERT", "CREATE TABLE" …</summary>
    public required string Tag { get; init; }

    /// <summary>How the tag ends: nothing, affected rows, or returned rows.</summary>
    public TagCount TagCount { get; init; }

    /// <summary>PostgreSQL types of $1, $2, …: declared or inferred.</summary>
    public IReadOnlyList<uint> ParameterTypes { get; init; } = [];

    /// <summary>What to bind to SQLite's ?1, ?2, …</summary>
    public IReadOnlyList<ParameterSlot> Slots { get; init; } = [];

    /// <summary>Null: returns no rows (NoData).</summary>
    public IReadOnlyList<ResultColumn>? Columns { get; init; }

    /// <summary>Number of the SQLite column that is the first of <see cref="Columns"/>; those before it are not the client's (EXPLAIN: 3).</summary>
    public int FirstColumn { get; init; }
    public bool ReadOnly { get; init; }

    /// <summary>It names tables of users'; false: the system's own at most.</summary>
    public bool UsesTables { get; init; }
    public bool PointRead { get; init; }

    /// <summary>SELECT … FOR UPDATE and the like: not <see cref="ReadOnly"/>.</summary>
    public RowLock? Lock { get; init; }
    public bool ChangesSchema { get; init; }
    public IReadOnlyList<CatalogTable>? Catalog { get; init; }

    /// <summary>One of <see cref="Slots"/> is <see cref="SessionValue.LastCommit"/>: it has to be asked for first.</summary>
    public bool AsksLastCommit { get; init; }
    /// <summary>SELECT pg_notify(…): <see cref="Sql"/> gives channels and payloads; the client is to see a row for each.</summary>
    public bool Notifies { get; init; }

    /// <summary>SELECT pg_advisory_lock(…) and the like: <see cref="Sql"/> gives the keys. Null: it is none.</summary>
    public AdvisoryCall? Advisory { get; init; }
    public IReadOnlyList<DialectNotice> Notices { get; init; } = [];
}

public enum TagCount : byte { None, Affected, Returned, InsertAffected }

/// <param name="TypeOid">PostgreSQL type; <paramref name="TypeModifier"/> −1 = none.</param>
/// <param name="TableOid">Origin, 0 if an expression; with <paramref name="AttributeNumber"/> from 1.</param>
public sealed record ResultColumn(string Name, uint TypeOid, int TypeModifier = -1, uint TableOid = 0, short AttributeNumber = 0);

/// <summary>One SQLite parameter.</summary>
public abstract record ParameterSlot
{
    private ParameterSlot() { }

    /// <summary>The client's $(Index+1), bound in the engine form of its type.</summary>
    public sealed record Client(int Index) : ParameterSlot;

    /// <summary>A value of the session at execution: see <see cref="SessionValue"/>.</summary>
    public sealed record Session(SessionValue Value) : ParameterSlot;
}

/// <summary>Values that a session gives to its statements.</summary>
public enum SessionValue : byte
{
    /// <summary>now(), CURRENT_TIMESTAMP: the transaction's start, in the engine's timestamptz text.</summary>
    TransactionTime,
    StatementTime,
    User,
    Database,
    BackendPid,
    ApplicationName,
    ClientAddress,

    /// <summary>replication.last_commit(): a JSON document, or null.</summary>
    LastCommit,

    /// <summary>pg_listening_channels(): a JSON array of names.</summary>
    ListeningChannels,
}

public sealed record CannedResult(IReadOnlyList<ResultColumn> Columns, IReadOnlyList<string?[]> Rows);

/// <param name="Severity">NOTICE or WARNING.</param>
public sealed record DialectNotice(string Severity, string SqlState, string Message);

/// <param name="Position">Character position from 1 in the query string given to Parse, 0 if unknown.</param>
public sealed class DialectException(string sqlState, string message, int position = 0, string? hint = null, string? detail = null) : Exception(message)
{
    public string SqlState { get; } = sqlState;
    public int Position { get; } = position;
    public string? Hint { get; } = hint;
    public string? Detail { get; } = detail;
}

/// <summary>The schema that names and types are resolved against: one version of it, immutable.</summary>
public interface ISchemaView
{
    long Version { get; }
    TableInfo? Find(string name);
    IEnumerable<TableInfo> Tables { get; }
    IEnumerable<IndexInfo> Indexes { get; }
}

/// <param name="Oid">Stable, at least 16384, the same on every node.</param>
public sealed record TableInfo(string Name, uint Oid, bool IsView, string Sql, IReadOnlyList<ColumnInfo> Columns)
{
    public IReadOnlyList<ForeignKeyInfo> ForeignKeys { get; init; } = [];
    public IReadOnlyList<CheckInfo> Checks { get; init; } = [];
    public bool HasTriggers { get; init; }
}

/// <param name="Referenced">Columns of <paramref name="Parent"/>, as many as <paramref name="Columns"/>; empty: its primary key.</param>
/// <param name="OnUpdate">NO ACTION, RESTRICT, CASCADE, SET NULL or SET DEFAULT; so is <paramref name="OnDelete"/>.</param>
public sealed record ForeignKeyInfo(string Name, string Parent, IReadOnlyList<string> Columns, IReadOnlyList<string> Referenced, string OnUpdate, string OnDelete)
{
    public bool Deferrable { get; init; }

    /// <summary>INITIALLY DEFERRED.</summary>
    public bool Deferred { get; init; }
}

/// <param name="DeclaredType">As stored in SQLite's schema (our canonical spelling).</param>
/// <param name="PrimaryKey">Position in the primary key from 1, 0 = not in it.</param>
public sealed record ColumnInfo(string Name, string DeclaredType, bool NotNull, string? Default, int PrimaryKey, bool Generated, short Number);

/// <param name="Rule">CHECK (…), in SQLite's SQL.</param>
public sealed record CheckInfo(string Name, string Rule);

/// <param name="Name">SQLite's.</param>
public sealed record IndexInfo(string Name, string Table, uint Oid, bool Unique, bool PrimaryKey, IReadOnlyList<string> Columns, string? Sql)
{
    /// <summary>The name that CREATE TABLE gave to the constraint behind it; null: none.</summary>
    public string? DeclaredName { get; init; }
}
