using ActorReplication.Cluster.Wire;

namespace ActorReplication.MultiNode.Tests.Wire;

/// <summary>One sample in its encoded form, with the way back.</summary>
internal sealed record Encoding(string Name, object Value, byte[] Bytes, Func<ReadOnlyMemory<byte>, object> Decode);

internal static class Encodings
{
    /// <summary>Every sample, encoded in every format that is written; those of the newest have its number in their names.</summary>
    public static IReadOnlyList<Encoding> All { get; } = [.. Of(2, ""), .. Of(3, "v3-")];

    private static IEnumerable<Encoding> Of(byte format, string prefix)
    {
        foreach (var m in Samples.Messages) yield return new($"{prefix}envelope-{m.Key}", Samples.Envelope(m.Value), LogCodec.Encode(Samples.Envelope(m.Value), format), LogCodec.DecodeEnvelope);
        foreach (var e in Samples.Events) yield return new($"{prefix}event-{e.Key}", e.Value, LogCodec.EncodeEvent(e.Value, format), LogCodec.DecodeEvent);
        foreach (var c in Samples.Changes) yield return new($"{prefix}change-{c.Key}", c.Value, LogCodec.EncodeChange(c.Value, format), LogCodec.DecodeChange);
        yield return new($"{prefix}config", Samples.Config, LogCodec.EncodeConfig(Samples.Config, format), LogCodec.DecodeConfig);
        yield return new($"{prefix}config-settings", Samples.SettingsConfig, LogCodec.EncodeConfig(Samples.SettingsConfig, format), LogCodec.DecodeConfig);
        yield return new($"{prefix}config-detailed", Samples.DetailedConfig, LogCodec.EncodeConfig(Samples.DetailedConfig, format), LogCodec.DecodeConfig);
        yield return new($"{prefix}config-empty", Samples.EmptyConfig, LogCodec.EncodeConfig(Samples.EmptyConfig, format), LogCodec.DecodeConfig);
        yield return new($"{prefix}fragment", Samples.Fragment, LogCodec.Encode(Samples.Fragment, format), LogCodec.DecodeFragment);
        yield return new($"{prefix}fragment-ack", Samples.FragmentAck, LogCodec.Encode(Samples.FragmentAck, format), LogCodec.DecodeFragmentAck);
        yield return new($"{prefix}snapshot-chunk", Samples.Chunk, LogCodec.Encode(Samples.Chunk, format), LogCodec.DecodeSnapshotChunk);
    }

    public static TheoryData<string> Names => [.. All.Select(e => e.Name)];

    public static Encoding Named(string name) => All.Single(e => e.Name == name);
}
