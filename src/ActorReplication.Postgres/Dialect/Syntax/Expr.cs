namespace ActorReplication.Postgres.Dialect.Syntax;

/// <summary>An expression as written: names unresolved, types unknown.</summary>
/// <param name="At">Offset in the query text that errors about it point at.</param>
internal abstract record Expr(int At);

internal enum LiteralKind : byte { Integer, Decimal, String, Null, True, False, Bits }

internal sealed record LiteralExpr(LiteralKind Kind, string Text, int At) : Expr(At);

internal sealed record ParameterExpr(int Number, int At) : Expr(At);

/// <param name="Path">Column, table.column or schema.table.column.</param>
internal sealed record ColumnExpr(IReadOnlyList<string> Path, int At) : Expr(At);

/// <summary>* or table.*; only in a select list, RETURNING or count(*).</summary>
internal sealed record StarExpr(string? Table, int At) : Expr(At);

internal sealed record UnaryExpr(string Operator, Expr Operand, int At) : Expr(At);

/// <param name="Operator">Symbol, or "and", "or", "is distinct from", "is not distinct from".</param>
internal sealed record BinaryExpr(string Operator, Expr Left, Expr Right, int At) : Expr(At);

internal sealed record CastExpr(Expr Operand, TypeName Type, int At) : Expr(At);

internal sealed record CallExpr(string Name, IReadOnlyList<Expr> Arguments, int At) : Expr(At)
{
    public bool Star { get; init; }
    public bool Distinct { get; init; }
    public IReadOnlyList<OrderItem> OrderBy { get; init; } = [];
    public Expr? Filter { get; init; }
    public WindowSpec? Over { get; init; }

    /// <summary>Written with special syntax (EXTRACT(… FROM …), CURRENT_DATE): no parentheses of a call.</summary>
    public bool Special { get; init; }
}

internal sealed record CaseExpr(Expr? Operand, IReadOnlyList<(Expr When, Expr Then)> Branches, Expr? Else, int At) : Expr(At);

internal sealed record InListExpr(Expr Operand, IReadOnlyList<Expr> Items, bool Negated, int At) : Expr(At);

internal sealed record InQueryExpr(Expr Operand, Query Query, bool Negated, int At) : Expr(At);

internal sealed record ExistsExpr(Query Query, int At) : Expr(At);

internal sealed record ScalarQueryExpr(Query Query, int At) : Expr(At);

internal sealed record ArrayQueryExpr(Query Query, int At) : Expr(At);

/// <summary>left op ANY/ALL (array or query): exactly one of the two is set.</summary>
internal sealed record QuantifiedExpr(Expr Left, string Operator, bool All, Expr? Array, Query? Query, int At) : Expr(At);

internal sealed record BetweenExpr(Expr Operand, Expr Low, Expr High, bool Negated, bool Symmetric, int At) : Expr(At);

internal sealed record LikeExpr(Expr Operand, Expr Pattern, Expr? Escape, bool Negated, bool IgnoreCase, int At) : Expr(At);

/// <param name="What">"null", "true", "false" or "unknown".</param>
internal sealed record IsExpr(Expr Operand, string What, bool Negated, int At) : Expr(At);

internal sealed record RowExpr(IReadOnlyList<Expr> Items, int At) : Expr(At);

internal sealed record ArrayExpr(IReadOnlyList<Expr> Items, int At) : Expr(At);

internal sealed record SubscriptExpr(Expr Operand, Expr Index, int At) : Expr(At);

internal sealed record CollateExpr(Expr Operand, string Collation, int At) : Expr(At);

/// <summary>DEFAULT, in VALUES and SET only.</summary>
internal sealed record DefaultExpr(int At) : Expr(At);

/// <param name="Name">Folded, without schema; PostgreSQL's internal or SQL name.</param>
/// <param name="Modifiers">What was in parentheses.</param>
internal sealed record TypeName(string Name, IReadOnlyList<int> Modifiers, int ArrayDimensions, int At);

/// <param name="NullsFirst">Null: the direction's default.</param>
internal sealed record OrderItem(Expr Expression, bool Descending, bool? NullsFirst);

/// <param name="Frame">ROWS/RANGE/GROUPS … as written, with its numbers only.</param>
internal sealed record WindowSpec(string? Name, IReadOnlyList<Expr> PartitionBy, IReadOnlyList<OrderItem> OrderBy, string? Frame, int At);
