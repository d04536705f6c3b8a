namespace ActorReplication.Core;

/// <summary>A seeded generator (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).</summary>
internal sealed class Draws(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Evenly from 0 up to, without, <paramref name="bound"/>; 0 if that is not positive.</summary>
    public int Below(int bound)
    {
        if (bound <= 0) return 0;
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return (int)((z ^ z >> 31) % (ulong)bound);
    }
}
