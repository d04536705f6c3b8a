using System.Text;
using System.Text.Json;
using ActorReplication.Cluster.Wire;

namespace ActorReplication.Cluster.Salvage;

/// <summary>A line of a salvage file: a JSON object whose last member is the CRC-32C of the line before and of all that precedes it in this one. So that nothing can be changed, left out,
/// put in or moved unnoticed by somebody who does not mean to deceive.</summary>
internal static class SalvageLine
{
    private const string Before = ",\"crc\":\"", After = "\"}";
    private const int DigestDigits = 8;
    private static readonly int SealLength = Before.Length + DigestDigits + After.Length;

    /// <param name="json">An object with at least one member.</param>
    /// <param name="chain">Of the line before; 0 for the first. Afterwards this line's.</param>
    public static string Seal(string json, ref uint chain)
    {
        var open = json[..^1];
        chain = Digest(open, chain);
        return $"{open}{Before}{chain:x8}{After}";
    }

    /// <summary>The line's object; null if it is not as it was written.</summary>
    public static JsonElement? Open(string line, ref uint chain)
    {
        if (line.Length <= SealLength || !line.EndsWith(After, StringComparison.Ordinal)) return null;
        var open = line[..^SealLength];
        var expected = Digest(open, chain);
        if (line[open.Length..] != $"{Before}{expected:x8}{After}") return null;
        chain = expected;
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static uint Digest(string open, uint chain) => Crc32C.Of(Encoding.UTF8.GetBytes($"{chain:x8}{open}"));
}
