namespace ActorReplication.Node.Tests.Histories;

/// <summary>What a client knows of something it asked for.</summary>
internal enum Outcome : byte
{
    Ok,

    /// <summary>Certainly not done, and never will be.</summary>
    Failed,

    /// <summary>Done, or not, or still to be done: a connection broke, a deadline passed, or the server said 40003.</summary>
    Unknown,
}

/// <summary>Something in a history that no correct server can have produced.</summary>
/// <param name="Kind">Its name in the literature: G1c, lost update, …</param>
internal sealed record Anomaly(string Kind, string What)
{
    public override string ToString() => $"{Kind}: {What}";
}
