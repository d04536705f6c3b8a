namespace ActorReplication.Core.Tests.Simulation.Engine;

/// <summary>What a draw is for. Each purpose has its own stream, so that a fault taken out of a scenario leaves the draws of the others alone.
/// New ones go to the end: kept regression files depend on the numbers.</summary>
internal enum Purpose
{
    Swarm, Loss, Delay, Duplicate, DuplicateDelay, Fsync, SlowFsync, CrashKeep, CrashDatabase, Apply, Clock, OpKind, OpKey, OpTarget, OpLevel, OpSize,
    Snapshot, Compaction, Suspicion, ReplicaSeed, Gate, Heal, Retention, Checkpoint,
}

/// <summary>Randomness as a function: hash(seed, purpose, link, counter). No state, so nothing one part draws can shift what another draws.</summary>
internal readonly struct Dice(ulong seed)
{
    public ulong Draw(Purpose purpose, int link, long counter)
    {
        var x = seed + 0x9E3779B97F4A7C15UL * ((ulong)purpose + 1);
        x = Mix(x ^ ((ulong)(uint)link << 40) ^ (ulong)counter);
        return Mix(x + seed);
    }

    /// <summary>In [0, bound).</summary>
    public int Below(int bound, Purpose purpose, int link, long counter) => bound <= 1 ? 0 : (int)(Draw(purpose, link, counter) % (ulong)bound);

    /// <summary>In [low, high], both included.</summary>
    public int Between(int low, int high, Purpose purpose, int link, long counter) => low + Below(high - low + 1, purpose, link, counter);

    public bool Chance(int perMillion, Purpose purpose, int link, long counter) => perMillion > 0 && Below(1_000_000, purpose, link, counter) < perMillion;

    /// <summary>Murmur3's 64-bit finaliser: every input bit reaches every output bit.</summary>
    public static ulong Mix(ulong x)
    {
        x ^= x >> 33;
        x *= 0xFF51AFD7ED558CCDUL;
        x ^= x >> 33;
        x *= 0xC4CEB9FE1A85EC53UL;
        return x ^ (x >> 33);
    }
}
