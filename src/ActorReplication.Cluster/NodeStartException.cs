namespace ActorReplication.Cluster;

public enum StartFailure
{
    /// <summary>A setting makes no sense.</summary>
    Configuration,

    /// <summary>The data folder belongs to another node or cluster, is in use, is damaged, or has a newer format than this program can do.</summary>
    DataFolder,

    /// <summary>A port is taken.</summary>
    PortInUse,
}

/// <summary>The node cannot start. The message is one line that says what to do.</summary>
public sealed class NodeStartException(StartFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public StartFailure Failure { get; } = failure;
}
