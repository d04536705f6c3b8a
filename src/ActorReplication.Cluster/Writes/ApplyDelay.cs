using ActorReplication.Core.Log;

namespace ActorReplication.Cluster.Writes;

/// <summary>When a follower that is to stay behind may apply an entry. One thread, but for <see cref="IsOver"/>.</summary>
/// <remarks>An entry without a time is as old as the one before it. After a start, or in a copy of another node's database, that one was applied already: so what comes first without a time is due.
/// The leader's clock is taken as it is: if it is fast, the delay is longer by that much, and if it is set back, later entries are due sooner.</remarks>
internal sealed class ApplyDelay
{
    /// <summary>Looks again at least so often: clocks are set.</summary>
    private const long LookAgainMs = 5_000;

    private long _entryTimeMs;
    private long _until;

    /// <summary>The wait that <see cref="Holds"/> found has passed.</summary>
    /// <param name="now">Of <see cref="Environment.TickCount64"/>.</param>
    public bool IsOver(long now) => now >= Volatile.Read(ref _until);

    /// <summary>Whether the entry is too young; then <see cref="IsOver"/> says when to ask again.</summary>
    /// <param name="wallMs">Now, in milliseconds since 1970-01-01 UTC.</param>
    public bool Holds(LogEntry entry, long delayMs, long wallMs, long now)
    {
        if (entry.TimeMs > 0) _entryTimeMs = entry.TimeMs;
        var left = _entryTimeMs == 0 ? 0 : _entryTimeMs + delayMs - wallMs;
        Volatile.Write(ref _until, left > 0 ? now + Math.Min(left, LookAgainMs) : 0);
        return left > 0;
    }

    /// <summary>The log or the database was replaced: what was known of times is of another one.</summary>
    public void Reset()
    {
        _entryTimeMs = 0;
        Volatile.Write(ref _until, 0);
    }
}
