using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Typing;

internal enum FunctionKind : byte { Scalar, Aggregate, Window }

/// <summary>One argument's type; T and T[] are polymorphic, any takes what comes.</summary>
internal readonly record struct FunctionParameter(SqlType Type, bool IsElement, bool IsArray, bool IsAny)
{
    public static FunctionParameter Parse(string text) => text switch
    {
        "T" => new(SqlType.Unknown, true, false, false),
        "T[]" => new(SqlType.Unknown, false, true, false),
        "any" => new(SqlType.Unknown, false, false, true),
        _ => new(FunctionSpec.TypeOf(text), false, false, false),
    };
}

/// <summary>A PostgreSQL function or aggregate: its signature, and how SQLite's SQL says it.</summary>
/// <param name="Template">{0}, {1} … are the arguments' SQL; null: a call of <paramref name="SqlName"/> with all of them.</param>
internal sealed record FunctionSpec(string Name, FunctionKind Kind, IReadOnlyList<FunctionParameter> Parameters, int Required, bool IsVariadic, string Returns, string SqlName, string? Template)
{
    /// <summary>Never NULL when its arguments are not; only where that is certain.</summary>
    public bool NeverNull { get; init; }

    /// <summary>The aggregate to use with OVER: one of SQLite's own.</summary>
    public string WindowSqlName => SqlName switch { "pg_sum" => "sum", "pg_avg" => "avg", _ => SqlName };

    public FunctionParameter Parameter(int index) => Parameters[Math.Min(index, Parameters.Count - 1)];

    public bool Takes(int count) => count >= Required && (IsVariadic || count <= Parameters.Count);

    public SqlType ReturnType(SqlType element) => Returns switch
    {
        "T" => element.Oid == PgOid.Numeric ? element : element.WithoutModifier,
        "T[]" => new SqlType(TypeNames.ArrayOf(element.Oid)),
        _ => TypeOf(Returns),
    };

    public string Write(IReadOnlyList<string> arguments)
    {
        if (Template is null) return $"{SqlName}({string.Join(", ", arguments)})";
        var sql = Template;
        for (var i = 0; i < arguments.Count; i++) sql = sql.Replace($"{{{i}}}", arguments[i], StringComparison.Ordinal);
        return sql;
    }

    public static SqlType TypeOf(string name) => name switch
    {
        "void" => new SqlType(PgOid.Void),
        "regclass" => new SqlType(PgOid.RegClass),
        _ => TypeNames.Resolve(new Syntax.TypeName(name.TrimEnd('[', ']'), [], name.EndsWith(']') ? 1 : 0, 0)) ?? throw new InvalidOperationException($"function table: unknown type {name}"),
    };
}
