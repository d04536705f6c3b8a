using System.Runtime.CompilerServices;
using System.Collections.Concurrent;
using ActorReplication.Core;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Replica;

/// <summary>What the replica's actor and the write gate let everyone else see without asking them. Written by one thread each, read by all.</summary>
internal sealed class ReplicaBoard
{
    private readonly object _sync = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _appliedWaiters = new();
    private readonly Queue<Instant> _faults = new();
    private long _applied;
    private long _commit;
    private long _last;
    private long _leaseUntil = long.MinValue;
    private long _leadingTerm;
    private long _servingTerm;
    private long _divergences;
    private long _salvaged;
    private long _cutOff;
    private volatile bool _isLogFull;
    private int _capture;
    private volatile StrongBox<TokenRules> _tokens = new(TokenRules.Default);
    private volatile object? _pagesHeld = Guid.Empty;
    private long _applyDelayMs;
    private readonly ConcurrentDictionary<(NodeId Peer, bool Incoming), CloneProgress> _clones = new();
    private volatile string? _lastProblem;
    private volatile NodeStatus? _status;
    private volatile LogStartBox? _logStart;

    private sealed record LogStartBox(LogPosition Position);

    private volatile IReadOnlyDictionary<NodeId, int> _formats = new Dictionary<NodeId, int>();

    /// <summary>Which format this node writes.</summary>
    public Wire.FormatInForce Format { get; init; } = new(Wire.WireFormat.Newest);

    /// <summary>What the programs of the nodes that are up can do, this one's included.</summary>
    public IReadOnlyDictionary<NodeId, int> Formats { get => _formats; set => _formats = value; }

    /// <summary>The log begins after this; null before the journal was read.</summary>
    public LogPosition? LogStart
    {
        get => _logStart?.Position;
        set => _logStart = value is { } position && position != _logStart?.Position ? new LogStartBox(position) : value is null ? null : _logStart;
    }

    public LogIndex Commit { get => new(Volatile.Read(ref _commit)); set => Volatile.Write(ref _commit, value.Value); }

    public LogIndex Last { get => new(Volatile.Read(ref _last)); set => Volatile.Write(ref _last, value.Value); }

    /// <summary>Until when local reads on this leader are linearizable.</summary>
    public Instant LeaseUntil { get => new(Volatile.Read(ref _leaseUntil)); set => Volatile.Write(ref _leaseUntil, value.Milliseconds); }

    /// <summary>The term that this node leads, serving or not; zero when it does not.</summary>
    public Term LeadingTerm { get => new(Volatile.Read(ref _leadingTerm)); set => Volatile.Write(ref _leadingTerm, value.Value); }

    /// <summary>The term that this node leads and serves; zero when it does not.</summary>
    public Term ServingTerm { get => new(Volatile.Read(ref _servingTerm)); set => Volatile.Write(ref _servingTerm, value.Value); }

    /// <summary>How the configuration in force wants transactions captured.</summary>
    public CaptureRules Capture
    {
        get
        {
            var both = Volatile.Read(ref _capture);
            return new CaptureRules((ReplicationMethod)(both & 0xff), (UnsafeStatements)(both >> 8));
        }
        set => Volatile.Write(ref _capture, (int)value.Method | (int)value.Unsafe << 8);
    }

    /// <summary>How long the configuration in force wants commit tokens kept.</summary>
    public TokenRules Tokens { get => _tokens.Value; set => _tokens = new StrongBox<TokenRules>(value); }

    /// <summary>The lineage of pages that every other member with data has said to hold. Empty: they do not all hold the same; null: there are no others.</summary>
    public Guid? PagesHeld { get => (Guid?)_pagesHeld; set => _pagesHeld = value; }

    /// <summary>Whether entries can travel as pages of this lineage alone.</summary>
    public bool AllHold(Guid lineage) => lineage != Guid.Empty && (PagesHeld ?? lineage) == lineage;

    /// <summary>As a follower this node applies only entries that the leader took so many milliseconds ago; 0 = all.</summary>
    public long ApplyDelayMs { get => Volatile.Read(ref _applyDelayMs); set => Volatile.Write(ref _applyDelayMs, value); }

    public LogIndex Applied => new(Volatile.Read(ref _applied));

    public long Divergences => Volatile.Read(ref _divergences);

    public long Salvaged => Volatile.Read(ref _salvaged);

    public long FollowersCutOff => Volatile.Read(ref _cutOff);

    /// <summary>The log has reached its limit and must not be cut: no writes are taken.</summary>
    public bool IsLogFull { get => _isLogFull; set => _isLogFull = value; }

    public string? LastProblem { get => _lastProblem; set => _lastProblem = value; }

    public NodeStatus? Status { get => _status; set => _status = value; }

    public IReadOnlyList<CloneProgress> Clones => _clones.IsEmpty ? [] : [.. _clones.Values.OrderBy(c => c.Peer)];

    public void CloneGoesOn(CloneProgress progress) => _clones[(progress.Peer, progress.Incoming)] = progress;

    public void CloneEnded(NodeId peer, bool isIncoming) => _clones.TryRemove((peer, isIncoming), out _);

    public void CountDivergence(string what)
    {
        Interlocked.Increment(ref _divergences);
        _lastProblem = what;
    }

    /// <summary>Counts a fault of the replica's actor.</summary>
    /// <returns>How many there were in the minute before, this one included.</returns>
    public int CountFault(Instant now)
    {
        lock (_sync)
        {
            while (_faults.TryPeek(out var oldest) && now - oldest > 60_000) _faults.Dequeue();
            _faults.Enqueue(now);
            return _faults.Count;
        }
    }

    /// <summary>Another node has a cancel request for a session of this one. On a thread of the pool.</summary>
    public event Action<long>? CancelAsked;

    /// <summary>Returns at once: a cancel runs whatever waits for it, and none of that may delay or fail the replica.</summary>
    public void AskCancel(long key)
    {
        if (CancelAsked is { } asked) ThreadPool.UnsafeQueueUserWorkItem(_ => Ask(asked, key), null);
    }

    private void Ask(Action<long> asked, long key)
    {
        try
        {
            asked(key);
        }
        catch (Exception failed)
        {
            _lastProblem = $"a cancel request failed: {failed.Message}";
        }
    }

    public void CountCutOff() => Interlocked.Increment(ref _cutOff);

    public void CountSalvaged(long entries) => Interlocked.Add(ref _salvaged, entries);

    /// <summary>Called by the gate after readers can see the index. May go back (a cut was undone, a clone installed).</summary>
    public void SetApplied(LogIndex index)
    {
        List<TaskCompletionSource>? due = null;
        lock (_sync)
        {
            Volatile.Write(ref _applied, index.Value);
            while (_appliedWaiters.TryPeek(out _, out var at) && at <= index.Value)
                (due ??= []).Add(_appliedWaiters.Dequeue());
        }
        if (due is not null)
            foreach (var waiter in due) waiter.TrySetResult();
    }

    /// <summary>Completes when readers see the index.</summary>
    public Task WhenApplied(LogIndex index, CancellationToken cancellation)
    {
        if (Applied >= index) return Task.CompletedTask;
        TaskCompletionSource waiter;
        lock (_sync)
        {
            if (Applied >= index) return Task.CompletedTask;
            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _appliedWaiters.Enqueue(waiter, index.Value);
        }
        return waiter.Task.WaitAsync(cancellation);
    }
}
