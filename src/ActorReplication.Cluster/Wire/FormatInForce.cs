using Akka.Actor.Setup;

namespace ActorReplication.Cluster.Wire;

/// <summary>Which format a node writes. It begins with the oldest, and rises when the cluster's configuration says so and is committed; never back. Thread-safe.</summary>
/// <param name="newest">What the node's program reads and writes up to.</param>
internal sealed class FormatInForce(byte newest)
{
    private volatile byte _written = WireFormat.Oldest;

    public byte Newest => newest;

    public byte Written => _written;

    /// <returns>Whether it is another one now.</returns>
    public bool RaiseTo(byte format)
    {
        if (format <= _written || format > newest) return false;
        _written = format;
        return true;
    }
}

/// <summary>Hands the node's <see cref="FormatInForce"/> to the serializer that Akka makes.</summary>
internal sealed class FormatSetup(FormatInForce format) : Setup
{
    public FormatInForce Format => format;
}
