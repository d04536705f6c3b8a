using Akka.Actor;
using Akka.Configuration;
using ActorReplication.Cluster.Wire;

namespace ActorReplication.MultiNode.Tests.Wire;

/// <summary>Actor systems that have the wire configuration and nothing else of a node.</summary>
internal static class WireSystem
{
    private const string Remote =
        """
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = 0
        """;

    public static ExtendedActorSystem Start(string name) =>
        (ExtendedActorSystem)ActorSystem.Create(name, ConfigurationFactory.ParseString(WireConfig.Hocon).WithFallback(ConfigurationFactory.ParseString(Remote)));
}
