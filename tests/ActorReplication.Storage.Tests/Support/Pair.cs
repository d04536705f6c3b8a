using ActorReplication.Storage.Engine;
using Xunit;

namespace ActorReplication.Storage.Tests.Support;

/// <summary>A leader's and a follower's database: what is committed on the first is applied to the second, as its payloads say.</summary>
internal sealed class Pair : IDisposable
{
    private readonly Folder folder = new();

    internal Pair(Func<DatabaseOptions, DatabaseOptions>? configure = null)
    {
        configure ??= options => options;
        LeaderPath = folder.File("leader.db");
        Leader = Database.Open(configure(new DatabaseOptions(LeaderPath) { Readers = 2 }));
        Follower = Database.Open(configure(new DatabaseOptions(folder.File("follower.db")) { Readers = 2 }));
    }

    internal IDatabase Leader { get; private set; }
    internal IDatabase Follower { get; private set; }
    internal string LeaderPath { get; }
    internal Folder Folder => folder;
    internal long Index { get; private set; }

    /// <summary>How the leader captures.</summary>
    internal CaptureRules Rules { get; set; }

    /// <summary>All payloads so far.</summary>
    internal List<byte[]> Log { get; } = [];

    /// <summary>Runs the statements as one client transaction on the leader, each of which must succeed, and applies it to the follower.</summary>
    internal byte[] Run(params string[] statements) => Run([.. statements.Select(sql => new SqlCall(sql))]);

    internal byte[] Run(params SqlCall[] calls)
    {
        Leader.Writer.BeginBatch();
        Leader.Writer.BeginTransaction(Rules);
        foreach (var call in calls)
            Succeed(Leader.Writer.Execute(call, long.MaxValue, null), call.Sql);
        var outcome = Leader.Writer.EndTransaction();
        Assert.Null(outcome.Failure);
        Leader.Writer.CommitBatch(1, ++Index);
        Apply(outcome.Payload);
        return outcome.Payload.ToArray();
    }

    /// <summary>The next log index, for a test that commits by itself.</summary>
    internal void Advance() => Index++;

    internal void Apply(ReadOnlyMemory<byte> payload)
    {
        Log.Add(payload.ToArray());
        Follower.Writer.BeginBatch();
        Assert.Null(Follower.Writer.Apply(payload).Divergence);
        Follower.Writer.CommitBatch(1, Index);
    }

    /// <summary>Changes the follower behind the leader's back.</summary>
    internal void Tamper(params string[] statements)
    {
        Follower.Writer.BeginBatch();
        Follower.Writer.BeginTransaction();
        foreach (var sql in statements)
            Succeed(Follower.Writer.Execute(new SqlCall(sql), long.MaxValue, null), sql);
        Assert.Null(Follower.Writer.EndTransaction().Failure);
        Follower.Writer.CommitBatch(1, Index);
    }

    /// <summary>Expects the statement to fail and to leave nothing behind; the transaction it is in is rolled back.</summary>
    internal SqlFailure Fail(string sql, params object?[] parameters)
    {
        Leader.Writer.BeginBatch();
        Leader.Writer.BeginTransaction();
        var outcome = Leader.Writer.Execute(new SqlCall(sql, new Values(parameters)), long.MaxValue, null);
        Leader.Writer.RollbackTransaction();
        Leader.Writer.RollbackBatch();
        return outcome.Failure ?? throw new Xunit.Sdk.XunitException($"succeeded: {sql}");
    }

    internal static void Succeed(SqlOutcome outcome, string sql) => Assert.True(outcome.Succeeded, $"{outcome.Failure?.Message} in: {sql}");

    internal static List<string> Query(IDatabase database, string sql, params object?[] parameters)
    {
        using var reader = database.TryRentReader()!;
        var rows = new Rows();
        Succeed(reader.Execute(new SqlCall(sql, new Values(parameters), rows), long.MaxValue, null), sql);
        return rows.Lines;
    }

    /// <summary>Both hold the same, in every table; returns what the leader answers to a query, which the follower answers too.</summary>
    internal List<string> Same(string? sql = null)
    {
        Assert.Equal(Describe(Leader), Describe(Follower));
        if (sql is null)
            return [];
        var expected = Query(Leader, sql);
        Assert.Equal(expected, Query(Follower, sql));
        return expected;
    }

    internal static List<string> Describe(IDatabase database) =>
        [.. database.HashTables().Where(t => t.Table != "sqlite_sequence" || t.Rows > 0).Select(t => $"{t.Table}: {t.Rows} rows, {t.Hash}")];

    /// <summary>The follower becomes the leader and the other way round.</summary>
    internal void Swap() => (Leader, Follower) = (Follower, Leader);

    public void Dispose()
    {
        Leader.Dispose();
        Follower.Dispose();
        folder.Dispose();
    }
}
