namespace ActorReplication.Cluster.Writes;

/// <summary>Decides whether a batch waits a moment for the clients that were just answered: they tend to come back at once, and one batch of all of them
/// costs half as much as two that take turns. Learns from whether they came. Pure; the gate's thread only.</summary>
internal sealed class BatchGathering
{
    private const int MostSkipped = 64;

    private int _misses;
    private int _skip;

    /// <summary>How many transactions the next batch would have if all that took part lately did so again.</summary>
    public int Expected { get; private set; } = 1;

    /// <summary>A batch was answered.</summary>
    /// <param name="answered">Transactions in it.</param>
    /// <param name="waiting">Transactions that waited for it to end.</param>
    /// <param name="most">Transactions that go into one batch.</param>
    public void Ended(int answered, int waiting, int most) => Expected = Math.Clamp(answered + waiting, 1, most);

    /// <summary>Is it worth waiting, with so many there?</summary>
    public bool WaitsAt(int queued)
    {
        if (queued >= Expected) return false;
        if (_skip == 0) return true;
        _skip--;
        return false;
    }

    /// <summary>The wait is over. If they did not come, the next waits are left out, twice as many each time.</summary>
    public void Waited(int queued)
    {
        _misses = queued >= Expected ? 0 : Math.Min(_misses + 1, 6);
        _skip = _misses == 0 ? 0 : Math.Min(1 << _misses, MostSkipped);
    }
}
