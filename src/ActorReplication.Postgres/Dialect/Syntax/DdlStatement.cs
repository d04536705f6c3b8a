namespace ActorReplication.Postgres.Dialect.Syntax;

internal sealed record CreateTableStatement(Target Table, bool IfNotExists, IReadOnlyList<ColumnDefinition> Columns, IReadOnlyList<TableConstraint> Constraints, int At) : Statement(At)
{
    /// <summary>WITHOUT ROWID, an extension.</summary>
    public bool WithoutRowId { get; init; }
}

internal sealed record CreateTableAsStatement(Target Table, bool IfNotExists, IReadOnlyList<string> Columns, Query Query, bool WithData, int At) : Statement(At);

internal enum IdentityKind : byte { None, Serial, Always, ByDefault }

internal sealed record ColumnDefinition(string Name, TypeName Type, int At)
{
    public bool NotNull { get; init; }
    public Expr? Default { get; init; }
    public Expr? Generated { get; init; }
    public IdentityKind Identity { get; init; }
    public IReadOnlyList<TableConstraint> Constraints { get; init; } = [];
}

/// <summary>A column's own constraint has its column in <see cref="Columns"/>.</summary>
internal sealed record TableConstraint(ConstraintKind Kind, string? Name, IReadOnlyList<string> Columns, int At)
{
    public Expr? Check { get; init; }
    public Target? References { get; init; }
    public IReadOnlyList<string> ReferencedColumns { get; init; } = [];

    /// <summary>ON DELETE … ON UPDATE … DEFERRABLE …, in words that both dialects share.</summary>
    public string Actions { get; init; } = "";

    /// <summary>The rows that are there already are not looked at.</summary>
    public bool NotValid { get; init; }
}

internal enum ConstraintKind : byte { PrimaryKey, Unique, Check, ForeignKey }

internal sealed record CreateIndexStatement(string? Name, Target Table, bool Unique, bool IfNotExists, IReadOnlyList<OrderItem> Keys, Expr? Where, int At) : Statement(At);

internal sealed record CreateViewStatement(Target View, bool Replace, IReadOnlyList<string> Columns, Query Query, int At) : Statement(At);

/// <summary>CREATE TRIGGER … BEGIN … END and CREATE VIRTUAL TABLE: SQLite's own forms, whose text goes through.</summary>
internal sealed record PassThroughStatement(string Sql, string Tag, int At) : Statement(At);

/// <param name="What">"TABLE", "VIEW", "INDEX" or "TRIGGER".</param>
internal sealed record DropStatement(string What, IReadOnlyList<Target> Names, bool IfExists, bool Cascade, int At) : Statement(At);

internal sealed record AlterTableStatement(Target Table, bool IfExists, IReadOnlyList<AlterAction> Actions, int At) : Statement(At);

internal sealed record RenameIndexStatement(Target Index, string NewName, bool IfExists, int At) : Statement(At);

internal abstract record AlterAction(int At);

internal sealed record AddColumn(ColumnDefinition Column, bool IfNotExists, int At) : AlterAction(At);

internal sealed record DropColumn(string Name, bool IfExists, bool Cascade, int At) : AlterAction(At);

internal sealed record RenameColumn(string Name, string NewName, int At) : AlterAction(At);

internal sealed record RenameTable(string NewName, int At) : AlterAction(At);

internal sealed record AddConstraint(TableConstraint Constraint, int At) : AlterAction(At);

internal sealed record DropConstraint(string Name, bool IfExists, bool Cascade, int At) : AlterAction(At);

internal sealed record RenameConstraint(string Name, string NewName, int At) : AlterAction(At);

internal sealed record SetNotNull(string Column, bool NotNull, int At) : AlterAction(At);

/// <param name="Value">Null: DROP DEFAULT.</param>
internal sealed record SetDefault(string Column, Expr? Value, int At) : AlterAction(At);

/// <param name="Using">Null: the column itself.</param>
internal sealed record SetType(string Column, TypeName Type, Expr? Using, int At) : AlterAction(At);

/// <summary>ADD GENERATED … AS IDENTITY, DROP IDENTITY.</summary>
internal sealed record SetIdentity(string Column, bool On, bool IfExists, int At) : AlterAction(At);

/// <summary>Accepted and without effect (OWNER TO, SET (…), REPLICA IDENTITY …).</summary>
internal sealed record NoAlteration(int At) : AlterAction(At);
