using System.Globalization;
using ActorReplication.Cluster;
using ActorReplication.Core;

namespace ActorReplication.Node.Configuration;

/// <summary>Reads written values. Each returns null when the text is not such a value.</summary>
internal static class ConfigValue
{
    private static readonly (string Unit, long Milliseconds)[] Durations =
        [("milliseconds", 1), ("ms", 1), ("seconds", 1000), ("second", 1000), ("s", 1000), ("minutes", 60_000), ("minute", 60_000), ("m", 60_000), ("hours", 3_600_000), ("h", 3_600_000)];

    private static readonly (string Unit, long Bytes)[] Sizes =
        [("kib", 1L << 10), ("mib", 1L << 20), ("gib", 1L << 30), ("kb", 1000), ("mb", 1_000_000), ("gb", 1_000_000_000), ("k", 1L << 10), ("m", 1L << 20), ("g", 1L << 30), ("b", 1)];

    public static long? Milliseconds(string text) => WithUnit(text, Durations);

    public static long? Bytes(string text) => WithUnit(text.ToLowerInvariant(), Sizes);

    public static long? Count(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    public static bool? Flag(string text) => text switch { "true" or "on" or "yes" => true, "false" or "off" or "no" => false, _ => null };

    /// <summary>"name@host:port".</summary>
    public static NodeAddress? Peer(string text)
    {
        var at = text.IndexOf('@');
        var colon = text.LastIndexOf(':');
        if (at <= 0 || colon <= at + 1 || !IsName(text[..at])) return null;
        return Count(text[(colon + 1)..]) is >= 1 and <= 65535 and var port ? new NodeAddress(new NodeId(text[..at]), text[(at + 1)..colon], (int)port) : null;
    }

    /// <summary>Names go into file names, SQL texts and URLs: letters, digits, dash, underscore and dot, at most 63.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 63 && text[0] != '.' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static long? WithUnit(string text, (string Unit, long Factor)[] units)
    {
        var trimmed = text.Trim();
        var digits = trimmed.TakeWhile(char.IsAsciiDigit).Count();
        if (digits == 0 || Count(trimmed[..digits]) is not { } number) return null;
        var unit = trimmed[digits..].Trim();
        if (unit.Length == 0) return number;
        foreach (var (name, factor) in units) if (name == unit) return number > long.MaxValue / factor ? null : number * factor;
        return null;
    }
}
