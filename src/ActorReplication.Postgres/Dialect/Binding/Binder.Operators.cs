using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Operators with two sides.</summary>
internal sealed partial class Binder
{
    private Bound BindBinary(BinaryExpr binary, Scope scope)
    {
        switch (binary.Operator)
        {
            case "and" or "or":
                return BindLogic(binary, scope);
            case "=" or "<>" or "<" or ">" or "<=" or ">=" or "is distinct from" or "is not distinct from":
                if (binary.Left is RowExpr left && binary.Right is RowExpr right) return BindRowComparison(binary, left, right, scope);
                return Compare(binary.Operator, Bind(binary.Left, scope), Bind(binary.Right, scope), binary.At);
            default:
                return Operate(binary.Operator, Bind(binary.Left, scope), Bind(binary.Right, scope), binary.At);
        }
    }

    private Bound BindLogic(BinaryExpr binary, Scope scope)
    {
        // A long chain leans to the left: walk it in a loop, so that its length costs no stack.
        var chain = new List<Expr>();
        Expr rest = binary;
        while (rest is BinaryExpr next && next.Operator == binary.Operator)
        {
            chain.Add(next.Right);
            rest = next.Left;
        }

        chain.Add(rest);
        chain.Reverse();
        var name = binary.Operator.ToUpperInvariant();
        var terms = chain.Select(term => RequireBool(Bind(term, scope), name)).ToList();
        return new Bound($"({string.Join($" {name} ", terms.Select(t => t.Sql))})", SqlType.Bool, binary.At) { NotNull = terms.All(t => t.NotNull) };
    }

    private DialectException NoOperator(string op, SqlType left, SqlType right, int at) =>
        Error("42883", $"operator does not exist: {TypeNames.Shown(left)} {op} {TypeNames.Shown(right)}", at,
            "No operator matches the given name and argument types. You might need to add explicit type casts.");

    private Bound Compare(string op, Bound left, Bound right, int at)
    {
        var symbol = op is "is distinct from" or "is not distinct from" ? "=" : op;
        var (a, b) = CommonOperands(left, right) ?? throw NoOperator(symbol, left.Type, right.Type, at);
        var type = a.Type;
        if (type.Oid == PgOid.Json) throw NoOperator(symbol, type, type, at);
        var (x, y) = type.Oid == PgOid.Interval ? ($"pg_interval_us({a.Sql})", $"pg_interval_us({b.Sql})") : (a.Sql, b.Sql);
        if (type.Oid == PgOid.Numeric) (x, y) = op is "<" or ">" or "<=" or ">=" ? NumericOrder(op, left, a, right, b) : NumericEquality(left, a, right, b);
        var sqlite = op switch { "is distinct from" => "IS NOT", "is not distinct from" => "IS", _ => op };
        return new Bound($"({x} {sqlite} {y})", SqlType.Bool, at) { NotNull = (a.NotNull && b.NotNull) || symbol != op };
    }

    /// <summary>Both sides in a type that they share.</summary>
    private (Bound Left, Bound Right)? CommonOperands(Bound left, Bound right)
    {
        if (left.Type.IsUnknown && right.Type.IsUnknown) return (SettleAsText(left), SettleAsText(right));
        if (CastRules.Common(left.Type, right.Type) is not { } common) return null;
        common = common.WithoutModifier;
        var a = TryCoerce(left, common, CastContext.Implicit);
        var b = TryCoerce(right, common, CastContext.Implicit);
        return a is null || b is null ? null : (a with { Type = common }, b with { Type = common });
    }

    private Bound BindRowComparison(BinaryExpr binary, RowExpr left, RowExpr right, Scope scope)
    {
        if (left.Items.Count != right.Items.Count) throw Error("42601", "unequal number of entries in row expressions", binary.At);
        var lefts = new List<string>();
        var rights = new List<string>();
        for (var i = 0; i < left.Items.Count; i++)
        {
            var a = Bind(left.Items[i], scope);
            var b = Bind(right.Items[i], scope);
            var (x, y) = CommonOperands(a, b) ?? throw NoOperator(binary.Operator, a.Type, b.Type, binary.At);
            var isOrder = binary.Operator is "<" or ">" or "<=" or ">=";
            var (l, r) = x.Type.Oid != PgOid.Numeric ? (x.Sql, y.Sql) : isOrder ? NumericOrder(binary.Operator, a, x, b, y, inRow: true) : NumericEquality(a, x, b, y);
            lefts.Add(l);
            rights.Add(r);
        }

        var op = binary.Operator switch { "is distinct from" => "IS NOT", "is not distinct from" => "IS", var symbol => symbol };
        return new Bound($"(({string.Join(", ", lefts)}) {op} ({string.Join(", ", rights)}))", SqlType.Bool, binary.At);
    }

    private Bound Operate(string op, Bound left, Bound right, int at) => op switch
    {
        "+" or "-" or "*" or "/" or "%" or "^" => Calculate(op, left, right, at),
        "||" => Concatenate(left, right, at),
        "~" or "~*" or "!~" or "!~*" => MatchRegex(op, left, right, at),
        "~~" => Like(left, right, null, false, false, at),
        "!~~" => Like(left, right, null, true, false, at),
        "~~*" => Like(left, right, null, false, true, at),
        "!~~*" => Like(left, right, null, true, true, at),
        "->" or "->>" or "#>" or "#>>" or "@>" or "<@" or "?" or "?|" or "?&" or "#-" => OperateOnJson(op, left, right, at),
        "&" or "|" or "#" or "<<" or ">>" => OperateOnBits(op, left, right, at),
        _ => throw NoOperator(op, left.Type, right.Type, at),
    };

    private Bound Calculate(string op, Bound left, Bound right, int at)
    {
        if (left.Type.IsUnknown && right.Type.IsUnknown)
            throw Error("42725", $"operator is not unique: unknown {op} unknown", at, "Could not choose a best candidate operator. You might need to add explicit type casts.");
        if (CalculateTime(op, left, right, at) is { } time) return time;
        if (left.Type.IsUnknown && right.Type.IsNumber) left = Settle(left, right.Type.WithoutModifier);
        if (right.Type.IsUnknown && left.Type.IsNumber) right = Settle(right, left.Type.WithoutModifier);
        if (op is "-" && left.Type.Oid == PgOid.Jsonb) return new Bound($"pg_jsonb_delete({left.Sql}, {SettleAsText(right).Sql})", left.Type, at);
        if (!left.Type.IsNumber || !right.Type.IsNumber) throw NoOperator(op, left.Type, right.Type, at);
        var type = CastRules.Wider(left.Type, right.Type);
        if (left.Type.Oid != right.Type.Oid && type.Oid == PgOid.Float4) type = SqlType.Float8;
        var notNull = left.NotNull && right.NotNull;
        switch (op)
        {
            case "^":
                type = left.Type.Oid == PgOid.Numeric || right.Type.Oid == PgOid.Numeric ? (type.IsFloat ? SqlType.Float8 : SqlType.Numeric) : SqlType.Float8;
                return new Bound($"pg_power({left.Sql}, {right.Sql})", type, at) { NotNull = notNull };
            case "/":
                if (type.Oid == PgOid.Numeric) return new Bound($"pg_divide({left.Sql}, {right.Sql})", type, at) { NotNull = notNull };
                var dividend = type.IsInteger ? left.Sql : $"CAST({left.Sql} AS REAL)";
                return new Bound($"({dividend} / {NotZero(right)})", type, at) { NotNull = notNull };
            case "%":
                if (type.IsFloat) throw NoOperator(op, left.Type, right.Type, at);
                return new Bound(type.IsInteger ? $"({left.Sql} % {NotZero(right)})" : $"pg_mod({left.Sql}, {right.Sql})", type, at) { NotNull = notNull };
            default:
                // Decimal digits that floating point would blur: 0.1 + 0.2.
                if (type.Oid == PgOid.Numeric)
                    return new Bound($"{(op == "+" ? "pg_add" : op == "-" ? "pg_subtract" : "pg_multiply")}({left.Sql}, {right.Sql})", WithScale(op, left.Type, right.Type), at) { NotNull = notNull };
                return new Bound($"({left.Sql} {op} {right.Sql})", type, at) { NotNull = notNull };
        }
    }

    /// <summary>The result's digits after the point, where both sides' are known.</summary>
    private static SqlType WithScale(string op, SqlType left, SqlType right)
    {
        if (ScaleOf(left) is not { } a || ScaleOf(right) is not { } b) return SqlType.Numeric;
        return SqlType.NumericOfScale(op == "*" ? a + b : Math.Max(a, b));
    }

    private static int? ScaleOf(SqlType type) => type.IsInteger ? 0 : type.Oid == PgOid.Numeric && type.Modifier >= 0 ? type.Scale : null;

    /// <summary>SQLite answers a division by zero with NULL; ours fails with 22012. The function is called only in that case.</summary>
    private static string NotZero(Bound divisor) =>
        double.TryParse(divisor.Constant, System.Globalization.CultureInfo.InvariantCulture, out var value) && value != 0
            ? divisor.Sql
            : $"coalesce(nullif({divisor.Sql}, 0), pg_divisor({divisor.Sql}))";

    private Bound? CalculateTime(string op, Bound left, Bound right, int at)
    {
        var (l, r) = (left.Type.Oid, right.Type.Oid);
        if (!left.Type.IsDateTime && l is not (PgOid.Interval or PgOid.Time) && !right.Type.IsDateTime && r is not (PgOid.Interval or PgOid.Time)) return null;
        // An untyped side is what PostgreSQL's own resolution makes of it: the same as the other, or an interval beside a date.
        if (left.Type.IsUnknown) left = Settle(left, op == "+" && right.Type.IsDateTime ? SqlType.Interval : right.Type);
        if (right.Type.IsUnknown) right = Settle(right, op == "+" && left.Type.IsDateTime ? SqlType.Interval : left.Type);
        (l, r) = (left.Type.Oid, right.Type.Oid);
        var sign = op == "-" ? "-1" : "1";
        switch (op)
        {
            case "+" or "-" when l == PgOid.Date && right.Type.IsInteger:
                return new Bound($"pg_date_add({left.Sql}, {(op == "-" ? $"(- {right.Sql})" : right.Sql)})", SqlType.Date, at);
            case "+" when left.Type.IsInteger && r == PgOid.Date:
                return new Bound($"pg_date_add({right.Sql}, {left.Sql})", SqlType.Date, at);
            case "-" when l == PgOid.Date && r == PgOid.Date:
                return new Bound($"pg_date_diff({left.Sql}, {right.Sql})", SqlType.Int4, at);
            case "+" or "-" when left.Type.IsDateTime && r == PgOid.Interval:
                return AddInterval(left, right, sign, at);
            case "+" when l == PgOid.Interval && right.Type.IsDateTime:
                return AddInterval(right, left, sign, at);
            case "+" when l == PgOid.Date && r == PgOid.Time:
                return new Bound($"({left.Sql} || ' ' || {right.Sql})", SqlType.Timestamp, at);
            case "-" when left.Type.IsDateTime && right.Type.IsDateTime:
                var (a, b) = CommonOperands(left, right)!.Value;
                return new Bound($"pg_timestamp_diff({a.Sql}, {b.Sql})", SqlType.Interval, at);
            case "+" or "-" when l == PgOid.Interval && r == PgOid.Interval:
                return new Bound($"pg_interval_add({left.Sql}, {right.Sql}, {sign})", SqlType.Interval, at);
            case "+" or "-" when l == PgOid.Time && r == PgOid.Interval:
                return new Bound($"pg_time_add({left.Sql}, {right.Sql}, {sign})", new SqlType(PgOid.Time), at);
            case "-" when l == PgOid.Time && r == PgOid.Time:
                return new Bound($"pg_interval_add({left.Sql}, {right.Sql}, -1)", SqlType.Interval, at);
            case "*" when l == PgOid.Interval && right.Type.IsNumber:
                return new Bound($"pg_interval_multiply({left.Sql}, {right.Sql})", SqlType.Interval, at);
            case "*" when left.Type.IsNumber && r == PgOid.Interval:
                return new Bound($"pg_interval_multiply({right.Sql}, {left.Sql})", SqlType.Interval, at);
            case "/" when l == PgOid.Interval && right.Type.IsNumber:
                return new Bound($"pg_interval_multiply({left.Sql}, 1.0 / {NotZero(right)})", SqlType.Interval, at);
            default:
                throw NoOperator(op, left.Type, right.Type, at);
        }
    }

    private static Bound AddInterval(Bound time, Bound interval, string sign, int at)
    {
        if (time.Type.Oid == PgOid.Date) time = Convert(time, SqlType.Timestamp);
        return new Bound($"pg_timestamp_add({time.Sql}, {interval.Sql}, {sign})", time.Type.WithoutModifier, at);
    }

    private Bound Concatenate(Bound left, Bound right, int at)
    {
        var notNull = left.NotNull && right.NotNull;
        if (left.Type.IsArray || right.Type.IsArray)
        {
            var array = left.Type.IsArray ? left.Type : right.Type;
            if (left.Type.IsUnknown) left = Settle(left, array);
            if (right.Type.IsUnknown) right = Settle(right, array);
            return new Bound($"pg_array_concat({left.Sql}, {(left.Type.IsArray ? 1 : 0)}, {right.Sql}, {(right.Type.IsArray ? 1 : 0)})", array, at) { NotNull = notNull };
        }

        if (left.Type.Oid == PgOid.Jsonb || right.Type.Oid == PgOid.Jsonb)
        {
            var (a, b) = CommonOperands(left, right) ?? throw NoOperator("||", left.Type, right.Type, at);
            return new Bound($"pg_jsonb_concat({a.Sql}, {b.Sql})", a.Type, at) { NotNull = notNull };
        }

        if (left.Type.Oid == PgOid.Bytea || right.Type.Oid == PgOid.Bytea)
        {
            var (a, b) = CommonOperands(left, right) ?? throw NoOperator("||", left.Type, right.Type, at);
            return new Bound($"CAST({a.Sql} || {b.Sql} AS BLOB)", a.Type, at) { NotNull = notNull };
        }

        if (!left.Type.IsString && !left.Type.IsUnknown && !right.Type.IsString && !right.Type.IsUnknown) throw NoOperator("||", left.Type, right.Type, at);
        var x = TryCoerce(left, SqlType.Text, CastContext.Assignment)!;
        var y = TryCoerce(right, SqlType.Text, CastContext.Assignment)!;
        return new Bound($"({x.Sql} || {y.Sql})", SqlType.Text, at) { NotNull = notNull };
    }

    private Bound MatchRegex(string op, Bound left, Bound right, int at)
    {
        left = RequireText(left, op, right, at);
        right = RequireText(right, op, left, at);
        var sql = $"pg_regex_match({left.Sql}, {right.Sql}, {(op.EndsWith('*') ? 1 : 0)})";
        return new Bound(op[0] == '!' ? $"(NOT {sql})" : sql, SqlType.Bool, at) { NotNull = left.NotNull && right.NotNull };
    }

    private Bound RequireText(Bound value, string op, Bound other, int at) =>
        TryCoerce(value, SqlType.Text, CastContext.Implicit) ?? throw NoOperator(op, value.Type, other.Type, at);

    private Bound OperateOnBits(string op, Bound left, Bound right, int at)
    {
        if (left.Type.IsUnknown && right.Type.IsInteger) left = Settle(left, right.Type);
        if (right.Type.IsUnknown && left.Type.IsInteger) right = Settle(right, op is "<<" or ">>" ? SqlType.Int4 : left.Type);
        if (!left.Type.IsInteger || !right.Type.IsInteger) throw NoOperator(op, left.Type, right.Type, at);
        var sql = op == "#" ? $"(({left.Sql} | {right.Sql}) - ({left.Sql} & {right.Sql}))" : $"({left.Sql} {op} {right.Sql})";
        return new Bound(sql, op is "<<" or ">>" ? left.Type : CastRules.Wider(left.Type, right.Type), at) { NotNull = left.NotNull && right.NotNull };
    }

    private Bound OperateOnJson(string op, Bound left, Bound right, int at)
    {
        if (op is "@>" or "<@" && (left.Type.IsArray || right.Type.IsArray))
        {
            var (a, b) = CommonOperands(left, right) ?? throw NoOperator(op, left.Type, right.Type, at);
            return new Bound(op == "@>" ? $"pg_array_contains({a.Sql}, {b.Sql})" : $"pg_array_contains({b.Sql}, {a.Sql})", SqlType.Bool, at);
        }

        if (op is "@>" or "<@")
        {
            if (left.Type.IsUnknown) left = Settle(left, new SqlType(PgOid.Jsonb));
            if (right.Type.IsUnknown) right = Settle(right, new SqlType(PgOid.Jsonb));
            if (left.Type.Oid != PgOid.Jsonb || right.Type.Oid != PgOid.Jsonb) throw NoOperator(op, left.Type, right.Type, at);
            return new Bound(op == "@>" ? $"pg_jsonb_contains({left.Sql}, {right.Sql})" : $"pg_jsonb_contains({right.Sql}, {left.Sql})", SqlType.Bool, at);
        }

        if (!left.Type.IsJson) throw NoOperator(op, left.Type, right.Type, at);
        switch (op)
        {
            case "->" or "->>":
                if (right.Type.IsUnknown) right = Settle(right, SqlType.Text);
                if (!right.Type.IsString && !right.Type.IsInteger) throw NoOperator(op, left.Type, right.Type, at);
                return new Bound($"{(op == "->" ? "pg_json_get" : "pg_json_get_text")}({left.Sql}, {right.Sql})", op == "->" ? left.Type : SqlType.Text, at);
            case "#>" or "#>>":
                right = TryCoerce(right, new SqlType(PgOid.TextArray), CastContext.Implicit) ?? throw NoOperator(op, left.Type, right.Type, at);
                return new Bound($"{(op == "#>" ? "pg_json_path" : "pg_json_path_text")}({left.Sql}, {right.Sql})", op == "#>" ? left.Type : SqlType.Text, at);
            case "?":
                right = RequireText(right, op, left, at);
                return new Bound($"pg_jsonb_exists({left.Sql}, {right.Sql})", SqlType.Bool, at);
            default:
                throw Unsupported($"operator {op} on {TypeNames.Shown(left.Type)}", at);
        }
    }
}
