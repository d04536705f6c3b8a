using System.Globalization;

namespace ActorReplication.Postgres.Catalog;

/// <summary>A log index as PostgreSQL writes a WAL position: the upper and lower 32 bits in hexadecimal.</summary>
internal static class LsnText
{
    public static string Of(long index) => string.Create(CultureInfo.InvariantCulture, $"{(ulong)index >> 32:X}/{(uint)index:X}");

    public static long? Parse(string text)
    {
        var slash = text.IndexOf('/');
        if (slash < 1 || !uint.TryParse(text.AsSpan(0, slash), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var high)
            || !uint.TryParse(text.AsSpan(slash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var low)) return null;
        return ((long)high << 32) | low;
    }
}
