using System.Globalization;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Expressions, one case each.</summary>
internal sealed partial class Binder
{
    private Bound Bind(Expr expression, Scope scope)
    {
        CountWork(expression.At);
        var before = scope.Uses.Count;
        var bound = BindCase(expression, scope);
        if (scope.GroupKeys.Count > 0 && scope.GroupKeys.Contains(bound.Sql)) scope.Uses.RemoveRange(before, scope.Uses.Count - before);
        return bound;
    }

    private Bound BindCase(Expr expression, Scope scope) => expression switch
    {
        LiteralExpr literal => BindLiteral(literal),
        ParameterExpr parameter => Parameter(parameter.Number, parameter.At),
        ColumnExpr column => BindColumn(column, scope),
        UnaryExpr unary => BindUnary(unary, scope),
        BinaryExpr binary => BindBinary(binary, scope),
        CastExpr cast => BindCast(cast, scope),
        CallExpr call => BindCall(call, scope),
        CaseExpr choice => BindChoice(choice, scope),
        InListExpr list => BindInList(list, scope),
        InQueryExpr query => BindInQuery(query, scope),
        ExistsExpr exists => new Bound($"EXISTS ({BindSubquery(exists.Query, scope).Sql})", SqlType.Bool, exists.At) { NotNull = true },
        ScalarQueryExpr scalar => BindScalarQuery(scalar, scope),
        ArrayQueryExpr array => BindArrayQuery(array, scope),
        QuantifiedExpr quantified => BindQuantified(quantified, scope),
        BetweenExpr between => BindBetween(between, scope),
        LikeExpr like => BindLike(like, scope),
        IsExpr test => BindIs(test, scope),
        ArrayExpr array => BindArray(array, scope),
        SubscriptExpr subscript => BindSubscript(subscript, scope),
        CollateExpr collate => BindCollate(collate, scope),
        RowExpr row => throw Unsupported("a row value here", row.At),
        StarExpr star => throw Error("42601", "syntax error at or near \"*\"", star.At),
        DefaultExpr given => throw Error("42601", "DEFAULT is not allowed in this context", given.At),
        _ => throw Unsupported("this expression", expression.At),
    };

    private Bound BindLiteral(LiteralExpr literal)
    {
        switch (literal.Kind)
        {
            case LiteralKind.Null:
                return new Bound("NULL", SqlType.Unknown, literal.At) { IsNull = true };
            case LiteralKind.True or LiteralKind.False:
                return new Bound(literal.Kind == LiteralKind.True ? "1" : "0", SqlType.Bool, literal.At) { NotNull = true, Constant = literal.Text };
            case LiteralKind.String:
                return new Bound(QuoteText(literal.Text), SqlType.Unknown, literal.At) { NotNull = true, Untyped = literal.Text, Constant = literal.Text };
            case LiteralKind.Integer when long.TryParse(literal.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole):
                return new Bound(whole.ToString(CultureInfo.InvariantCulture), whole <= int.MaxValue ? SqlType.Int4 : SqlType.Int8, literal.At) { NotNull = true, Constant = literal.Text };
            case LiteralKind.Integer or LiteralKind.Decimal:
                return NumericLiteral(literal.Text, literal.At);
            default:
                throw Unsupported("a bit string", literal.At, "Use bytea: '\\x…'.");
        }
    }

    private Bound BindUnary(UnaryExpr unary, Scope scope)
    {
        if (unary.Operator == "-" && unary.Operand is LiteralExpr { Kind: LiteralKind.Integer or LiteralKind.Decimal } number) return BindNegative(number);
        var operand = Bind(unary.Operand, scope);
        switch (unary.Operator)
        {
            case "not":
                operand = RequireBool(operand, "NOT");
                return new Bound($"(NOT {operand.Sql})", SqlType.Bool, unary.At) { NotNull = operand.NotNull };
            case "+" or "-":
                if (operand.Type.IsUnknown) operand = Settle(operand, SqlType.Float8);
                if (unary.Operator == "-" && operand.Type.Oid == PgOid.Numeric && !IsPlainNumber(operand)) return new Bound($"pg_subtract(0, {operand.Sql})", operand.Type, unary.At) { NotNull = operand.NotNull };
                if (operand.Type.IsNumber) return unary.Operator == "+" ? operand : new Bound($"(- {operand.Sql})", operand.Type, unary.At) { NotNull = operand.NotNull };
                if (operand.Type.Oid == PgOid.Interval) return new Bound($"pg_interval_multiply({operand.Sql}, -1)", SqlType.Interval, unary.At);
                break;
            case "~" when operand.Type.IsInteger:
                return new Bound($"(~ {operand.Sql})", operand.Type, unary.At);
            case "@" when operand.Type.IsNumber:
                return new Bound($"{(operand.Type.Oid == PgOid.Numeric ? "pg_abs" : "abs")}({operand.Sql})", operand.Type.WithoutModifier, unary.At);
        }

        throw Error("42883", $"operator does not exist: {unary.Operator} {TypeNames.Shown(operand.Type)}", unary.At,
            "No operator matches the given name and argument type. You might need to add an explicit type cast.");
    }

    private Bound BindNegative(LiteralExpr number)
    {
        var text = "-" + number.Text;
        if (number.Kind == LiteralKind.Integer && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return new Bound(whole == long.MinValue ? "(-9223372036854775807 - 1)" : $"({text})", whole >= -(long)int.MaxValue ? SqlType.Int4 : SqlType.Int8, number.At) { NotNull = true, Constant = text };
        return NumericLiteral(text, number.At);
    }

    /// <summary>Keeps the digits after the point for display: 1.10.</summary>
    private Bound NumericLiteral(string text, int at)
    {
        var literal = Literal(text, SqlType.Numeric, at);
        var point = text.IndexOf('.');
        return literal with { Type = text.AsSpan().IndexOfAny('e', 'E') >= 0 ? SqlType.Numeric : SqlType.NumericOfScale(point < 0 ? 0 : text.Length - point - 1) };
    }

    private Bound BindCast(CastExpr cast, Scope scope)
    {
        var type = ResolveType(cast.Type);
        if (cast.Operand is ArrayExpr { Items.Count: 0 }) return new Bound("'[]'", type, cast.At);
        var operand = Bind(cast.Operand, scope);
        if (operand.Type.Oid is PgOid.RegClass or PgOid.RegType && type.IsString) return new Bound(NameOfObject(operand), type, cast.At);
        if (operand.Type.Oid is TypeNames.Int2Vector or TypeNames.OidVector && type.IsArray) return new Bound($"pg_vector_array({operand.Sql})", type, cast.At);
        return Cast(operand, type, cast.At);
    }

    private SqlType ResolveType(TypeName name)
    {
        if (name.Name is "record" or "anyelement" or "cstring" or "bit" or "varbit" or "money" or "xml" or "inet" or "cidr" or "macaddr" or "macaddr8" or "point" or "line" or "lseg" or "box" or "path" or "polygon" or "circle"
            or "tsvector" or "tsquery" or "hstore")
            throw Unsupported($"type {name.Name}", name.At, "Use text.");
        if (name.Name is "int4range" or "int8range" or "numrange" or "tsrange" or "tstzrange" or "daterange" || name.Name.EndsWith("multirange", StringComparison.Ordinal))
            throw Unsupported($"type {name.Name}", name.At, "Use two columns, for the lower and the upper bound.");
        var type = TypeNames.Resolve(name) ?? throw Error("42704", $"type \"{name.Name}\" does not exist", name.At);
        if (type.Oid is PgOid.Varchar or PgOid.Bpchar && name.Modifiers is [< 1]) throw Error("22023", $"length for type {name.Name.Replace("bp", "", StringComparison.Ordinal)} must be at least 1", name.At);
        if (type.Oid == PgOid.Numeric && name.Modifiers is [< 1 or > 1000, ..]) throw Error("22023", $"NUMERIC precision {name.Modifiers[0]} must be between 1 and 1000", name.At);
        if (type.Oid == PgOid.Numeric && name.Modifiers is [_, < 0 or > 1000]) throw Unsupported("a scale of NUMERIC outside 0 to 1000", name.At);
        return type;
    }

    private Bound BindChoice(CaseExpr choice, Scope scope)
    {
        var conditions = new List<string>();
        var results = new List<Bound>();
        foreach (var (when, then) in choice.Branches)
        {
            conditions.Add(choice.Operand is null
                ? RequireBool(Bind(when, scope), "CASE/WHEN").Sql
                : BindBinary(new BinaryExpr("=", choice.Operand, when, when.At), scope).Sql);
            results.Add(Bind(then, scope));
        }

        // ELSE counts first when the common type is sought.
        results.Insert(0, choice.Else is null ? new Bound("NULL", SqlType.Unknown, choice.At) { IsNull = true } : Bind(choice.Else, scope));
        var unified = Unify(results, out var mismatch) ?? throw Error("42804", $"CASE types {TypeNames.Shown(mismatch.Left)} and {TypeNames.Shown(mismatch.Right)} cannot be matched", mismatch.At);
        var sql = string.Concat(conditions.Select((condition, i) => $" WHEN {condition} THEN {unified[i + 1].Sql}"));
        return new Bound($"(CASE{sql} ELSE {unified[0].Sql} END)", unified[0].Type, choice.At) { NotNull = unified.All(r => r.NotNull) };
    }

    private Bound BindIs(IsExpr test, Scope scope)
    {
        var not = test.Negated ? " NOT" : "";
        if (test.What == "null")
        {
            if (test.Operand is RowExpr row)
            {
                var parts = row.Items.Select(i => $"{SettleAsText(Bind(i, scope)).Sql} IS{not} NULL");
                return new Bound($"({string.Join(" AND ", parts)})", SqlType.Bool, test.At) { NotNull = true };
            }

            return new Bound($"({SettleAsText(Bind(test.Operand, scope)).Sql} IS{not} NULL)", SqlType.Bool, test.At) { NotNull = true };
        }

        var operand = RequireBool(Bind(test.Operand, scope), $"IS{not} {test.What.ToUpperInvariant()}");
        var value = test.What switch { "true" => "1", "false" => "0", _ => "NULL" };
        return new Bound($"({operand.Sql} IS{not} {value})", SqlType.Bool, test.At) { NotNull = true };
    }

    private Bound BindCollate(CollateExpr collate, Scope scope)
    {
        if (collate.Collation is not ("C" or "POSIX" or "default" or "ucs_basic" or "binary")) throw Unsupported($"collation \"{collate.Collation}\"", collate.At, "Text is compared by its bytes, as with collation \"C\".");
        return Bind(collate.Operand, scope);
    }
}
