using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Serialization;
using ActorReplication.Cluster.Wire;

namespace ActorReplication.MultiNode.Tests.Wire;

/// <summary>What may come in from the network, asked of an actor system's own serialization.</summary>
public sealed class ClosedSerializers : IDisposable
{
    private readonly ExtendedActorSystem system = WireSystem.Start("closed");
    private readonly Serialization serialization;

    public ClosedSerializers() => serialization = system.Serialization;

    public void Dispose() => system.Dispose();

    public static TheoryData<int> Controls => [.. Enumerable.Range(0, Samples.Controls.Count)];

    [Theory]
    [MemberData(nameof(Controls))]
    public void Control_message_comes_back_the_same(int sample)
    {
        var message = Samples.Controls[sample];
        var serializer = Assert.IsType<ControlSerializer>(serialization.FindSerializerFor(message));

        var bytes = serializer.ToBinary(message);

        Assert.Equal(Structure.Of(message), Structure.Of(serialization.Deserialize(bytes, ControlSerializer.Id, serializer.Manifest(message))));
        Assert.DoesNotContain("ActorReplication", AsText(bytes));
    }

    [Theory]
    [MemberData(nameof(Controls))]
    public void Truncated_control_message_is_refused(int sample)
    {
        var bytes = Control.ToBinary(Samples.Controls[sample]);

        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<WireFormatException>(() => Control.FromBinary(bytes[..length], "1"));
    }

    [Fact]
    public void Control_message_with_nothing_in_the_place_of_a_member_is_refused()
    {
        Assert.Contains("Incarnation", Assert.Throws<WireFormatException>(() => Control.FromBinary(Control.ToBinary(new Announcement("d", null!, new byte[16], "", "")), "1")).Message, StringComparison.Ordinal);
        Assert.Throws<WireFormatException>(() => Control.FromBinary(Control.ToBinary(new SnapshotRequest(null!, new byte[16], [])), "1"));
    }

    [Fact]
    public void Random_control_bytes_never_do_more_than_be_refused()
    {
        var random = new Random(7302);
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = new byte[random.Next(1, 80)];
            random.NextBytes(bytes);
            try
            {
                Control.FromBinary(bytes, "1");
            }
            catch (WireFormatException)
            {
                // The only way in which bad bytes may end.
            }
        }
    }

    [Fact]
    public void Forged_length_in_a_control_message_allocates_nothing_of_its_size()
    {
        var bytes = Control.ToBinary(new SnapshotProgress("b", new byte[0x1234], 1, ""));
        var length = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x34, 0x12, 0, 0]);
        bytes[length + 2] = 0xff;
        bytes[length + 3] = 0x70;

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<WireFormatException>(() => Control.FromBinary(bytes, "1"));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Theory]
    [InlineData(typeof(Gadget))]
    [InlineData(typeof(List<string>))]
    [InlineData(typeof(Exception))]
    [InlineData(typeof(Uri))]
    public void Type_that_is_not_on_the_closed_list_is_refused_before_it_is_made(Type type)
    {
        var open = new Hyperion.Serializer(new Hyperion.SerializerOptions(false, false, null, null, null, true, null, false, Hyperion.DisabledTypeFilter.Instance));
        using var stream = new MemoryStream();
        object value = type == typeof(Uri) ? new Uri("http://localhost") : Activator.CreateInstance(type)!;
        open.Serialize(value, stream);
        Gadget.Made = 0;

        Assert.Throws<WireFormatException>(() => Control.FromBinary(stream.ToArray(), "1"));

        Assert.Equal(0, Gadget.Made);
    }

    [Fact]
    public void Type_that_is_not_on_the_closed_list_is_refused_in_the_sender() =>
        Assert.Throws<ArgumentException>(() => Control.ToBinary(new Gadget()));

    [Fact]
    public void Json_with_a_type_name_is_refused()
    {
        var json = System.Text.Encoding.UTF8.GetBytes($$"""{"$type":"{{typeof(Gadget).AssemblyQualifiedName}}"}""");
        Gadget.Made = 0;

        Assert.Throws<SerializationException>(() => serialization.Deserialize(json, 1, typeof(Gadget).AssemblyQualifiedName));

        Assert.Equal(0, Gadget.Made);
    }

    [Fact]
    public void Message_without_a_codec_is_refused_in_the_sender() =>
        Assert.Throws<SerializationException>(() => serialization.Serialize(new Gadget()));

    [Theory]
    [InlineData("STF")]
    [InlineData("PP")]
    [InlineData("K")]
    [InlineData("CF")]
    [InlineData("RORRC")]
    public void Remote_message_that_nodes_do_not_use_is_refused(string manifest) =>
        Assert.Contains("Refused", Assert.Throws<SerializationException>(() => serialization.Deserialize([], 16, manifest)).Message);

    [Theory]
    [InlineData(typeof(Create))]
    [InlineData(typeof(Failed))]
    [InlineData(typeof(Terminate))]
    [InlineData(typeof(Recreate))]
    public void System_message_that_nodes_do_not_use_is_refused(Type type) =>
        Assert.Contains("Refused", Assert.Throws<SerializationException>(() => serialization.Deserialize([], 22, type.AssemblyQualifiedName)).Message);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Remote_deployment_and_types_named_on_the_wire_are_refused(int serializer) =>
        Assert.ThrowsAny<SerializationException>(() => serialization.Deserialize([], serializer, typeof(Gadget).AssemblyQualifiedName));

    [Fact]
    public void Unknown_manifest_of_the_log_is_refused() =>
        Assert.Throws<WireFormatException>(() => serialization.Deserialize([1, 1], LogSerializer.Id, "X"));

    private SerializerWithStringManifest Control => (SerializerWithStringManifest)serialization.FindSerializerForType(typeof(ControlReply));

    private static string AsText(byte[] bytes) => System.Text.Encoding.Latin1.GetString(bytes);

    public sealed class Gadget
    {
        public static int Made;

        public Gadget() => Made++;
    }
}
