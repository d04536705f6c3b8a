using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>An expression in SQLite's SQL, with the PostgreSQL type that its value has.</summary>
/// <param name="Sql">Safe to put beside any operator.</param>
internal sealed record Bound(string Sql, SqlType Type, int At)
{
    /// <summary>A parameter whose type nothing has settled yet; 0 = it is none.</summary>
    public int Parameter { get; init; }

    /// <summary>Text of a literal that takes its type from what is around it.</summary>
    public string? Untyped { get; init; }
    public bool IsNull { get; init; }
    public bool NotNull { get; init; }

    /// <summary>A constant's own text.</summary>
    public string? Constant { get; init; }

    public uint TableOid { get; init; }
    public short Attribute { get; init; }
}

/// <param name="Name">What clients and outer queries see.</param>
/// <param name="SqlName">What SQLite calls it; unique in its query.</param>
internal sealed record OutputColumn(string Name, string SqlName, SqlType Type)
{
    public bool NotNull { get; init; }
    public uint TableOid { get; init; }
    public short Attribute { get; init; }
}

/// <summary>A whole query in SQLite's SQL.</summary>
internal sealed record BoundQuery(string Sql, IReadOnlyList<OutputColumn> Columns)
{
    /// <summary>Each row comes from a single table at its whole primary key, or from no table.</summary>
    public bool IsPoint { get; init; }

    /// <summary>Its first columns are for locking rows, and not among <see cref="Columns"/>.</summary>
    public Gateway.RowLock? Lock { get; init; }

    /// <summary>Can stand as a term of UNION as it is.</summary>
    public bool IsSimple { get; init; } = true;
}
