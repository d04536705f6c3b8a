using System.Collections.Frozen;

namespace ActorReplication.Storage.Engine;

/// <summary>Decides, while a user's statement is prepared, whether each thing that it would do is allowed, and notes what kind of statement it is.</summary>
internal sealed class Authorizer
{
    private const int CreateIndex = 1, CreateTable = 2, CreateTempIndex = 3, CreateTempTable = 4, CreateTempTrigger = 5, CreateTempView = 6,
        CreateTrigger = 7, CreateView = 8, Delete = 9, DropIndex = 10, DropTable = 11, DropTempIndex = 12, DropTempTable = 13,
        DropTempTrigger = 14, DropTempView = 15, DropTrigger = 16, DropView = 17, Insert = 18, Pragma = 19, Read = 20, Select = 21,
        Transaction = 22, Update = 23, Attach = 24, Detach = 25, AlterTable = 26, Reindex = 27, Analyze = 28, CreateVirtualTable = 29,
        DropVirtualTable = 30, Function = 31, Savepoint = 32, Recursive = 33;

    private static readonly FrozenSet<string> Pragmas = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list", "foreign_key_check", "function_list");

    /// <summary>Read by full-text and R-tree indexes; only without an argument.</summary>
    private static readonly FrozenSet<string> EnginePragmas = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "data_version", "page_size");

    private static readonly FrozenSet<string> Functions = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "load_extension", "readfile", "writefile", "edit", "fts3_tokenizer");

    private static readonly FrozenSet<string> VirtualModules = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "fts5", "fts5vocab", "rtree");

    private const string Temporary = "temporary tables, views and triggers are not supported: they would not be replicated";

    /// <summary>The prefix of this project's own tables.</summary>
    internal const string OwnPrefix = "_replication_";

    /// <summary>Of the user's statement being prepared; null while statements run: what is prepared then is SQLite's own, for virtual tables.</summary>
    internal StatementFacts? Facts { get; set; }

    /// <summary>Why the statement was refused; null when it was not.</summary>
    internal string? Refusal { get; set; }

    /// <summary>True = allowed.</summary>
    internal unsafe bool Allows(int action, string? first, string? second, string? schema, byte* within)
    {
        if (Facts?.Detail is { } detail)
            Note(detail, action, first, second, schema, Interop.Utf8.Text(within));
        Refusal ??= action switch
        {
            // ANALYZE goes over every schema and writes statistics beside each.
            Insert or Update or Delete or CreateTable or Analyze when Facts is { IsMaintenance: true } => null,
            Read => IsOwn(first) ? OwnTable(first) : null,
            Select => Note(f => f.HasSelect = true),
            Recursive => null,
            Insert => RefuseWrite(first, schema) ?? Note(f => f.Writes.Add((first!, true))),
            Update or Delete => RefuseWrite(first, schema) ?? Note(f => f.Writes.Add((first!, false))),
            Function => second is not null && Functions.Contains(second) ? $"function {second}() is not allowed: it reaches outside the database" : null,
            // ALTER TABLE … ADD COLUMN … CHECK looks through the rows with it.
            Pragma when first is "quick_check" && (Facts is null or { IsDdl: true }) => null,
            Pragma => first is not null && (Pragmas.Contains(first) || second is null && EnginePragmas.Contains(first)) ? null : $"PRAGMA {first} is not allowed",
            Transaction or Savepoint => "transaction control is not a statement here: the session carries it out",
            Attach or Detach => "ATTACH, DETACH and VACUUM INTO are not allowed: a node has one database file",
            CreateTempIndex or CreateTempTable or CreateTempTrigger or CreateTempView or DropTempIndex or DropTempTable or DropTempTrigger or DropTempView =>
                Temporary,
            CreateTable => RefuseName(first, schema) ?? Note(f => { f.IsDdl = true; f.CreatedTable = first; }),
            CreateIndex or CreateTrigger => RefuseName(first, schema) ?? RefuseName(second, schema) ?? Ddl(),
            CreateView => RefuseName(first, schema) ?? Ddl(),
            DropTable => RefuseName(first, schema) ?? Note(f => { f.IsDdl = true; f.DropsTable = true; f.ChangedTable = first; }),
            DropIndex or DropTrigger or DropView => RefuseName(first, schema) ?? RefuseName(second, schema) ?? Ddl(),
            AlterTable => RefuseName(second, first) ?? Note(f => { f.IsDdl = true; f.ChangedTable = second; }),
            Reindex or Analyze => !InMain(schema) ? $"schema {schema} is read-only" : Note(f => { f.IsDdl = true; f.IsMaintenance = true; }),
            CreateVirtualTable => RefuseName(first, schema)
                ?? (second is not null && VirtualModules.Contains(second) ? VirtualDdl() : $"virtual tables of module {second} are not supported"),
            DropVirtualTable => RefuseName(first, schema) ?? VirtualDdl(),
            _ => $"action {action} is not allowed",
        };
        return Refusal is null;
    }

    private static void Note(StatementDetail detail, int action, string? first, string? second, string? schema, string? within)
    {
        if (within is not null)
            detail.Objects.Add(within);
        switch (action)
        {
            case Function when second is not null:
                detail.Functions.Add(second);
                break;
            case Read when first is not null && InMain(schema):
                detail.TablesRead.Add(first);
                break;
            case Update when first is not null && second is not null && within is null:
                detail.Updated.Add((first, second));
                break;
        }
    }

    private string? RefuseWrite(string? table, string? schema)
    {
        if (!InMain(schema))
        {
            // ALTER TABLE also tidies the temporary schema.
            return (Facts is null or { IsDdl: true }) && schema == "temp" && (table is "sqlite_temp_master" or "sqlite_temp_schema") ? null
                : schema == "temp" ? Temporary : $"{schema}.{table} is read-only";
        }
        if (IsOwn(table))
            return OwnTable(table);
        if (table is null || !table.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase))
            return null;
        // The schema table itself is guarded by SQLite; DDL writes it, and tidies sequences and statistics.
        return Facts is null or { IsDdl: true } || IsSchemaTable(table)
            ? null
            : $"table {table} is the engine's own and may not be modified";
    }

    private static string? RefuseName(string? name, string? schema) =>
        !InMain(schema) ? $"schema {schema} is read-only" : IsOwn(name) ? OwnTable(name) : null;

    private static string OwnTable(string? table) => $"table {table} belongs to the replication engine";

    private static bool IsOwn(string? table) => table is not null && table.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase);

    private static bool IsSchemaTable(string table) =>
        table.Equals("sqlite_master", StringComparison.OrdinalIgnoreCase) || table.Equals("sqlite_schema", StringComparison.OrdinalIgnoreCase);

    private static bool InMain(string? schema) => schema is null or "public" or "main";

    private string? Ddl() => Note(f => f.IsDdl = true);

    private string? VirtualDdl() => Note(f => { f.IsDdl = true; f.IsVirtual = true; });

    private string? Note(Action<StatementFacts> note)
    {
        if (Facts is not null)
            note(Facts);
        return null;
    }
}
