namespace ActorReplication.Postgres.Dialect.Syntax;

/// <summary>A statement that the database carries out; those of the session are <see cref="ControlStatement"/>s.</summary>
internal abstract record Statement(int At);

internal sealed record SelectStatement(Query Query, int At) : Statement(At);

/// <param name="Analyze">EXPLAIN ANALYZE, refused.</param>
internal sealed record ExplainStatement(Statement Inner, bool Analyze, int At) : Statement(At);

/// <summary>A table's name where a statement writes to it.</summary>
internal sealed record Target(string? Schema, string Name, string? Alias, int At);

internal sealed record InsertStatement(Target Table, IReadOnlyList<NamedAt> Columns, Query? Source, int At) : Statement(At)
{
    public WithClause? With { get; init; }
    public bool DefaultValues { get; init; }
    public bool Overriding { get; init; }
    public ConflictClause? OnConflict { get; init; }
    public IReadOnlyList<SelectItem>? Returning { get; init; }
}

internal sealed record NamedAt(string Name, int At);

/// <param name="Assignments">Null: DO NOTHING.</param>
internal sealed record ConflictClause(IReadOnlyList<Expr> Columns, Expr? IndexWhere, string? Constraint, IReadOnlyList<Assignment>? Assignments, Expr? Where, int At);

/// <summary>column = value, or (columns) = row or query.</summary>
internal sealed record Assignment(IReadOnlyList<NamedAt> Columns, Expr Value, int At);

internal sealed record UpdateStatement(Target Table, IReadOnlyList<Assignment> Assignments, int At) : Statement(At)
{
    public WithClause? With { get; init; }
    public IReadOnlyList<FromItem> From { get; init; } = [];
    public Expr? Where { get; init; }
    public IReadOnlyList<SelectItem>? Returning { get; init; }
}

internal sealed record DeleteStatement(Target Table, int At) : Statement(At)
{
    public WithClause? With { get; init; }
    public IReadOnlyList<FromItem> Using { get; init; } = [];
    public Expr? Where { get; init; }
    public IReadOnlyList<SelectItem>? Returning { get; init; }
}

internal sealed record TruncateStatement(IReadOnlyList<Target> Tables, bool RestartIdentity, bool Cascade, int At) : Statement(At);
