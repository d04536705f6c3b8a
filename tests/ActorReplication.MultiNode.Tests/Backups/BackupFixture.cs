using System.Collections.Immutable;
using ActorReplication.Cluster;
using ActorReplication.Cluster.Backups;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Backups;

/// <summary>A folder with a leader's database in it, whose transactions become log entries one after the other.</summary>
internal sealed class BackupFixture : IDisposable
{
    public static readonly NodeId Node = new("n1");
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("backup").FullName;

    public BackupFixture()
    {
        Database = Storage.Engine.Database.Open(new DatabaseOptions(Path.Combine(_folder, "leader.sqlite")));
        Config = new ClusterConfig(
            new ClusterId(new Guid("0f0e0d0c-0b0a-0908-0706-050403020100")),
            ImmutableSortedDictionary.CreateRange(((string[])["n1", "n2", "n3"]).Select(n => KeyValuePair.Create(new NodeId(n), new Member(new NodeId(n), MemberKind.Voter, Address: $"10.0.0.{n[1]}:2551")))),
            DurabilityPolicy.Sync)
        {
            Settings = ClusterConfig.NoSettings.Add("replication.method", "mixed"),
            At = new LogPosition(new Term(1), new LogIndex(1)),
        };
        Database.Writer.BeginBatch();
        Database.Writer.StoreConfig(LogCodec.EncodeConfig(Config));
        Database.Writer.CommitBatch(1, 1);
    }

    public IDatabase Database { get; }

    public ClusterConfig Config { get; }

    public string Folder => _folder;

    public string Backups => Path.Combine(_folder, "backups");

    public string Data => Path.Combine(_folder, "data");

    public ReplicaNodeOptions Options => new(Node, Data, "", [new NodeAddress(Node, "127.0.0.1", 2551), new NodeAddress(new NodeId("n2"), "127.0.0.1", 2552)], DurabilityPolicy.Quorum);

    /// <summary>One transaction, the next entry.</summary>
    /// <returns>Its payload.</returns>
    public ReadOnlyMemory<byte> Run(params IReadOnlyList<string> statements)
    {
        Database.Writer.BeginBatch();
        Database.Writer.BeginTransaction();
        foreach (var sql in statements) Assert.True(Database.Writer.Execute(new SqlCall(sql), long.MaxValue, null).Succeeded);
        var end = Database.Writer.EndTransaction();
        Assert.Null(end.Failure);
        var payload = end.Payload.ToArray();
        Database.Writer.CommitBatch(1, Database.Applied.Index + 1);
        return payload;
    }

    public string Take(DateTimeOffset? at = null) => BackupFolder.Take(Database, Node, Backups, at ?? Noon, 0, null, CancellationToken.None);

    public Restoration Restoration(string backup, string? archive = null, RestoreTarget? target = null) =>
        new(new RestoreRequest(backup, archive, target ?? new RestoreTarget.Backup(), Options), null, CancellationToken.None);

    public static IReadOnlyList<string[]> Query(IDatabase database, string sql)
    {
        var rows = new Rows();
        using var reader = database.TryRentReader()!;
        Assert.True(reader.Execute(new SqlCall(sql, Rows: rows), long.MaxValue, null).Succeeded);
        return rows.All;
    }

    public static void Flip(string path, long at)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.Position = at < 0 ? file.Length + at : at;
        var value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ 1));
    }

    public static void CutOff(string path, int bytes)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.SetLength(file.Length - bytes);
    }

    /// <summary>Every file's name and content below a folder; empty if it is not there.</summary>
    public static string Contents(string folder) => !Directory.Exists(folder) ? "" : string.Join('\n', Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).Select(f => f + (File.Exists(f) ? " " + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))) : "")));

    public void Dispose()
    {
        Database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
