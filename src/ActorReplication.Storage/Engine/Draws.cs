using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage.Engine;

/// <summary>What statements on one connection take from clock and chance. Settled, it gives the same times and the same numbers, in the same order,
/// on every node; otherwise the machine's own.</summary>
internal sealed class Draws
{
    private const long MicrosPerMilli = 1000;

    private bool settled;
    private long transactionMicros, statementMicros;
    private ulong state;

    /// <summary>Random numbers taken since <see cref="Settle"/>.</summary>
    internal int Count { get; private set; }

    /// <summary>A time was asked for since <see cref="Settle"/>.</summary>
    internal bool TimeWasRead { get; private set; }

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    internal static long Now() => (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    internal static ulong NewSeed() => (ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue);

    internal void Settle(long transaction, long statement, ulong seed)
    {
        (transactionMicros, statementMicros, state) = (transaction, statement, seed);
        (Count, TimeWasRead, settled) = (0, false, true);
    }

    internal void Release() => settled = false;

    internal long TransactionMicros => Time(transactionMicros);

    internal long StatementMicros => Time(statementMicros);

    /// <summary>SQLite's own unit: milliseconds since noon of 24 November 4714 BC.</summary>
    internal long JulianMillis => StatementMicros / MicrosPerMilli + SqliteCode.UnixEpochJulianMillis;

    /// <summary>The next number: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", figure 17 with the constants of its mix64variant13).</summary>
    internal ulong Next()
    {
        if (!settled)
            return NewSeed();
        Count++;
        var z = state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>Fills with numbers, eight bytes of each, little-endian; one number counts as one draw.</summary>
    internal void Fill(Span<byte> bytes)
    {
        Span<byte> eight = stackalloc byte[8];
        while (!bytes.IsEmpty)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(eight, Next());
            var taken = Math.Min(8, bytes.Length);
            eight[..taken].CopyTo(bytes);
            bytes = bytes[taken..];
        }
    }

    private long Time(long recorded)
    {
        if (!settled)
            return Now();
        TimeWasRead = true;
        return recorded;
    }
}
