using System.Threading.Channels;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>A gate on a real database, with the test in the place of the replica's actor. A gate that fails fails the test.</summary>
public abstract class GateFixture : IDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private protected GateFixture(Func<DatabaseOptions, DatabaseOptions>? options = null, CaptureRules? capture = null)
    {
        Board = new ReplicaBoard();
        if (capture is { } rules) Board.Capture = rules;
        var defaults = new DatabaseOptions(Path.Combine(Folder, "data.sqlite"));
        Holder = new DatabaseHolder(options?.Invoke(defaults) ?? defaults);
        Gate = new WriteGate(new GateLimits(100, 64, 1 << 20, 200), Holder, new LogReader(Cache, new JournalMap(), "test"), Board, NullLogger.Instance, e => Proposals.Fatal = e);
        Gate.Attach(Proposals);
        Gate.Start();
    }

    internal string Folder { get; } = Directory.CreateTempSubdirectory("gate").FullName;
    internal EntryCache Cache { get; } = new(1 << 20);
    internal ScriptedProposer Proposals { get; } = new();
    internal ReplicaBoard Board { get; }
    internal DatabaseHolder Holder { get; }
    internal WriteGate Gate { get; }

    public void Dispose()
    {
        Gate.Dispose();
        Holder.Dispose();
        Directory.Delete(Folder, recursive: true);
        Assert.Null(Proposals.Fatal);
        GC.SuppressFinalize(this);
    }

    internal Task<WriteResult> Run(string sql, AckLevel level = AckLevel.Committed) => Gate.RunAsync(new WriteRequest([new SqlCall(sql)], level, long.MaxValue, null));

    /// <summary>Rows of the table t that readers see.</summary>
    internal long Count()
    {
        using var reader = Holder.Current.TryRentReader()!;
        return reader.Execute(new SqlCall("SELECT a FROM t"), long.MaxValue, null).RowCount;
    }
}

internal sealed record Proposal(ProposalId Id, IReadOnlyList<ReadOnlyMemory<byte>> Payloads, LogIndex? At);

/// <summary>Keeps what a gate proposes and tells, for a test to answer.</summary>
internal sealed class ScriptedProposer : IProposer
{
    private readonly Channel<Proposal> _proposals = Channel.CreateUnbounded<Proposal>();
    private readonly Channel<(string Call, string Why)> _told = Channel.CreateUnbounded<(string, string)>();
    private Proposal? _last;

    public Exception? Fatal { get; set; }

    /// <summary>What <see cref="Next"/> gave last.</summary>
    public Proposal Last => _last ?? throw new InvalidOperationException("nothing was proposed yet");

    public async Task<Proposal> Next() => _last = await _proposals.Reader.ReadAsync().AsTask().WaitAsync(GateFixture.Patience);

    /// <summary>What else the gate told, in order: the call's name, and why.</summary>
    public Task<(string Call, string Why)> NextTold() => _told.Reader.ReadAsync().AsTask().WaitAsync(GateFixture.Patience);

    public void Propose(ProposalId id, IReadOnlyList<ReadOnlyMemory<byte>> payloads, bool ackReceived, LogIndex? at) => _proposals.Writer.TryWrite(new Proposal(id, payloads, at));
    public void Applied(LogIndex index) { }
    public void Undone() { }
    public void WantsPages() => _told.Writer.TryWrite((nameof(WantsPages), ""));
    public void NeedsSnapshot(string why) => _told.Writer.TryWrite((nameof(NeedsSnapshot), why));
    public void SnapshotInstalled(LogPosition position, ClusterConfig config) => _told.Writer.TryWrite((nameof(SnapshotInstalled), ""));
    public void SnapshotRefused(string why) => _told.Writer.TryWrite((nameof(SnapshotRefused), why));
}
