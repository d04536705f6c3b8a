namespace ActorReplication.Postgres.Dialect.Lexing;

/// <summary>Turns an offset in UTF-16 units into what PostgreSQL reports: a character's number from 1.</summary>
internal static class TextPosition
{
    public static int Of(string text, int offset)
    {
        var end = Math.Clamp(offset, 0, text.Length);
        var position = end + 1;
        for (var i = 0; i < end; i++)
            if (char.IsLowSurrogate(text[i])) position--;
        return position;
    }
}
