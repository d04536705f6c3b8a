using System.Runtime.InteropServices;
using System.Text;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

internal enum ConnectionRole { Leader, Follower, Reader, Internal }

/// <summary>One SQLite connection with this project's settings, guards and functions. One thread at a time.</summary>
internal sealed unsafe partial class Connection : IDisposable
{
    /// <summary>Name of the database file's schema. SQLite keeps the pointer, and hands it to the hooks.</summary>
    internal static readonly nint MainSchema = (nint)NativeText.Of("public");

    private readonly nint db;
    private readonly GCHandle self;
    private readonly DatabaseOptions options;
    private readonly StatementCache cache;
    private readonly Authorizer authorizer = new();
    private readonly List<GCHandle> functionHandles = [];
    private readonly ClockVfs? clock;
    private int internalDepth;
    private Exception? callbackFailure;
    private bool disposed;

    internal Connection(DatabaseOptions options, ConnectionRole role)
    {
        this.options = options;
        Role = role;
        cache = new StatementCache(Math.Max(8, options.StatementCache));
        clock = role == ConnectionRole.Leader ? ClockVfs.Rent(Draws) : null;
        self = GCHandle.Alloc(this);
        nint opened = 0;
        int code;
        fixed (byte* path = Utf8.Terminated(options.Path))
            code = sqlite3_open_v2(path, &opened, SqliteCode.OpenReadWrite | SqliteCode.OpenCreate | SqliteCode.OpenNoMutex, clock is null ? null : clock.Name);
        db = opened;
        try
        {
            Check(code, "open");
            Configure();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal ConnectionRole Role { get; }
    internal nint Handle => db;
    internal string Path => options.Path;
    internal bool InTransaction => sqlite3_get_autocommit(db) == 0;
    internal bool IsInternal => internalDepth > 0;

    /// <summary>Preparing a statement also notes what <see cref="Capture.StatementSafety"/> judges by.</summary>
    internal bool NotesDetails { get; set; }

    /// <summary>Receives row changes before they happen; null = nobody looks.</summary>
    internal IRowObserver? Observer { get; set; }

    private Statement? Compile(string sql, bool persistent, out SqlFailure? failure)
    {
        failure = null;
        var length = Encoding.UTF8.GetByteCount(sql);
        if (length > options.MaxSqlBytes)
        {
            failure = new SqlFailure(SqliteCode.TooBig, $"statement of {length} bytes is longer than the limit of {options.MaxSqlBytes}", Kind: FailureKind.TooLarge);
            return null;
        }
        var bytes = System.Buffers.ArrayPool<byte>.Shared.Rent(length + 1);
        try
        {
            Encoding.UTF8.GetBytes(sql, bytes);
            bytes[length] = 0;
            return Compile(sql, bytes.AsSpan(0, length + 1), persistent, out failure);
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private Statement? Compile(string sql, Span<byte> terminated, bool persistent, out SqlFailure? failure)
    {
        failure = null;
        var facts = new StatementFacts();
        if (!IsInternal)
        {
            if (SqlScan.FindForbidden(terminated[..^1]) is { } forbidden)
            {
                failure = new SqlFailure(SqliteCode.Auth, forbidden, Kind: FailureKind.Refused);
                return null;
            }
            if (SqlScan.StartsWith(terminated, "ANALYZE"u8))
                facts.IsDdl = facts.IsMaintenance = true;
        }
        if (NotesDetails && !IsInternal)
            facts.Detail = new StatementDetail();
        authorizer.Facts = facts;
        authorizer.Refusal = null;
        nint handle = 0;
        fixed (byte* p = terminated)
        {
            byte* tail;
            var code = sqlite3_prepare_v3(db, p, terminated.Length, persistent ? SqliteCode.PreparePersistent : 0, &handle, &tail);
            authorizer.Facts = null;
            ThrowCallbackFailure();
            if (code != SqliteCode.Ok)
            {
                failure = Failure(code);
                return null;
            }
            if (!SqlScan.IsBlank(terminated[(int)(tail - p)..^1]))
            {
                _ = sqlite3_finalize(handle);
                failure = new SqlFailure(SqliteCode.Error, "more than one statement", (int)(tail - p));
                return null;
            }
        }
        return new Statement(sql, handle, facts);
    }

    /// <summary>The prepared statement for a user's text, from the cache if it is there.</summary>
    internal Statement? Prepare(string sql, out SqlFailure? failure)
    {
        failure = null;
        if (cache.Find(sql) is { } known)
            return known;
        var statement = Compile(sql, persistent: true, out failure);
        if (statement is not null)
            cache.Add(statement);
        return statement;
    }

    /// <summary>A statement of this project's own: no authorizer, kept by the caller.</summary>
    internal Statement PrepareInternal(string sql)
    {
        internalDepth++;
        try
        {
            return Compile(sql, persistent: true, out var failure)
                ?? throw new StorageFailure($"{Path}: {failure!.Message} (code {failure.ExtendedCode}) in: {Short(sql)}");
        }
        finally
        {
            internalDepth--;
        }
    }

    /// <summary>As <see cref="PrepareInternal"/>; null if SQLite does not take the text.</summary>
    internal Statement? TryPrepareInternal(string sql)
    {
        internalDepth++;
        try
        {
            return Compile(sql, persistent: true, out _);
        }
        finally
        {
            internalDepth--;
        }
    }

    /// <summary>As <see cref="StepInternal"/> for a query that may fail, while a user's statement runs: it has no row then.</summary>
    internal bool TryStepInternal(Statement statement)
    {
        var before = functionFailure;
        internalDepth++;
        try
        {
            var code = sqlite3_step(statement.Handle);
            if (SqliteCode.IsDamage(code))
                throw Damage(code);
            if (code == SqliteCode.Row)
                return true;
            _ = sqlite3_reset(statement.Handle);
            return false;
        }
        finally
        {
            internalDepth--;
            functionFailure = before;
        }
    }

    /// <summary>As <see cref="PrepareInternal"/>, for text that may fail (replayed DDL).</summary>
    internal SqlFailure? TryRunInternal(string sql)
    {
        internalDepth++;
        try
        {
            var statement = Compile(sql, persistent: false, out var failure);
            if (statement is null || statement.IsEmpty)
                return failure;
            try
            {
                int code;
                do
                    code = sqlite3_step(statement.Handle);
                while (code == SqliteCode.Row);
                ThrowCallbackFailure();
                RequireResources(code, sql);
                return code == SqliteCode.Done ? null : Failure(code);
            }
            finally
            {
                statement.FinalizeHandle();
            }
        }
        finally
        {
            internalDepth--;
        }
    }

    internal void RunInternal(string sql)
    {
        if (TryRunInternal(sql) is { } failure)
            throw Broken(failure.ExtendedCode, $"{failure.Message} (code {failure.ExtendedCode}) in: {Short(sql)}");
    }

    /// <summary>What another node has done is not another thing here because there is no space, or no memory: it is not done.</summary>
    private void RequireResources(int code, string sql)
    {
        if (SqliteCode.IsScarcity(code))
            throw Broken(code, $"{Utf8.Text(sqlite3_errmsg(db))} (code {code}) in: {Short(sql)}");
    }

    /// <summary>Steps a statement of this project's own once and resets it unless it has a row.</summary>
    /// <returns>True = a row is there: read it, then call <see cref="Reset"/>.</returns>
    internal bool StepInternal(Statement statement)
    {
        internalDepth++;
        int code;
        try
        {
            code = sqlite3_step(statement.Handle);
        }
        finally
        {
            internalDepth--;
        }
        if (code == SqliteCode.Row)
            return true;
        var failure = code == SqliteCode.Done ? null : Failure(code);
        _ = sqlite3_reset(statement.Handle);
        ThrowCallbackFailure();
        return failure is null ? false : throw Broken(failure.ExtendedCode, $"{failure.Message} (code {failure.ExtendedCode}) in: {Short(statement.Sql)}");
    }

    /// <summary>As <see cref="StepInternal"/> for a statement that may fail: its extended code, Done when it ended well.</summary>
    /// <exception cref="StorageFailure">Damage; or too little space or memory, which says nothing about the statement.</exception>
    internal int StepOnce(Statement statement)
    {
        internalDepth++;
        try
        {
            var code = sqlite3_step(statement.Handle);
            if (SqliteCode.IsDamage(code))
                throw Damage(code);
            _ = sqlite3_reset(statement.Handle);
            ThrowCallbackFailure();
            RequireResources(code, statement.Sql);
            return code;
        }
        finally
        {
            internalDepth--;
        }
    }

    /// <summary>The result of a reset repeats the step's error, told before.</summary>
    internal static void Reset(Statement statement) => _ = sqlite3_reset(statement.Handle);

    internal long QueryInt64(string sql)
    {
        var statement = PrepareInternal(sql);
        try
        {
            return StepInternal(statement) ? statement.Int64(0) : 0;
        }
        finally
        {
            statement.FinalizeHandle();
        }
    }

    internal string QueryText(string sql)
    {
        var statement = PrepareInternal(sql);
        try
        {
            return StepInternal(statement) ? statement.TextString(0) : "";
        }
        finally
        {
            statement.FinalizeHandle();
        }
    }

    /// <summary>Drops all prepared statements: what was learned when they were prepared may no longer hold.</summary>
    internal void ForgetStatements() => cache.Clear();

    private static string Short(string sql) => sql.Length <= 200 ? sql : sql[..200] + "…";

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        cache.Clear();
        _ = sqlite3_close_v2(db);
        foreach (var handle in functionHandles)
            handle.Free();
        clock?.Return();
        self.Free();
    }
}
