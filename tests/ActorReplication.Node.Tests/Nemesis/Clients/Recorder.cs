using System.Collections.Concurrent;
using System.Diagnostics;
using ActorReplication.Node.Tests.Histories;

namespace ActorReplication.Node.Tests.Nemesis.Clients;

/// <summary>A write that was acknowledged: how long nobody was served, is read off these.</summary>
internal readonly record struct Acknowledged(long InvokedAt, long CompletedAt);

/// <summary>All that clients asked for and were told. Thread-safe.</summary>
internal sealed class Recorder
{
    private int _lastTransaction;
    private long _lastValue;

    public ConcurrentQueue<RegisterOp> Registers { get; } = new();
    public ConcurrentQueue<ListTransaction> Lists { get; } = new();
    public ConcurrentQueue<BankRead> Bank { get; } = new();
    public ConcurrentQueue<InsertOp> Inserts { get; } = new();
    public ConcurrentQueue<InsertOp> Tokens { get; } = new();
    public ConcurrentQueue<Acknowledged> Writes { get; } = new();

    /// <summary>Wrong on its own, without any history.</summary>
    public ConcurrentQueue<Anomaly> Anomalies { get; } = new();

    /// <summary>What clients were told when something did not work, and how often.</summary>
    public ConcurrentDictionary<string, int> Refusals { get; } = new();

    /// <summary>Tokens that were asked for again after an unknown outcome.</summary>
    public int TokenRetries;

    private int _operations, _unknown, _failed;

    public int Operations => _operations;
    public int Unknown => _unknown;
    public int Failed => _failed;

    public static long Now => Stopwatch.GetTimestamp();

    public int NextTransaction() => Interlocked.Increment(ref _lastTransaction);

    /// <summary>A value that nobody else has.</summary>
    public long NextValue() => Interlocked.Increment(ref _lastValue);

    public void Count(Outcome outcome)
    {
        Interlocked.Increment(ref _operations);
        if (outcome == Outcome.Unknown) Interlocked.Increment(ref _unknown);
        if (outcome == Outcome.Failed) Interlocked.Increment(ref _failed);
    }
}
