using System.Collections.Concurrent;
using System.Diagnostics;

namespace ActorReplication.Node.Tests.Nemesis.Faults;

/// <param name="HitLeader">It took the leader away: until somebody is served again is a failover.</param>
internal sealed record Injected(string Kind, string On, long At, bool HitLeader)
{
    /// <summary>When it was over; zero: not yet.</summary>
    public long Until { get; set; }
}

/// <summary>All faults of a round, as they were injected. Thread-safe.</summary>
internal sealed class FaultJournal(Action<string> tell)
{
    private readonly ConcurrentQueue<Injected> _all = new();
    private readonly long _started = Stopwatch.GetTimestamp();

    public IReadOnlyList<Injected> All => [.. _all];

    public Injected Begin(string kind, string on, bool hitLeader)
    {
        var injected = new Injected(kind, on, Stopwatch.GetTimestamp(), hitLeader);
        _all.Enqueue(injected);
        tell($"{Stopwatch.GetElapsedTime(_started).TotalSeconds,6:0.0} {kind} {on}{(hitLeader ? " (leader)" : "")}");
        return injected;
    }
}
