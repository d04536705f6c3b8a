namespace ActorReplication.Postgres.Gateway;

/// <summary>What NOTIFY says, for the sessions of all nodes that listen.</summary>
/// <param name="Payload">Empty: none; less than 8000 bytes in UTF-8.</param>
/// <param name="ProcessId">The session's, as clients are told.</param>
/// <param name="Sender">The session among all of the cluster: a random number.</param>
public sealed record Notification(string Channel, string Payload, int ProcessId, long Sender);
