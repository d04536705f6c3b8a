using System.Runtime.InteropServices;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

internal sealed unsafe partial class Connection
{
    /// <summary>"ARDB": marks the file as ours, so that another program's database is not taken for one.</summary>
    internal const int ApplicationId = 0x41524442;

    private const int BusyTimeoutMs = 5000;
    /// <summary>What a log that begins anew is cut to.</summary>
    internal const long JournalSizeLimitBytes = 64L << 20;

    /// <summary>Schemas of <see cref="AuxiliaryTable"/>s, attached at open because ATTACH is impossible inside a transaction.</summary>
    private static readonly string[] AuxiliarySchemas = ["pg_catalog", "information_schema"];

    static Connection()
    {
        // Must come before the first use. Another user of the library may have been first: then its counters cost a mutex per allocation, no more.
        _ = sqlite3_config(SqliteCode.ConfigMemoryStatus, 0);
        _ = sqlite3_initialize();
    }

    private void Configure()
    {
        _ = sqlite3_extended_result_codes(db, 1);
        _ = sqlite3_busy_timeout(db, BusyTimeoutMs);
        Check(sqlite3_db_config_text(db, SqliteCode.DbConfigMainName, (byte*)MainSchema), "schema name");
        Set(SqliteCode.DbConfigLoadExtension, false);
        Set(SqliteCode.DbConfigDqsDml, false);
        Set(SqliteCode.DbConfigDqsDdl, false);
        Set(SqliteCode.DbConfigTrustedSchema, false);
        // A reader or a copy may outlive the file (a clone took its place): tidying up at its end, by name, would be at the new file's cost.
        Set(SqliteCode.DbConfigNoCheckpointOnClose, true);
        ApplyRole(Role);

        if (Role == ConnectionRole.Internal)
            FileHeader.CheckOwner(this);

        // A new file gets its form before its first page is written.
        RunInternal("PRAGMA public.page_size = 4096");
        RunInternal("PRAGMA encoding = 'UTF-8'");
        if (QueryText("PRAGMA public.journal_mode = WAL") != "wal")
            throw new StorageFailure($"{Path}: cannot switch to write-ahead logging");
        RunInternal("PRAGMA public.synchronous = NORMAL");
        RunInternal("PRAGMA wal_autocheckpoint = 0");
        RunInternal($"PRAGMA public.journal_size_limit = {JournalSizeLimitBytes}");
        RunInternal($"PRAGMA public.cache_size = {-CacheBytes() / 1024}");
        RunInternal("PRAGMA temp_store = MEMORY");
        RunInternal("PRAGMA cell_size_check = ON");
        RunInternal("PRAGMA recursive_triggers = ON");
        RunInternal("PRAGMA case_sensitive_like = ON");
        if (Role is not ConnectionRole.Internal)
        {
            foreach (var schema in AuxiliarySchemas)
                RunInternal($"ATTACH ':memory:' AS {schema}");
        }
        SetLimits();
        if (Role == ConnectionRole.Leader)
        {
            foreach (var function in DrawingFunctions())
                Register(function);
        }
        foreach (var function in options.Functions)
            Register(function);
        foreach (var aggregate in options.Aggregates)
            Register(aggregate);

        _ = sqlite3_set_authorizer(db, &OnAuthorize, GCHandle.ToIntPtr(self));
        sqlite3_progress_handler(db, ProgressSteps, &OnProgress, GCHandle.ToIntPtr(self));
        if (Role is ConnectionRole.Leader or ConnectionRole.Follower)
            _ = sqlite3_preupdate_hook(db, &OnRowChanging, GCHandle.ToIntPtr(self));
    }

    /// <summary>When this is the last connection to close, the log is moved into the file and deleted.</summary>
    internal void TidyUpAtClose()
    {
        Set(SqliteCode.DbConfigNoCheckpointOnClose, false);
        // Only who has read something has the log open, and would close it.
        QueryInt64("SELECT count(*) FROM public.sqlite_schema");
    }

    private long CacheBytes() => Role switch
    {
        ConnectionRole.Leader or ConnectionRole.Follower => options.PageCacheBytes,
        ConnectionRole.Reader => Math.Max(2 << 20, options.PageCacheBytes / Math.Max(1, options.Readers)),
        _ => 2 << 20,
    };

    /// <summary>A follower repeats row changes: triggers, foreign-key actions and CHECKs have had their say on the leader, and the
    /// hidden tables of full-text and R-tree indexes are written like any other.</summary>
    private void ApplyRole(ConnectionRole role)
    {
        var replays = role == ConnectionRole.Follower;
        Set(SqliteCode.DbConfigForeignKeys, !replays);
        Set(SqliteCode.DbConfigTriggers, !replays);
        Set(SqliteCode.DbConfigDefensive, !replays);
        RunInternal(replays ? "PRAGMA ignore_check_constraints = ON" : "PRAGMA ignore_check_constraints = OFF");
    }

    /// <summary>Lets a leader's connection repeat row changes until the result is disposed.</summary>
    internal void BeginReplay() => ApplyRole(ConnectionRole.Follower);

    internal void EndReplay() => ApplyRole(Role);

    private void Set(int option, bool on) => Check(sqlite3_db_config_int(db, option, on ? 1 : 0, null), $"option {option}");

    private void SetLimits()
    {
        _ = sqlite3_limit(db, SqliteCode.LimitLength, options.MaxValueBytes);
        _ = sqlite3_limit(db, SqliteCode.LimitSqlLength, options.MaxSqlBytes);
        _ = sqlite3_limit(db, SqliteCode.LimitExpressionDepth, 1000);
        _ = sqlite3_limit(db, SqliteCode.LimitVariables, 32766);
        _ = sqlite3_limit(db, SqliteCode.LimitLikePattern, 50_000);
        _ = sqlite3_limit(db, SqliteCode.LimitTriggerDepth, 1000);
        _ = sqlite3_limit(db, SqliteCode.LimitWorkerThreads, 0);
        _ = sqlite3_limit(db, SqliteCode.LimitAttached, AuxiliarySchemas.Length);
    }
}
