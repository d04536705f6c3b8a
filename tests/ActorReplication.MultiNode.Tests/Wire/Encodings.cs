using ActorReplication.Cluster.Wire;

namespace ActorReplication.MultiNode.Tests.Wire;

/// <summary>One sample in its encoded form, with the way back.</summary>
internal sealed record Encoding(string Name, object Value, byte[] Bytes, Func<ReadOnlyMemory<byte>, object> Decode);

internal static class Encodings
{
    /// <summary>Every sample, encoded.</summary>
    public static IReadOnlyList<Encoding> All { get; } =
    [
        .. Samples.Messages.Select(m => new Encoding($"envelope-{m.Key}", Samples.Envelope(m.Value), LogCodec.Encode(Samples.Envelope(m.Value)), LogCodec.DecodeEnvelope)),
        .. Samples.Events.Select(e => new Encoding($"event-{e.Key}", e.Value, LogCodec.EncodeEvent(e.Value), LogCodec.DecodeEvent)),
        .. Samples.Changes.Select(c => new Encoding($"change-{c.Key}", c.Value, LogCodec.EncodeChange(c.Value), LogCodec.DecodeChange)),
        new("config", Samples.Config, LogCodec.EncodeConfig(Samples.Config), LogCodec.DecodeConfig),
        new("config-settings", Samples.SettingsConfig, LogCodec.EncodeConfig(Samples.SettingsConfig), LogCodec.DecodeConfig),
        new("config-detailed", Samples.DetailedConfig, LogCodec.EncodeConfig(Samples.DetailedConfig), LogCodec.DecodeConfig),
        new("config-empty", Samples.EmptyConfig, LogCodec.EncodeConfig(Samples.EmptyConfig), LogCodec.DecodeConfig),
        new("fragment", Samples.Fragment, LogCodec.Encode(Samples.Fragment), LogCodec.DecodeFragment),
        new("fragment-ack", Samples.FragmentAck, LogCodec.Encode(Samples.FragmentAck), LogCodec.DecodeFragmentAck),
        new("snapshot-chunk", Samples.Chunk, LogCodec.Encode(Samples.Chunk), LogCodec.DecodeSnapshotChunk),
    ];

    public static TheoryData<string> Names => [.. All.Select(e => e.Name)];

    public static Encoding Named(string name) => All.Single(e => e.Name == name);
}
