using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>The name PostgreSQL gives a result column without an alias (FigureColname in its parse_target.c describes the rule).</summary>
internal static class ColumnLabel
{
    private const string Unnamed = "?column?";

    public static string Of(Expr expression) => Find(expression).Name ?? Unnamed;

    /// <summary>A weak name (a type's, "case") gives way to one from further inside.</summary>
    private static (string? Name, bool IsWeak) Find(Expr expression)
    {
        switch (expression)
        {
            case ColumnExpr column:
                return (column.Path[^1], false);
            case CallExpr call:
                return (call.Name[(call.Name.LastIndexOf('.') + 1)..], false);
            case CastExpr cast:
                var inner = Find(cast.Operand);
                if (inner.Name is not null && !inner.IsWeak) return inner;
                return (TypeNames.Resolve(cast.Type) is { } type ? TypeNames.Internal(type.Element.Oid != 0 ? type.Element.Oid : type.Oid) : cast.Type.Name, true);
            case CaseExpr choice:
                var otherwise = choice.Else is null ? default : Find(choice.Else);
                return otherwise.Name is not null && !otherwise.IsWeak ? otherwise : ("case", true);
            case CollateExpr collate:
                return Find(collate.Operand);
            case SubscriptExpr subscript:
                return Find(subscript.Operand);
            case ExistsExpr:
                return ("exists", false);
            case ArrayExpr or ArrayQueryExpr:
                return ("array", false);
            case RowExpr:
                return ("row", false);
            case LiteralExpr { Kind: LiteralKind.True or LiteralKind.False }:
                return ("bool", true);
            case ScalarQueryExpr { Query.Body: SelectBody { Items: [var item, ..] } }:
                return item.Alias is { } alias ? (alias, false) : Find(item.Expression);
            case ScalarQueryExpr { Query.Body: ValuesBody }:
                return ("column1", false);
            default:
                return default;
        }
    }
}
