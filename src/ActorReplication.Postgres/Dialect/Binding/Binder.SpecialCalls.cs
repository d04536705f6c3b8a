using System.Globalization;
using ActorReplication.Postgres.Catalog;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Calls that depend on the session, on the schema, or whose types follow rules of their own.</summary>
internal sealed partial class Binder
{
    private Bound? BindSpecialCall(CallExpr call, Scope scope)
    {
        var at = call.At;
        switch (call.Name)
        {
            case "now" or "current_timestamp" or "transaction_timestamp":
                return TransactionTime(at);
            case "statement_timestamp":
                return new Bound(_inSchema ? "pg_now()" : Session(SessionValue.StatementTime), SqlType.TimestampTz, at) { NotNull = true };
            case "current_date":
                return Convert(TransactionTime(at), SqlType.Date);
            case "localtimestamp":
                return Convert(TransactionTime(at), SqlType.Timestamp);
            case "localtime":
                return Convert(TransactionTime(at), new SqlType(PgOid.Time));
            case "current_time":
                return new Bound($"substr({TransactionTime(at).Sql}, 12)", new SqlType(PgOid.TimeTz), at) { NotNull = true };
            case "current_user" or "session_user" or "user" or "current_role" or "getpgusername":
                return SessionText(SessionValue.User, call, PgOid.Name);
            case "current_database" or "current_catalog":
                return SessionText(SessionValue.Database, call, PgOid.Name);
            case "pg_backend_pid":
                return SessionText(SessionValue.BackendPid, call, PgOid.Int4);
            case "inet_client_addr":
                return SessionText(SessionValue.ClientAddress, call, PgOid.Text);
            case "replication.last_commit":
                return SessionText(SessionValue.LastCommit, call, PgOid.Json);
            case "current_setting":
                return BindCurrentSetting(call, scope);
            case "set_config":
                throw Unsupported("set_config inside a larger query", at, "Use SET, or SELECT set_config(…) alone.");
            case "coalesce" or "greatest" or "least":
                return BindChoiceCall(call, scope);
            case "nullif":
                return BindNullIf(call, scope);
            case "timezone":
                return BindTimeZone(call, scope);
            case "pg_typeof" when call.Arguments is [var argument]:
                return new Bound(QuoteText(TypeNames.Shown(Bind(argument, scope).Type)), SqlType.Text, at) { NotNull = true };
            case "pg_sleep" when call.Arguments is [var seconds]:
                return BindSleep(seconds, scope, at);
            case "pg_is_in_recovery" or "pg_current_wal_lsn" or "pg_current_wal_insert_lsn" or "pg_current_wal_flush_lsn" or "pg_last_wal_replay_lsn" or "pg_last_wal_receive_lsn":
                return BindNodeState(call);
            case "nextval" or "currval" or "setval" or "lastval":
                throw Unsupported($"{call.Name}()", at, "Serial and identity keys have no sequence object here; use INSERT … RETURNING to learn the key.");
            case "to_regclass" when call.Arguments is [var name]:
                return Bind(name, scope) is { Untyped: { } text } ? new Bound(FindRelation(text)?.ToString(CultureInfo.InvariantCulture) ?? "NULL", new SqlType(PgOid.RegClass), at)
                    : throw Unsupported("to_regclass() of a value that is not a literal", at);
            case "jsonb_build_object" or "json_build_object" or "jsonb_build_array" or "json_build_array" or "to_json" or "to_jsonb":
                return BindJsonBuilder(call, scope);
            // As PostgreSQL says of a column that has none.
            case "pg_get_serial_sequence" when call.Arguments.Count == 2:
                foreach (var part in call.Arguments) SettleAsText(Bind(part, scope));
                return new Bound("NULL", SqlType.Text, at);
            case "pg_get_expr" or "obj_description" or "col_description" or "shobj_description":
                foreach (var part in call.Arguments) Bind(part, scope);
                return call.Name == "pg_get_expr" ? SettleAsText(Bind(call.Arguments[0], scope)) : new Bound("NULL", SqlType.Text, at) { IsNull = true };
            case "concat" or "concat_ws" or "format":
                return BindTextual(call, scope);
            default:
                return null;
        }
    }

    private Bound TransactionTime(int at) => new(_inSchema ? "pg_now()" : Session(SessionValue.TransactionTime), SqlType.TimestampTz, at) { NotNull = true };

    private Bound SessionText(SessionValue value, CallExpr call, uint type)
    {
        if (call.Arguments.Count > 0) throw Error("42883", $"function {call.Name} does not exist with these arguments", call.At);
        if (_inSchema) throw Unsupported($"{call.Name} in a table's or view's definition", call.At);
        return new Bound(Session(value), new SqlType(type), call.At) { NotNull = value is not (SessionValue.ClientAddress or SessionValue.LastCommit) };
    }

    private Bound BindCurrentSetting(CallExpr call, Scope scope)
    {
        if (call.Arguments is not [var first, ..] || Bind(first, scope) is not { Untyped: { } name }) throw Unsupported("current_setting() of a value that is not a literal", call.At);
        if (name.Equals("application_name", StringComparison.OrdinalIgnoreCase) && !_inSchema) return new Bound(Session(SessionValue.ApplicationName), SqlType.Text, call.At);
        return new Bound(FixedSettings.Find(name) is { } value ? QuoteText(value) : throw Unsupported($"current_setting('{name}') inside a larger query", call.At, $"Use SHOW {name}, or SELECT current_setting('{name}') alone."),
            SqlType.Text, call.At) { NotNull = true };
    }

    private Bound BindChoiceCall(CallExpr call, Scope scope)
    {
        var values = call.Arguments.Select(a => Bind(a, scope)).ToList();
        if (values.Count == 0) throw Error("42601", "syntax error at or near \")\"", call.At);
        var name = call.Name.ToUpperInvariant();
        var unified = Unify(values, out var mismatch) ?? throw Error("42804", $"{name} types {TypeNames.Shown(mismatch.Left)} and {TypeNames.Shown(mismatch.Right)} cannot be matched", mismatch.At);
        if (unified.Count == 1) return unified[0];
        var list = string.Join(", ", unified.Select(v => v.Sql));
        var type = unified[0].Type;
        if (call.Name == "coalesce") return new Bound($"coalesce({list})", type, call.At) { NotNull = unified.Any(v => v.NotNull) };
        // SQLite's min() and max() answer NULL if any argument is; PostgreSQL's GREATEST and LEAST leave NULLs out.
        var allNotNull = unified.All(v => v.NotNull);
        if (type.Oid == PgOid.Numeric && !values.TrueForAll(IsPlainNumber)) return new Bound($"pg_numeric_{call.Name}({list})", type, call.At) { NotNull = unified.Any(v => v.NotNull) };
        var sql = allNotNull ? $"{(call.Name == "greatest" ? "max" : "min")}({list})" : $"pg_{call.Name}({list})";
        return new Bound(sql, type, call.At) { NotNull = unified.Any(v => v.NotNull) };
    }

    private Bound BindNullIf(CallExpr call, Scope scope)
    {
        if (call.Arguments is not [var first, var second]) throw Error("42601", "syntax error at or near \")\"", call.At);
        var (left, right) = (Bind(first, scope), Bind(second, scope));
        var (a, b) = CommonOperands(left, right) ?? throw NoOperator("=", left.Type, right.Type, call.At);
        return new Bound($"nullif({a.Sql}, {b.Sql})", a.Type, call.At);
    }

    private Bound BindTimeZone(CallExpr call, Scope scope)
    {
        if (call.Arguments.Count != 2) throw Error("42883", "function timezone does not exist with these arguments", call.At);
        var zone = TryCoerce(Bind(call.Arguments[0], scope), SqlType.Text, CastContext.Implicit) ?? throw Unsupported("AT TIME ZONE with an interval", call.At);
        var time = Bind(call.Arguments[1], scope);
        if (time.Type.IsUnknown) time = Settle(time, SqlType.TimestampTz);
        if (time.Type.Oid == PgOid.Date) time = Convert(time, SqlType.TimestampTz);
        if (time.Type.Oid is not (PgOid.Timestamp or PgOid.TimestampTz)) throw NoFunction("timezone", [zone, time], call.At);
        var target = time.Type.Oid == PgOid.TimestampTz ? SqlType.Timestamp : SqlType.TimestampTz;
        if (zone.Constant is { } name && name.ToUpperInvariant() is "UTC" or "GMT" or "Z" or "ETC/UTC") return Convert(time, target) with { At = call.At };
        return new Bound($"pg_timezone({zone.Sql}, {time.Sql}, {(target.Oid == PgOid.TimestampTz ? 1 : 0)})", target, call.At);
    }

    /// <summary>Waits in slices, with SQLite's own loop between them: so that it can be interrupted.</summary>
    private Bound BindSleep(Expr seconds, Scope scope, int at)
    {
        var value = TryCoerce(Bind(seconds, scope), SqlType.Float8, CastContext.Implicit) ?? throw Error("42883", "function pg_sleep does not exist with this argument", at);
        return new Bound($"(SELECT '' FROM (WITH RECURSIVE \"wait\"(\"left\") AS (SELECT {value.Sql} UNION ALL SELECT pg_sleep_slice(\"left\") FROM \"wait\" WHERE \"left\" > 0) SELECT count(\"left\") AS \"n\" FROM \"wait\") WHERE \"n\" > 0)",
            new SqlType(PgOid.Void), at);
    }

    private Bound BindNodeState(CallExpr call)
    {
        if (_inSchema) throw Unsupported($"{call.Name}() in a table's or view's definition", call.At);
        NeedCatalog(_catalog.NodeState);
        var (column, type) = call.Name switch
        {
            "pg_is_in_recovery" => ("in_recovery", SqlType.Bool),
            "pg_last_wal_replay_lsn" => ("replay_lsn", new SqlType(PgOid.PgLsn)),
            "pg_last_wal_receive_lsn" => ("receive_lsn", new SqlType(PgOid.PgLsn)),
            _ => ("current_lsn", new SqlType(PgOid.PgLsn)),
        };
        return new Bound($"(SELECT {Quote(column)} FROM \"pg_catalog\".\"{_catalog.NodeState.Name}\")", type, call.At) { NotNull = type == SqlType.Bool };
    }

    private Bound BindJsonBuilder(CallExpr call, Scope scope)
    {
        var values = call.Arguments.Select(a => SettleAsText(Bind(a, scope))).ToList();
        var isBinary = call.Name.Contains("jsonb");
        var type = new SqlType(isBinary ? PgOid.Jsonb : PgOid.Json);
        string sql;
        if (call.Name.StartsWith("to_", StringComparison.Ordinal))
        {
            if (values.Count != 1) throw NoFunction(call.Name, values, call.At);
            sql = values[0].Type.IsJson || values[0].Type.IsArray ? values[0].Sql : $"json_quote({JsonValueSql(values[0])})";
        }
        else if (call.Name.EndsWith("object", StringComparison.Ordinal))
        {
            if (values.Count % 2 != 0) throw Error("22023", "argument list must have even number of elements", call.At, $"The arguments of {call.Name}() must consist of alternating keys and values.");
            sql = $"json_object({string.Join(", ", values.Select((v, i) => i % 2 == 0 ? ConvertSql(v.Sql, v.Type, SqlType.Text) : JsonValueSql(v)))})";
        }
        else sql = $"json_array({string.Join(", ", values.Select(JsonValueSql))})";

        return new Bound(isBinary ? $"pg_jsonb({sql})" : sql, type, call.At);
    }

    /// <summary>Functions of any values that look at each one's text.</summary>
    private Bound BindTextual(CallExpr call, Scope scope)
    {
        var values = call.Arguments.Select(a => Bind(a, scope)).Select(v => v.Type == SqlType.Bool
            ? new Bound($"(CASE {v.Sql} WHEN 1 THEN 't' WHEN 0 THEN 'f' END)", SqlType.Text, v.At)
            : TryCoerce(v, SqlType.Text, CastContext.Assignment)!).ToList();
        if (values.Count == 0) throw NoFunction(call.Name, values, call.At);
        var list = string.Join(", ", values.Select(v => v.Sql));
        return call.Name switch
        {
            "format" => new Bound($"pg_format({list})", SqlType.Text, call.At),
            "concat" => new Bound($"concat({list})", SqlType.Text, call.At) { NotNull = true },
            _ => new Bound($"concat_ws({list})", SqlType.Text, call.At),
        };
    }
}
