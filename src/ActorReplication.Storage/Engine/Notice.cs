namespace ActorReplication.Storage.Engine;

/// <summary>What NOTIFY says.</summary>
/// <param name="ProcessId">The session's, as clients are told.</param>
/// <param name="Sender">Which session in the whole cluster it came from: a random number.</param>
public sealed record Notice(string Channel, string Payload, int ProcessId, long Sender)
{
    /// <summary>Its place among all: rises in the order of commits. 0: not committed.</summary>
    public long Number { get; init; }
}
