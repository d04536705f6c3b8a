using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Catalog;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Functions;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;
using ActorReplication.Schemas;
using SQLitePCL;
using Xunit;

namespace ActorReplication.Postgres.Tests.Dialect;

/// <summary>An in-memory SQLite database spoken to in PostgreSQL's dialect: translated, run, and shown as PostgreSQL would show the rows.</summary>
internal sealed class DialectDatabase : IDisposable, ICatalogSource
{
    private readonly sqlite3 _db;
    private readonly SchemaViewBuilder _schemaReader = new();
    private readonly Dictionary<string, string> _attached = [];
    private DialectException? _raised;
    private long _version;
    private ISchemaView? _schema;

    static DialectDatabase() => Batteries_V2.Init();

    public DialectDatabase(params ReadOnlySpan<string> setup)
    {
        Check(raw.sqlite3_open(":memory:", out _db));
        foreach (var function in SqlFunctionLibrary.Functions) Register(function);
        foreach (var aggregate in SqlFunctionLibrary.Aggregates) Register(aggregate);
        Execute("ATTACH ':memory:' AS pg_catalog");
        Execute("ATTACH ':memory:' AS information_schema");
        Translator = new PgTranslator(this);
        foreach (var sql in setup) Run(sql);
    }

    public PgTranslator Translator { get; }
    public bool IsFollower { get; set; }
    public LogProgress Progress { get; set; } = new(0x1_0000_0010, 0x1_0000_0010, 0x1_0000_000F);
    public string Database => "postgres";
    public IReadOnlyList<ReplicationRow> Replication() => [new("node2", "10.0.0.2", "streaming", 16, 16, 16, 15, 100, 1, "quorum")];
    public Func<IReadOnlyList<AdvisoryRow>> Advisory { get; set; } = () => [];
    public IReadOnlyList<AdvisoryRow> AdvisoryLocks() => Advisory();
    public ActorReplication.Postgres.Security.RoleSet Roles { get; set; } = ActorReplication.Postgres.Security.RoleSet.Empty;

    public ISchemaView Schema => _schema ??= _schemaReader.Build(++_version, Rows(_schemaReader.Sql));

    public Translation Translate(string sql, params uint[] types) => Translator.Translate(Translator.Parse(sql).Single(), types, Schema);

    /// <summary>Rows as PostgreSQL's text, columns joined with |, rows with newlines; NULL as ∅.</summary>
    public string Query(string sql, params string?[] parameters) => string.Join('\n', Run(sql, parameters).Rows.Select(r => string.Join('|', r.Select(v => v ?? "∅"))));

    /// <summary>The last statement's rows and count.</summary>
    public (List<string?[]> Rows, int Changes, Translation Translation) Run(string sql, params string?[] parameters)
    {
        (List<string?[]> Rows, int Changes, Translation Translation) last = default;
        foreach (var statement in Translator.Parse(sql)) last = RunOne(Translator.Translate(statement, default, Schema), parameters);
        return last;
    }

    public (List<string?[]> Rows, int Changes, Translation Translation) RunOne(Translation translation, string?[] parameters)
    {
        if (translation.Canned is { } canned) return (canned.Rows.ToList(), 0, translation);
        foreach (var table in translation.Catalog ?? []) Fill(table);
        foreach (var before in translation.Before) Execute(before);
        var rows = translation.Sql is null ? [] : Rows(translation.Sql, statement => Bind(statement, translation, parameters));
        if (translation.ChangesSchema) _schema = null;
        var shown = rows.Select(r => translation.Columns is { } columns ? columns.Select((c, i) => Show(r[i + translation.FirstColumn], c)).ToArray() : r.Select(v => v?.ToString()).ToArray()).ToList();
        return (shown, raw.sqlite3_changes(_db), translation);
    }

    private static string? Show(object? value, ResultColumn column)
    {
        if (value is null) return null;
        var output = new OutputBuffer(64);
        var engine = value switch
        {
            long whole => EngineValue.Of(whole),
            double real => EngineValue.Of(real),
            byte[] bytes => EngineValue.Blob(bytes),
            _ => EngineValue.Text(Encoding.UTF8.GetBytes((string)value)),
        };
        PgTypes.Find(column.TypeOid).WriteText(engine, column.TypeModifier, output, ValueFormat.Default);
        return Encoding.UTF8.GetString(output.Written.Span);
    }

    private static void Bind(sqlite3_stmt statement, Translation translation, string?[] parameters)
    {
        for (var i = 0; i < translation.Slots.Count; i++)
        {
            var value = translation.Slots[i] switch
            {
                ParameterSlot.Client client when parameters[client.Index] is { } text =>
                    PgTypes.Find(translation.ParameterTypes[client.Index]).ReadText(Encoding.UTF8.GetBytes(text), new ValueArena(), ValueFormat.Default),
                ParameterSlot.Session { Value: SessionValue.TransactionTime or SessionValue.StatementTime } => SqlValue.Text("2026-01-02 03:04:05.678901+00"),
                ParameterSlot.Session { Value: SessionValue.BackendPid } => SqlValue.Of(42),
                ParameterSlot.Session { Value: SessionValue.User } => SqlValue.Text("alice"),
                ParameterSlot.Session session => SqlValue.Text(session.Value.ToString()),
                _ => SqlValue.Null,
            };
            Bind(statement, i + 1, value);
        }
    }

    private static void Bind(sqlite3_stmt statement, int number, in SqlValue value)
    {
        switch (value.Kind)
        {
            case SqlKind.Int64: raw.sqlite3_bind_int64(statement, number, value.Int64); break;
            case SqlKind.Double: raw.sqlite3_bind_double(statement, number, value.Double); break;
            case SqlKind.Text: raw.sqlite3_bind_text(statement, number, value.Bytes.Span); break;
            case SqlKind.Blob: raw.sqlite3_bind_blob(statement, number, value.Bytes.Span); break;
            default: raw.sqlite3_bind_null(statement, number); break;
        }
    }

    private void Fill(CatalogTable table)
    {
        var name = $"{table.Schema}.\"{table.Name}\"";
        if (table.Version is not null && _attached.GetValueOrDefault(name) == table.Version) return;
        Execute($"DROP TABLE IF EXISTS {name}");
        Execute($"CREATE TABLE {name} ({string.Join(", ", table.Columns)})");
        foreach (var row in table.Rows())
        {
            Assert.Equal(table.Columns.Count, row.Length);
            Rows($"INSERT INTO {name} VALUES ({string.Join(", ", row.Select((_, i) => $"?{i + 1}"))})", statement =>
            {
                for (var i = 0; i < row.Length; i++)
                    Check(row[i] switch
                    {
                        null => raw.sqlite3_bind_null(statement, i + 1),
                        long whole => raw.sqlite3_bind_int64(statement, i + 1, whole),
                        double real => raw.sqlite3_bind_double(statement, i + 1, real),
                        string text => raw.sqlite3_bind_text(statement, i + 1, text),
                        var other => throw new InvalidOperationException($"{name} column {table.Columns[i]}: {other.GetType()}"),
                    });
            });
        }

        _attached[name] = table.Version ?? "";
    }

    public void Execute(string sql) => Rows(sql);

    /// <summary>After a rollback: the system tables may be as they were before they were filled.</summary>
    public void ForgetCatalogs() => _attached.Clear();

    /// <summary>Runs what a session asked for; its rows go to the sink as they come.</summary>
    public (long Rows, long Changes) Run(StatementCall call)
    {
        foreach (var table in call.Catalog ?? []) Fill(table);
        var rows = 0L;
        var before = raw.sqlite3_total_changes(_db);
        Step(call.Sql, statement =>
        {
            for (var i = 0; i < call.Parameters.Length; i++) Bind(statement, i + 1, call.Parameters.Span[i]);
            if (call.Sink is not null) call.Sink.Start(new Row(statement));
        }, statement =>
        {
            rows++;
            call.Sink?.Row(new Row(statement));
        });
        // Not the rows of foreign keys, which the total counts.
        return (rows, raw.sqlite3_total_changes(_db) == before ? 0 : raw.sqlite3_changes(_db));
    }

    public List<object?[]> Rows(string sql, Action<sqlite3_stmt>? bind = null)
    {
        var rows = new List<object?[]>();
        Step(sql, bind, statement => rows.Add(Enumerable.Range(0, raw.sqlite3_column_count(statement)).Select(i => Read(statement, i)).ToArray()));
        return rows;
    }

    private void Step(string sql, Action<sqlite3_stmt>? bind, Action<sqlite3_stmt> take)
    {
        if (TableRedefinition.TryParse(sql) is { } redefinition)
        {
            Redefine(redefinition);
            return;
        }

        var prepared = raw.sqlite3_prepare_v2(_db, sql, out var statement);
        if (prepared != raw.SQLITE_OK) throw new SqliteRefusal(sql, raw.sqlite3_errmsg(_db).utf8_to_string(), raw.sqlite3_extended_errcode(_db));
        using (statement)
        {
            bind?.Invoke(statement);
            int code;
            while ((code = raw.sqlite3_step(statement)) == raw.SQLITE_ROW) take(statement);
            if (code == raw.SQLITE_DONE) return;
            if (_raised is { } raised)
            {
                _raised = null;
                throw raised;
            }

            throw new SqliteRefusal(sql, raw.sqlite3_errmsg(_db).utf8_to_string(), raw.sqlite3_extended_errcode(_db));
        }
    }

    /// <summary>What the node's storage does with such a change, in its plainest form: where rows are stored the same the text is replaced and nothing looked at, else they are copied.</summary>
    private void Redefine(TableRedefinition change)
    {
        string Quote(string name) => $"\"{name.Replace("\"", "\"\"")}\"";
        List<string> Columns(string table) => Rows($"SELECT name FROM pragma_table_xinfo('{table}') WHERE hidden = 0").Select(r => (string)r[0]!).ToList();
        raw.sqlite3_db_config(_db, raw.SQLITE_DBCONFIG_ENABLE_FKEY, 0, out _);
        try
        {
            var belongings = Rows($"SELECT sql FROM sqlite_schema WHERE tbl_name = '{change.Table}' AND type IN ('index', 'trigger') AND sql IS NOT NULL");
            Execute("PRAGMA ignore_check_constraints = ON");
            Execute("DROP TABLE IF EXISTS redefined");
            Execute($"CREATE TABLE redefined {change.Body}");
            if (change.Values.Count == 0 && Layout(change.Table) == Layout("redefined"))
            {
                Execute("DROP TABLE redefined");
                ReplaceText(change);
                return;
            }

            var values = change.Values.ToDictionary(v => v.Key, v => v.Value);
            var old = Columns(change.Table);
            var kept = Columns("redefined").Where(c => values.ContainsKey(c) || old.Contains(c)).ToList();
            Execute($"INSERT INTO redefined ({string.Join(", ", kept.Select(Quote))}) SELECT {string.Join(", ", kept.Select(c => values.GetValueOrDefault(c, Quote(c))))} FROM {Quote(change.Table)}");
            Execute("PRAGMA legacy_alter_table = ON");
            Execute($"DROP TABLE {Quote(change.Table)}");
            Execute($"ALTER TABLE redefined RENAME TO {Quote(change.Table)}");
            foreach (var sql in belongings) Execute((string)sql[0]!);
        }
        finally
        {
            Execute("PRAGMA legacy_alter_table = OFF");
            Execute("PRAGMA ignore_check_constraints = OFF");
            raw.sqlite3_db_config(_db, raw.SQLITE_DBCONFIG_ENABLE_FKEY, 1, out _);
        }
    }

    private string Layout(string table) => string.Join('\n', Rows(
        $"SELECT name, type, pk, hidden, dflt_value FROM pragma_table_xinfo('{table}') UNION ALL SELECT origin, \"unique\", partial, seq, null FROM pragma_index_list('{table}') WHERE origin <> 'c'")
        .Select(row => string.Join('|', row)).Append(Rows($"SELECT ncol, wr, strict FROM pragma_table_list('{table}') WHERE schema = 'main'").Select(row => string.Join('|', row)).Single()));

    private void ReplaceText(TableRedefinition change)
    {
        Execute("PRAGMA writable_schema = ON");
        Execute($"UPDATE sqlite_schema SET sql = 'CREATE TABLE \"{change.Table}\" {change.Body.Replace("'", "''")}' WHERE type = 'table' AND name = '{change.Table}'");
        Execute($"PRAGMA schema_version = {(long)Rows("PRAGMA schema_version")[0][0]! + 1}");
        Execute("PRAGMA writable_schema = OFF");
        Rows("SELECT count(*) FROM sqlite_schema");
    }

    private static object? Read(sqlite3_stmt statement, int column) => raw.sqlite3_column_type(statement, column) switch
    {
        raw.SQLITE_INTEGER => raw.sqlite3_column_int64(statement, column),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(statement, column),
        raw.SQLITE_TEXT => raw.sqlite3_column_text(statement, column).utf8_to_string(),
        raw.SQLITE_BLOB => raw.sqlite3_column_blob(statement, column).ToArray(),
        _ => null,
    };

    private static void Check(int code) => Assert.Equal(raw.SQLITE_OK, code);

    private void Register(SqlFunction function)
    {
        var flags = raw.SQLITE_UTF8 | (function.Deterministic ? raw.SQLITE_DETERMINISTIC : 0) | 0x200000;
        Check(raw.sqlite3_create_function(_db, function.Name, function.Arguments, flags, null, (context, _, arguments) => Guard(context, () => function.Invoke(new FunctionCall(context, arguments)))));
    }

    private void Register(SqlAggregate aggregate) =>
        Check(raw.sqlite3_create_function(_db, aggregate.Name, aggregate.Arguments, raw.SQLITE_UTF8, null,
            (context, _, arguments) => Guard(context, () => State(context, aggregate).Add(new FunctionCall(context, arguments))),
            (context, _) => Guard(context, () => State(context, aggregate).Finish(new FunctionCall(context, [])))));

    private static ISqlAggregateState State(sqlite3_context context, SqlAggregate aggregate) => (ISqlAggregateState)(context.state ??= aggregate.Start());

    private void Guard(sqlite3_context context, Action run)
    {
        try
        {
            run();
        }
        catch (DialectException raised)
        {
            _raised = raised;
            raw.sqlite3_result_error(context, raised.Message);
        }
    }

    public void Dispose() => _db.Dispose();

    private sealed class Row(sqlite3_stmt statement) : IResultRow
    {
        public int Count => raw.sqlite3_column_count(statement);
        public string Name(int column) => raw.sqlite3_column_name(statement, column).utf8_to_string();
        public string? DeclaredType(int column) => null;

        public SqlKind Kind(int column) => raw.sqlite3_column_type(statement, column) switch
        {
            raw.SQLITE_INTEGER => SqlKind.Int64,
            raw.SQLITE_FLOAT => SqlKind.Double,
            raw.SQLITE_TEXT => SqlKind.Text,
            raw.SQLITE_BLOB => SqlKind.Blob,
            _ => SqlKind.Null,
        };

        public long Int64(int column) => raw.sqlite3_column_int64(statement, column);
        public double Double(int column) => raw.sqlite3_column_double(statement, column);
        public ReadOnlySpan<byte> Text(int column) => Encoding.UTF8.GetBytes(raw.sqlite3_column_text(statement, column).utf8_to_string());
        public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(statement, column);
    }

    private sealed class FunctionCall(sqlite3_context context, sqlite3_value[] arguments) : ISqlFunctionCall
    {
        public int Count => arguments.Length;

        public SqlKind Kind(int argument) => raw.sqlite3_value_type(arguments[argument]) switch
        {
            raw.SQLITE_INTEGER => SqlKind.Int64,
            raw.SQLITE_FLOAT => SqlKind.Double,
            raw.SQLITE_TEXT => SqlKind.Text,
            raw.SQLITE_BLOB => SqlKind.Blob,
            _ => SqlKind.Null,
        };

        public long Int64(int argument) => raw.sqlite3_value_int64(arguments[argument]);
        public double Double(int argument) => raw.sqlite3_value_double(arguments[argument]);
        public ReadOnlySpan<byte> Text(int argument) => Encoding.UTF8.GetBytes(raw.sqlite3_value_text(arguments[argument]).utf8_to_string() ?? "");
        public ReadOnlySpan<byte> Blob(int argument) => raw.sqlite3_value_blob(arguments[argument]);
        public long TransactionMicros => (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        public long StatementMicros => TransactionMicros;
        public ulong NextRandom() => (ulong)Random.Shared.NextInt64();
        public void ReturnNull() => raw.sqlite3_result_null(context);
        public void Return(long value) => raw.sqlite3_result_int64(context, value);
        public void Return(double value) => raw.sqlite3_result_double(context, value);
        public void ReturnText(ReadOnlySpan<byte> utf8) => raw.sqlite3_result_text(context, Encoding.UTF8.GetString(utf8));
        public void ReturnBlob(ReadOnlySpan<byte> bytes) => raw.sqlite3_result_blob(context, bytes);
    }
}

/// <summary>SQLite did not take what the translator wrote, or a constraint failed.</summary>
internal sealed class SqliteRefusal(string sql, string message, int code) : Exception($"{message} [{code}]\n{sql}")
{
    public int Code { get; } = code;
    public string SqliteMessage { get; } = message;
}
