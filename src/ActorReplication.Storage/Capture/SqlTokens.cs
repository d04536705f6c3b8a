using System.Text;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>SQL text as tokens. Words and texts in upper case; quoted names as they stand, quotes included.</summary>
internal static class SqlTokens
{
    internal static List<string> Of(ReadOnlySpan<byte> sql)
    {
        var tokens = new List<string>();
        while (SqlScan.Next(ref sql, out var token))
        {
            var text = Encoding.UTF8.GetString(token);
            tokens.Add(text[0] is '"' or '`' or '[' ? text : text.ToUpperInvariant());
        }
        return tokens;
    }

    /// <summary>A name without its quotes.</summary>
    internal static string Name(string token) => token.Length >= 2 && token[0] is '"' or '`' ? token[1..^1].Replace(token[..1] + token[0], token[..1], StringComparison.Ordinal)
        : token.Length >= 2 && token[0] == '[' ? token[1..^1] : token;
}
