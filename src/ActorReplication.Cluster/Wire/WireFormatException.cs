namespace ActorReplication.Cluster.Wire;

/// <summary>Bytes from a peer or from the journal that are not what the format says. Never a reason to go on with a part of them.</summary>
/// <param name="offset">Where in the encoded form, in bytes from its start.</param>
/// <param name="expected">What should have stood there.</param>
/// <param name="found">What stood there instead.</param>
public sealed class WireFormatException(int offset, string expected, string found, Exception? inner = null)
    : Exception($"Bad bytes at offset {offset}: expected {expected}, found {found}.", inner)
{
    public int Offset { get; } = offset;
}
