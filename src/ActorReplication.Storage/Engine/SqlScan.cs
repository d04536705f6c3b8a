namespace ActorReplication.Storage.Engine;

/// <summary>The little that is looked for in SQL text itself. Reads tokens, so that nothing inside a literal, a quoted name or a comment counts.</summary>
internal static class SqlScan
{
    /// <summary>Nothing but white space, comments and semicolons.</summary>
    internal static bool IsBlank(ReadOnlySpan<byte> sql)
    {
        while (Next(ref sql, out var token))
        {
            if (token is not [(byte)';'])
                return false;
        }
        return true;
    }

    internal static bool StartsWith(ReadOnlySpan<byte> sql, ReadOnlySpan<byte> keyword) => Next(ref sql, out var token) && Is(token, keyword);

    /// <summary>Conflict clauses that would end the whole batch (ROLLBACK) or keep half a statement (FAIL); the reason to refuse, or null.</summary>
    internal static string? FindForbidden(ReadOnlySpan<byte> sql)
    {
        // Neither word can be there without this letter pair; most statements end here.
        if (!MayHold(sql, "ROLLBACK"u8) && !MayHold(sql, "FAIL"u8))
            return null;
        ReadOnlySpan<byte> beforePrevious = default, previous = default;
        while (Next(ref sql, out var token))
        {
            if (Is(token, "ROLLBACK"u8) || Is(token, "FAIL"u8))
            {
                var conflict = Is(previous, "OR"u8) && (Is(beforePrevious, "INSERT"u8) || Is(beforePrevious, "UPDATE"u8))
                    || Is(previous, "CONFLICT"u8) && Is(beforePrevious, "ON"u8)
                    || previous is [(byte)'('] && Is(beforePrevious, "RAISE"u8);
                if (conflict)
                {
                    return Is(token, "FAIL"u8)
                        ? "conflict resolution FAIL is not supported: a failing statement has no effect here; use ABORT"
                        : "conflict resolution ROLLBACK is not supported: a statement cannot end its transaction; use ABORT";
                }
            }
            beforePrevious = previous;
            previous = token;
        }
        return null;
    }

    private static bool MayHold(ReadOnlySpan<byte> sql, ReadOnlySpan<byte> word)
    {
        for (var rest = sql; ;)
        {
            var at = rest.IndexOfAny(word[0], (byte)(word[0] | 0x20));
            if (at < 0 || rest.Length - at < word.Length)
                return false;
            if (Is(rest.Slice(at, word.Length), word))
                return true;
            rest = rest[(at + 1)..];
        }
    }

    private static bool Is(ReadOnlySpan<byte> token, ReadOnlySpan<byte> keyword) =>
        token.Length == keyword.Length && System.Text.Ascii.EqualsIgnoreCase(token, keyword);

    /// <summary>Takes the next token: a word, a literal, or one character of anything else. A quoted name keeps its quotes.</summary>
    internal static bool Next(scoped ref ReadOnlySpan<byte> sql, out ReadOnlySpan<byte> token)
    {
        SkipBlank(ref sql);
        if (sql.IsEmpty || sql[0] == 0)
        {
            token = default;
            return false;
        }
        var length = sql[0] switch
        {
            (byte)'\'' or (byte)'"' or (byte)'`' => QuotedLength(sql, sql[0]),
            (byte)'[' => sql.IndexOf((byte)']') is var end and >= 0 ? end + 1 : sql.Length,
            _ => WordLength(sql),
        };
        token = sql[..length];
        sql = sql[length..];
        return true;
    }

    private static void SkipBlank(scoped ref ReadOnlySpan<byte> sql)
    {
        while (!sql.IsEmpty)
        {
            if (sql[0] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f')
                sql = sql[1..];
            else if (sql.StartsWith("--"u8))
                sql = sql.IndexOf((byte)'\n') is var end and >= 0 ? sql[(end + 1)..] : default;
            else if (sql.StartsWith("/*"u8))
                sql = sql[2..].IndexOf("*/"u8) is var end and >= 0 ? sql[(end + 4)..] : default;
            else
                return;
        }
    }

    private static int QuotedLength(ReadOnlySpan<byte> sql, byte quote)
    {
        for (var i = 1; i < sql.Length; i++)
        {
            if (sql[i] != quote)
                continue;
            if (i + 1 < sql.Length && sql[i + 1] == quote)
                i++;
            else
                return i + 1;
        }
        return sql.Length;
    }

    private static int WordLength(ReadOnlySpan<byte> sql)
    {
        var length = 0;
        while (length < sql.Length && (char.IsAsciiLetterOrDigit((char)sql[length]) || sql[length] is (byte)'_' or (byte)'$' or >= 0x80))
            length++;
        return Math.Max(1, length);
    }
}
