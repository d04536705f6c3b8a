using ActorReplication.Cluster;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Hosting;

internal static class ReplicaNode
{
    public static Task<IReplicaNode> StartAsync(ReplicaNodeOptions options, ILoggerFactory logging, CancellationToken cancellation) =>
        throw new ExitException(ExitCodes.Fatal, $"{options.Name} has no replica in this build");
}

internal enum StartFailure { Configuration, DataFolder, PortInUse }

internal sealed class NodeStartException(StartFailure failure, string message) : Exception(message)
{
    public StartFailure Failure { get; } = failure;
}
