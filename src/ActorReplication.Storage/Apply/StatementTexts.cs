using System.Text;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Apply;

/// <summary>The same few statement texts again and again: one string for each.</summary>
internal sealed class StatementTexts
{
    private const int Most = 512;
    private readonly Dictionary<ulong, (byte[] Utf8, string Text)> known = [];

    internal string Of(ReadOnlySpan<byte> utf8)
    {
        var hash = RowDigest.Hash(utf8, 1);
        if (known.TryGetValue(hash, out var found) && utf8.SequenceEqual(found.Utf8))
            return found.Text;
        var text = Encoding.UTF8.GetString(utf8);
        if (known.Count >= Most)
            known.Clear();
        known[hash] = (utf8.ToArray(), text);
        return text;
    }
}
