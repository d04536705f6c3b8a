using System.Collections.Frozen;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Remote.Serialization;
using Akka.Serialization;

namespace ActorReplication.Cluster.Wire;

/// <summary>Akka.Remote's serializer for its small messages, cut down to those that a node of ours needs. Left out: <c>Status.Failure</c>, whose exception
/// is built from a type name in the bytes (any type with a serialization constructor); PoisonPill and Kill, which let a peer stop any actor;
/// routers, configuration and scopes, which serve remote deployment. Thread-safe.</summary>
public sealed class NarrowMiscSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Identify, ActorIdentity, an actor reference, the remote watcher's heartbeat and its answer, Status.Success.</summary>
    private static readonly FrozenSet<string> Allowed = new[] { "ID", "AID", "AR", "RWHB", "RWHR", "STS" }.ToFrozenSet(StringComparer.Ordinal);

    private readonly MiscMessageSerializer whole = new(system);

    /// <summary>That of the serializer it stands for.</summary>
    public override int Identifier => whole.Identifier;

    public override string Manifest(object o) => Require(whole.Manifest(o));

    public override byte[] ToBinary(object obj)
    {
        Require(whole.Manifest(obj));
        return whole.ToBinary(obj);
    }

    public override object FromBinary(byte[] bytes, string manifest) => whole.FromBinary(bytes, Require(manifest));

    private static string Require(string manifest) =>
        Allowed.Contains(manifest) ? manifest : throw new SerializationException($"Refused: the remote message '{manifest}' does not travel between nodes.");
}
