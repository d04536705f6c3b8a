using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Reflection;
using Akka.Actor;
using Akka.Serialization;
using Hyperion;

namespace ActorReplication.Cluster.Wire;

/// <summary>Hyperion for the control messages and nothing else. Each type of the closed list travels as its number in it, so that no type name is
/// ever needed on the wire; one that stands there all the same is refused before it is looked up. Thread-safe.</summary>
public sealed class ControlSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public const int Id = 7302;

    /// <summary>The one manifest: format version 1. What follows says its own type.</summary>
    private const string Version = "1";

    /// <summary>The order is the format: a type keeps its place, new ones come after.</summary>
    internal static readonly IReadOnlyList<Type> KnownTypes =
    [
        typeof(ControlRequest),
        typeof(ControlReply),
        typeof(SnapshotRequest),
        typeof(SnapshotOffer),
        typeof(SnapshotProgress),
        typeof(SnapshotDone),
        typeof(PagesHeld),
        typeof(Announcement),
        typeof(AnnouncementReply),
        typeof(CancelSession),
    ];

    private static readonly FrozenDictionary<Type, PropertyInfo[]> Members =
        KnownTypes.ToFrozenDictionary(type => type, type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => !property.PropertyType.IsValueType).ToArray());

    private readonly Hyperion.Serializer hyperion = new(new SerializerOptions(
        versionTolerance: false,
        preserveObjectReferences: false,
        surrogates: null,
        serializerFactories: null,
        knownTypes: KnownTypes,
        ignoreISerializable: true,
        packageNameOverrides: null,
        disallowUnsafeTypes: true,
        typeFilter: new ClosedList()));

    public override int Identifier => Id;

    public override string Manifest(object o) => Version;

    public override byte[] ToBinary(object obj)
    {
        if (!KnownTypes.Contains(obj.GetType()))
            throw new ArgumentException($"{obj.GetType()} is not on the closed list of control messages.");
        using var stream = new MemoryStream();
        hyperion.Serialize(obj, stream);
        return stream.ToArray();
    }

    /// <exception cref="WireFormatException">Not a control message: another type, damaged, or with bytes left over.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (manifest != Version)
            throw new WireFormatException(0, $"manifest {Version}", $"'{manifest}'");
        using var stream = new DistrustfulStream(bytes);
        object value;
        try
        {
            value = hyperion.Deserialize<object>(stream);
        }
        // Hyperion has no exception of its own for bad bytes: whatever the reading runs into comes out as it is.
        catch (Exception bad) when (bad is not WireFormatException)
        {
            throw new WireFormatException((int)stream.Position, "a control message", bad.Message, bad);
        }

        if (value is not IControlMessage || !KnownTypes.Contains(value.GetType()))
            throw new WireFormatException(0, "a control message", value?.GetType().FullName ?? "nothing");
        // The records' types have no nulls, and nobody looks for any behind this point; Hyperion has.
        if (Array.Find(Members[value.GetType()], member => member.GetValue(value) is null) is { } missing)
            throw new WireFormatException(0, $"a {value.GetType().Name} with {missing.Name}", "one without");
        return stream.Position == bytes.Length
            ? value
            : throw new WireFormatException((int)stream.Position, "the end", $"{bytes.Length - stream.Position} more bytes");
    }

    /// <summary>Hyperion asks with the full assembly-qualified name when it writes; when it reads, only for a type named in the bytes,
    /// which a message of ours never does.</summary>
    private sealed class ClosedList : ITypeFilter
    {
        private readonly FrozenSet<string> names = KnownTypes.Select(type => type.AssemblyQualifiedName!).ToFrozenSet(StringComparer.Ordinal);

        public bool IsAllowed(string typeName) => names.Contains(typeName);
    }

    /// <summary>Hyperion allocates what a length in the bytes says before it looks for the content. It reads lengths four bytes at a time, and the 32-bit
    /// numbers of control messages are kinds and counts: none is larger than the message that holds it.</summary>
    private sealed class DistrustfulStream(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            var start = (int)Position;
            var read = base.Read(buffer, offset, count);
            if (read != sizeof(int))
                return read;
            var number = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(offset));
            return number >= 0 && number <= Length
                ? read
                : throw new WireFormatException(start, $"a length or a number from 0 to {Length}", $"{number}");
        }
    }
}
