using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace ActorReplication.Cluster.Wire;

/// <summary>Stands where Akka's default serializer (JSON with type names from the wire) would be: refuses to write and to read anything.
/// A message that ends here has no codec, which is a defect; bytes that end here are not from a node of ours. Thread-safe.</summary>
public sealed class RefusingSerializer : SerializerWithStringManifest
{
    /// <summary>That of the JSON serializer, so that bytes marked as JSON come here.</summary>
    public const int Id = 1;

    public RefusingSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <summary>Akka calls this one where <c>serialization-settings</c> has a section for the name that it replaces.</summary>
    public RefusingSerializer(ExtendedActorSystem system, Config settings)
        : this(system) => _ = settings;

    public override int Identifier => Id;

    public override string Manifest(object o) => throw Refused($"{o.GetType()} has no serializer");

    public override byte[] ToBinary(object obj) => throw Refused($"{obj.GetType()} has no serializer");

    public override object FromBinary(byte[] bytes, string manifest) => throw Refused($"bytes for '{manifest}' need a serializer that is switched off");

    private static SerializationException Refused(string what) =>
        new($"Refused: {what}. Only the types of the wire formats travel between nodes; there is no default serializer.");
}
