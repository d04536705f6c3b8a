using System.Text;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>IN, ANY, BETWEEN, LIKE, and arrays.</summary>
internal sealed partial class Binder
{
    private Bound BindInList(InListExpr list, Scope scope)
    {
        if (list.Operand is RowExpr row)
        {
            var tests = list.Items.Select(item => BindBinary(new BinaryExpr("=", row, item, list.At), scope).Sql).ToList();
            return new Bound($"({(list.Negated ? "NOT " : "")}({string.Join(" OR ", tests)}))", SqlType.Bool, list.At);
        }

        var values = new List<Bound> { Bind(list.Operand, scope) };
        values.AddRange(list.Items.Select(item => Bind(item, scope)));
        var unified = Unify(values, out var mismatch) ?? throw NoOperator("=", mismatch.Left, mismatch.Right, list.At);
        var isNumeric = unified[0].Type.Oid == PgOid.Numeric;
        var items = string.Join(", ", unified.Skip(1).Select((v, i) => isNumeric ? NumericEquality(values[0], unified[0], values[i + 1], v).Right : v.Sql));
        return new Bound($"({unified[0].Sql} {(list.Negated ? "NOT IN" : "IN")} ({items}))", SqlType.Bool, list.At) { NotNull = unified.All(v => v.NotNull) };
    }

    private Bound BindInQuery(InQueryExpr query, Scope scope)
    {
        var operands = query.Operand is RowExpr row ? row.Items.Select(i => Bind(i, scope)).ToList() : [Bind(query.Operand, scope)];
        var inner = BindSubquery(query.Query, scope, operands.Select(o => o.Type).ToList());
        if (inner.Columns.Count != operands.Count)
            throw Error("42601", inner.Columns.Count > operands.Count ? "subquery has too many columns" : "subquery has too few columns", query.At);
        var left = new List<string>();
        for (var i = 0; i < operands.Count; i++)
        {
            var column = inner.Columns[i];
            var common = CastRules.Common(operands[i].Type, column.Type) ?? throw NoOperator("=", operands[i].Type, column.Type, query.At);
            if (!IsSameForm(column.Type, common)) throw NoOperator("=", operands[i].Type, column.Type, query.At);
            left.Add(WithoutRounding(operands[i], TryCoerce(operands[i], common, CastContext.Implicit)!, column.Type));
        }

        var operand = left.Count == 1 ? left[0] : $"({string.Join(", ", left)})";
        return new Bound($"({operand} {(query.Negated ? "NOT IN" : "IN")} ({inner.Sql}))", SqlType.Bool, query.At);
    }

    /// <summary>The left side of IN, so that SQLite makes no number of a numeric that is text.</summary>
    private static string WithoutRounding(Bound operand, Bound common, SqlType column)
    {
        if (common.Type.Oid != PgOid.Numeric) return common.Sql;
        if (operand.Type.IsInteger) return column.Oid == PgOid.Numeric ? $"+{common.Sql}" : common.Sql;
        return column.IsInteger && !IsPlainNumber(operand) ? NotText(common.Sql) : common.Sql;
    }

    /// <summary>A value of the one type is, in the engine, also one of the other.</summary>
    private static bool IsSameForm(SqlType from, SqlType to) => from.Oid == to.Oid || ConvertSql("x", from, to) == "x" || (from.IsNumber && to.IsNumber);

    private Bound BindQuantified(QuantifiedExpr quantified, Scope scope)
    {
        var left = Bind(quantified.Left, scope);
        if (quantified.Query is { } query) return QuantifyQuery(quantified, left, query, scope);
        var array = VectorAsArray(Bind(quantified.Array!, scope));
        if (array.Type.IsUnknown)
        {
            if (left.Type.IsUnknown) left = SettleAsText(left);
            var element = quantified.Operator.StartsWith('~') || quantified.Operator.StartsWith("!~", StringComparison.Ordinal) ? SqlType.Text : left.Type;
            var type = TypeNames.ArrayOf(element.Oid == PgOid.Varchar ? PgOid.Text : element.Oid);
            if (type == 0) throw Unsupported($"an array of {TypeNames.Shown(left.Type)}", array.At);
            array = Settle(array, new SqlType(type));
        }

        if (!array.Type.IsArray) throw Error("42809", "op ANY/ALL (array) requires array on right side", quantified.At);
        var item = new Bound(ElementSql("\"e\".\"value\"", array.Type.Element), array.Type.Element, array.At);
        if (quantified.Operator == "=" && !quantified.All || quantified.Operator == "<>" && quantified.All)
        {
            var (a, b) = CommonOperands(left, item) ?? throw NoOperator(quantified.Operator, left.Type, item.Type, quantified.At);
            var not = quantified.All ? "NOT IN" : "IN";
            var test_ = $"({a.Sql} {not} (SELECT {b.Sql} FROM json_each({array.Sql}) AS \"e\"))";
            // An array that is NULL makes the answer NULL; for a parameter the difference to false is not worth the index.
            return new Bound(array.NotNull || array.Sql[0] == '?' ? test_ : $"(CASE WHEN {array.Sql} IS NOT NULL THEN {test_} END)", SqlType.Bool, quantified.At);
        }

        var test = Test(quantified.Operator, left, item, quantified.At);
        var sql = quantified.All
            ? $"(NOT EXISTS (SELECT 1 FROM json_each({array.Sql}) AS \"e\" WHERE NOT {test.Sql}))"
            : $"EXISTS (SELECT 1 FROM json_each({array.Sql}) AS \"e\" WHERE {test.Sql})";
        return new Bound(sql, SqlType.Bool, quantified.At);
    }

    private Bound Test(string op, Bound left, Bound right, int at) =>
        op is "=" or "<>" or "<" or ">" or "<=" or ">=" ? Compare(op, left, right, at) : Operate(op, left, right, at);

    private Bound QuantifyQuery(QuantifiedExpr quantified, Bound left, Query query, Scope scope)
    {
        if (quantified.Operator == "=" && !quantified.All) return BindInQuery(new InQueryExpr(quantified.Left, query, false, quantified.At), scope);
        if (quantified.Operator == "<>" && quantified.All) return BindInQuery(new InQueryExpr(quantified.Left, query, true, quantified.At), scope);
        var inner = BindSubquery(query, scope, [left.Type]);
        if (inner.Columns.Count != 1) throw Error("42601", "subquery has too many columns", quantified.At);
        var item = new Bound($"\"e\".{Quote(inner.Columns[0].SqlName)}", inner.Columns[0].Type, quantified.At);
        var test = Test(quantified.Operator, left, item, quantified.At);
        var from = $"SELECT 1 FROM ({inner.Sql}) AS \"e\" WHERE";
        return new Bound(quantified.All ? $"(NOT EXISTS ({from} NOT {test.Sql}))" : $"EXISTS ({from} {test.Sql})", SqlType.Bool, quantified.At);
    }

    private Bound BindBetween(BetweenExpr between, Scope scope)
    {
        var values = new[] { between.Operand, between.Low, between.High }.Select(e => Bind(e, scope)).ToList();
        var unified = Unify(values, out var mismatch) ?? throw NoOperator(">=", mismatch.Left, mismatch.Right, between.At);
        var (x, low, high) = (unified[0].Sql, unified[1].Sql, unified[2].Sql);
        if (unified[0].Type.Oid == PgOid.Interval) (x, low, high) = ($"pg_interval_us({x})", $"pg_interval_us({low})", $"pg_interval_us({high})");
        if (unified[0].Type.Oid == PgOid.Numeric && !values.TrueForAll(IsPlainNumber)) (x, low, high) = ($"pg_numeric_key({x})", $"pg_numeric_key({low})", $"pg_numeric_key({high})");
        if (between.Symmetric) (low, high) = ($"min({low}, {high})", $"max({low}, {high})");
        return new Bound($"({x} {(between.Negated ? "NOT BETWEEN" : "BETWEEN")} {low} AND {high})", SqlType.Bool, between.At) { NotNull = unified.All(v => v.NotNull) };
    }

    private Bound BindLike(LikeExpr like, Scope scope) =>
        Like(Bind(like.Operand, scope), Bind(like.Pattern, scope), like.Escape is null ? null : Bind(like.Escape, scope), like.Negated, like.IgnoreCase, like.At);

    private Bound Like(Bound operand, Bound pattern, Bound? escape, bool negated, bool ignoreCase, int at)
    {
        var op = (negated ? "!" : "") + (ignoreCase ? "~~*" : "~~");
        if (!CastRules.Allows(operand.Type, SqlType.Text, CastContext.Implicit) || !CastRules.Allows(pattern.Type, SqlType.Text, CastContext.Implicit)) throw NoOperator(op, operand.Type, pattern.Type, at);
        operand = RequireText(operand, op, pattern, at);
        pattern = RequireText(pattern, op, operand, at);
        escape = escape is null ? null : SettleAsText(escape);
        string sql;
        if (!ignoreCase && escape is null && pattern.Constant is { } text && Glob(text) is { } glob) sql = $"({operand.Sql} {(negated ? "NOT GLOB" : "GLOB")} {QuoteText(glob)})";
        else
        {
            sql = $"pg_like({operand.Sql}, {pattern.Sql}, {escape?.Sql ?? "'\\'"}, {(ignoreCase ? 1 : 0)})";
            if (negated) sql = $"(NOT {sql})";
        }

        return new Bound(sql, SqlType.Bool, at) { NotNull = operand.NotNull && pattern.NotNull };
    }

    /// <summary>The same pattern for GLOB, which minds case and can use an index on its prefix. Null if it ends inside an escape.</summary>
    private static string? Glob(string like)
    {
        var glob = new StringBuilder();
        for (var i = 0; i < like.Length; i++)
        {
            var c = like[i];
            if (c == '%') { glob.Append('*'); continue; }
            if (c == '_') { glob.Append('?'); continue; }
            if (c == '\\')
            {
                if (++i == like.Length) return null;
                c = like[i];
            }

            if (c is '*' or '?' or '[') glob.Append('[').Append(c).Append(']');
            else glob.Append(c);
        }

        return glob.ToString();
    }

    private Bound BindArray(ArrayExpr array, Scope scope)
    {
        if (array.Items.Count == 0) throw Error("42P18", "cannot determine type of empty array", array.At, "Explicitly cast to the desired type, for example ARRAY[]::integer[].");
        var items = array.Items.Select(i => Bind(i, scope)).ToList();
        var unified = Unify(items, out var mismatch) ?? throw Error("42804", $"ARRAY types {TypeNames.Shown(mismatch.Left)} and {TypeNames.Shown(mismatch.Right)} cannot be matched", mismatch.At);
        var type = ArrayTypeOf(unified[0].Type, array.At);
        return new Bound($"json_array({string.Join(", ", unified.Select(u => JsonElementSql(u)))})", type, array.At) { NotNull = true };
    }

    private SqlType ArrayTypeOf(SqlType element, int at) =>
        TypeNames.ArrayOf(element.Oid) is var oid and not 0 ? new SqlType(oid) : throw Unsupported($"an array of {TypeNames.Shown(element)}", at);

    /// <summary>An element as the array's JSON holds it: numbers and booleans as themselves, all else as its text.</summary>
    private static string JsonElementSql(Bound value) => value.Type.Oid switch
    {
        PgOid.Bool => $"json(CASE {value.Sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)",
        PgOid.Bytea => $"pg_cast({value.Sql}, 17, 25)",
        _ => value.Sql,
    };

    /// <summary>The engine's form of an element that json_each or json_extract gave.</summary>
    private static string ElementSql(string sql, SqlType element) => element.Oid == PgOid.Bytea ? $"pg_cast({sql}, 25, 17)" : sql;

    private Bound BindArrayQuery(ArrayQueryExpr array, Scope scope)
    {
        var inner = BindSubquery(array.Query, scope);
        if (inner.Columns.Count != 1) throw Error("42601", "subquery must return only one column", array.At);
        var column = inner.Columns[0];
        var item = JsonElementSql(new Bound($"\"a\".{Quote(column.SqlName)}", column.Type, array.At));
        return new Bound($"(SELECT json_group_array({item}) FROM ({inner.Sql}) AS \"a\")", ArrayTypeOf(column.Type, array.At), array.At) { NotNull = true };
    }

    private Bound BindSubscript(SubscriptExpr subscript, Scope scope)
    {
        var operand = Bind(subscript.Operand, scope);
        var index = Bind(subscript.Index, scope);
        if (operand.Type.Oid == PgOid.Jsonb) return OperateOnJson("->", operand, index, subscript.At);
        if (operand.Type.Oid is TypeNames.Int2Vector or TypeNames.OidVector)
            return new Bound($"pg_vector_element({operand.Sql}, {TryCoerce(index, SqlType.Int4, CastContext.Assignment)!.Sql})", SqlType.Int4, subscript.At);
        if (!operand.Type.IsArray) throw Error("42804", $"cannot subscript type {TypeNames.Shown(operand.Type)} because it does not support subscripting", subscript.At);
        index = TryCoerce(index, SqlType.Int4, CastContext.Assignment) ?? throw Error("42804", "array subscript must have type integer", subscript.At);
        var sql = $"json_extract({operand.Sql}, '$[' || ({index.Sql} - 1) || ']')";
        return new Bound(ElementSql(sql, operand.Type.Element), operand.Type.Element, subscript.At);
    }
}
