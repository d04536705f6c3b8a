namespace ActorReplication.Postgres.Dialect.Syntax;

/// <summary>SELECT or VALUES with everything around it.</summary>
internal sealed record Query(QueryBody Body, int At)
{
    public WithClause? With { get; init; }
    public IReadOnlyList<OrderItem> OrderBy { get; init; } = [];
    public Expr? Limit { get; init; }
    public Expr? Offset { get; init; }

    /// <summary>FOR UPDATE and the like. Null: none.</summary>
    public LockingClause? Locking { get; init; }
}

/// <param name="Words">As written: for messages.</param>
/// <param name="Of">Empty: all tables.</param>
internal sealed record LockingClause(string Words, bool Shares, Gateway.RowLockWait Wait, IReadOnlyList<string> Of, int At);

internal sealed record WithClause(bool Recursive, IReadOnlyList<CommonTable> Tables);

internal sealed record CommonTable(string Name, IReadOnlyList<string> Columns, Query Query, bool? Materialized, int At);

internal abstract record QueryBody(int At);

internal sealed record SelectBody(IReadOnlyList<SelectItem> Items, int At) : QueryBody(At)
{
    public bool Distinct { get; init; }
    public IReadOnlyList<Expr> DistinctOn { get; init; } = [];
    public IReadOnlyList<FromItem> From { get; init; } = [];
    public Expr? Where { get; init; }
    public IReadOnlyList<Expr> GroupBy { get; init; } = [];
    public Expr? Having { get; init; }
    public IReadOnlyList<(string Name, WindowSpec Spec)> Windows { get; init; } = [];
}

internal sealed record ValuesBody(IReadOnlyList<IReadOnlyList<Expr>> Rows, int At) : QueryBody(At);

/// <param name="Operator">"UNION", "INTERSECT" or "EXCEPT".</param>
internal sealed record SetOperationBody(string Operator, bool All, QueryBody Left, QueryBody Right, int At) : QueryBody(At);

/// <summary>A parenthesised query with its own ORDER BY or LIMIT.</summary>
internal sealed record NestedBody(Query Query, int At) : QueryBody(At);

internal sealed record SelectItem(Expr Expression, string? Alias);

internal abstract record FromItem(int At);

internal sealed record TableSource(string? Schema, string Name, string? Alias, IReadOnlyList<string> Columns, int At) : FromItem(At);

internal sealed record QuerySource(Query Query, string? Alias, IReadOnlyList<string> Columns, int At) : FromItem(At);

internal sealed record FunctionSource(CallExpr Call, string? Alias, IReadOnlyList<string> Columns, bool WithOrdinality, int At) : FromItem(At);

internal enum JoinKind : byte { Inner, Left, Right, Full, Cross }

internal sealed record JoinSource(FromItem Left, FromItem Right, JoinKind Kind, Expr? On, IReadOnlyList<string> Using, bool Natural, int At) : FromItem(At);
