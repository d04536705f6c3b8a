using ActorReplication.Core;

namespace ActorReplication.Core.Tests.Simulation.Model;

internal enum OpKind : byte { Read, Write }
internal enum AckLevel : byte { Local, Received, Committed, Applied }
internal enum OpState : byte { Open, Acknowledged, Failed, Unknown }

/// <summary>One client operation and all that the client learns about it.</summary>
/// <param name="Floor">Positions that others had already seen when it was invoked: it must see them too.</param>
internal sealed record ClientOp(long Number, OpKind Kind, int Key, AckLevel Level, long InvokedAt, LogPosition[] Floor)
{
    public OpState State { get; set; }
    public long EndedAt { get; set; } = long.MaxValue;
    public int Node { get; set; } = -1;

    /// <summary>Of a write: where it stands. Of a read: the state it saw.</summary>
    public LogPosition Position { get; set; }

    /// <summary>What a read saw: the last write of the key and how many there were.</summary>
    public (long LastWrite, int Length) Saw { get; set; }
}

/// <summary>The leader-only door of a node: operations wait here, go to Core in batches, and are answered from here.</summary>
internal sealed class Gate
{
    public Queue<ClientOp> Writes { get; } = new();
    public Queue<ClientOp> Reads { get; } = new();
    public bool IsScheduled { get; set; }

    /// <summary>Proposed, answer of Core awaited or position known; in log order.</summary>
    public Queue<(ProposalId Id, List<ClientOp> Ops)> Proposed { get; } = new();
    public Queue<ClientOp> InLog { get; } = new();
    public Dictionary<RequestId, ClientOp> ReadsAsked { get; } = [];

    /// <summary>Confirmed, waiting for the state machine to get there.</summary>
    public List<(LogIndex Index, ClientOp Op)> ReadsReady { get; } = [];
    public LogIndex Local, Received, Applied;
}
