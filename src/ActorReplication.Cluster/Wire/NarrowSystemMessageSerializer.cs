using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Remote.Serialization;
using Akka.Serialization;

namespace ActorReplication.Cluster.Wire;

/// <summary>Akka.Remote's serializer for system messages, cut down to death watch. Left out: what supervises or stops a remote child
/// (nodes deploy no actors to each other), some of which build an exception from a type name in the bytes. Thread-safe.</summary>
public sealed class NarrowSystemMessageSerializer(ExtendedActorSystem system) : Serializer(system)
{
    private readonly SystemMessageSerializer whole = new(system);

    /// <summary>That of the serializer it stands for.</summary>
    public override int Identifier => whole.Identifier;

    public override bool IncludeManifest => true;

    public override byte[] ToBinary(object obj)
    {
        Require(obj.GetType());
        return whole.ToBinary(obj);
    }

    public override object FromBinary(byte[] bytes, Type type)
    {
        Require(type);
        return whole.FromBinary(bytes, type);
    }

    private static void Require(Type? type)
    {
        if (type != typeof(Watch) && type != typeof(Unwatch) && type != typeof(DeathWatchNotification))
            throw new SerializationException($"Refused: the system message {type?.FullName ?? "without a type"} does not travel between nodes.");
    }
}
