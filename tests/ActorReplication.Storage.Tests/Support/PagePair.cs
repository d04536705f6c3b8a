using System.Security.Cryptography;
using ActorReplication.Storage.Engine;
using Xunit;

namespace ActorReplication.Storage.Tests.Support;

/// <summary>A leader that captures pages, and a follower that began as a copy of it.</summary>
internal sealed class PagePair : IDisposable
{
    private readonly Folder folder = new();

    internal PagePair()
    {
        LeaderPath = folder.File("leader.db");
        FollowerPath = folder.File("follower.db");
        Leader = Open(LeaderPath);
        // The lineage begins with the leader's first entry of pages.
        Commit("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
        Leader.CopyTo(FollowerPath, 0, CancellationToken.None);
        Follower = Open(FollowerPath);
    }

    internal IDatabase Leader { get; set; }
    internal IDatabase Follower { get; set; }
    internal string LeaderPath { get; private set; }
    internal string FollowerPath { get; private set; }
    internal Folder Folder => folder;
    internal long Index { get; set; }

    /// <summary>Kept with each transaction.</summary>
    internal CommitRecord? Record { get; set; }

    /// <summary>Payloads by index.</summary>
    internal SortedDictionary<long, byte[]> Log { get; } = [];

    internal static IDatabase Open(string path) => Database.Open(new DatabaseOptions(path) { Readers = 2 });

    /// <summary>Commits one transaction on the leader and applies its entry to the follower.</summary>
    internal byte[] Run(params string[] statements)
    {
        var payload = Commit(statements);
        Apply(Index);
        return payload;
    }

    internal byte[] Commit(params string[] statements) => Commit(false, statements);

    internal byte[] Commit(bool withRows, params string[] statements)
    {
        Begin(statements);
        byte[]? entry = null;
        Assert.True(Leader.Writer.CommitPages(1, ++Index, withRows, payload =>
        {
            entry = payload.ToArray();
            return true;
        }));
        return Log[Index] = entry!;
    }

    /// <summary>A batch of one transaction per statement, not committed.</summary>
    internal void Begin(params string[] statements)
    {
        Leader.Writer.BeginBatch();
        foreach (var sql in statements)
        {
            Leader.Writer.BeginTransaction(new CaptureRules(ReplicationMethod.Page, UnsafeStatements.Row));
            Pair.Succeed(Leader.Writer.Execute(new SqlCall(sql), long.MaxValue, null), sql);
            Assert.Null(Leader.Writer.EndTransaction(Record).Failure);
        }
    }

    internal void Apply(long index) => Apply(Follower, index);

    internal void Apply(IDatabase database, long index)
    {
        database.Writer.BeginBatch();
        var outcome = database.Writer.Apply(Log[index]);
        Assert.Null(outcome.CloneBecause);
        Assert.Null(outcome.Divergence);
        database.Writer.CommitBatch(1, index);
    }

    /// <summary>Applies what the follower's file does not hold yet.</summary>
    internal void CatchUp()
    {
        for (var index = Follower.Applied.Index + 1; index <= Index; index++)
            Apply(index);
    }

    internal void SwapRoles()
    {
        (Leader, Follower) = (Follower, Leader);
        (LeaderPath, FollowerPath) = (FollowerPath, LeaderPath);
    }

    /// <summary>Both files, everything moved into them, are the same byte for byte.</summary>
    internal void AssertSameBytes()
    {
        Leader.Checkpoint();
        Follower.Checkpoint();
        Assert.Equal(HashOf(LeaderPath), HashOf(FollowerPath));
    }

    internal static string HashOf(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Both files as a process that is killed now would leave them.</summary>
    internal string CopyFiles(string path, string name)
    {
        var copy = folder.File(name);
        File.Copy(path, copy);
        if (File.Exists(path + "-wal"))
            File.Copy(path + "-wal", copy + "-wal");
        return copy;
    }

    public void Dispose()
    {
        Leader.Dispose();
        Follower.Dispose();
        folder.Dispose();
    }
}
