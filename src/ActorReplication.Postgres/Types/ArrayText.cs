using System.Text;
using System.Text.Json;
using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Types;

/// <summary>PostgreSQL's array literals: <c>{1,NULL,"a \"b\"",{…}}</c>.</summary>
internal static class ArrayText
{
    private const int MaxDimensions = 6;

    /// <param name="reader">On the array's first token.</param>
    public static void Write(ref Utf8JsonReader reader, PgType element, int typeModifier, OutputBuffer output, OutputBuffer scratch, ValueFormat format)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
        output.Byte((byte)'{');
        var first = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!first) output.Byte((byte)',');
            first = false;
            if (reader.TokenType == JsonTokenType.StartArray) { Write(ref reader, element, typeModifier, output, scratch, format); continue; }
            if (reader.TokenType == JsonTokenType.Null) { output.Bytes("NULL"u8); continue; }
            scratch.Clear();
            element.WriteText(ArrayJson.Value(ref reader, element.Name + "[]"), typeModifier, scratch, format);
            Quote(scratch.Written.Span, output);
        }
        output.Byte((byte)'}');
    }

    public static void Read(ReadOnlySpan<byte> text, string name, PgType element, ArrayJson json, ValueFormat format)
    {
        var position = SkipBlanks(text, 0);
        // Bounds other than the default, "[2:3]={…}", are read and dropped.
        if (position < text.Length && text[position] == (byte)'[')
        {
            var equals = text.IndexOf("={"u8);
            if (equals < 0) throw Malformed(text, "Missing \"=\" after array dimensions.");
            position = equals + 1;
        }
        if (position == text.Length || text[position] != (byte)'{') throw Malformed(text, "Array value must start with \"{\" or dimension information.");
        Level(text, ref position, 1, name, element, json, new ValueArena(), format);
        if (SkipBlanks(text, position) != text.Length) throw Malformed(text, "Junk after closing right brace.");
    }

    private static void Level(ReadOnlySpan<byte> text, ref int position, int depth, string name, PgType element, ArrayJson json, ValueArena scratch, ValueFormat format)
    {
        if (depth > MaxDimensions) throw new PgException(SqlStates.ProgramLimitExceeded, $"number of array dimensions ({depth}) exceeds the maximum allowed ({MaxDimensions})");
        json.Open();
        position = SkipBlanks(text, position + 1);
        if (position < text.Length && text[position] == (byte)'}')
        {
            position++;
            json.Close();
            return;
        }
        while (true)
        {
            position = SkipBlanks(text, position);
            if (position == text.Length) throw Malformed(text, "Unexpected end of input.");
            if (text[position] == (byte)'{') Level(text, ref position, depth + 1, name, element, json, scratch, format);
            else Item(text, ref position, element, json, scratch, format);
            position = SkipBlanks(text, position);
            if (position == text.Length) throw Malformed(text, "Unexpected end of input.");
            var delimiter = text[position++];
            if (delimiter == (byte)'}') break;
            if (delimiter != (byte)',') throw Malformed(text, "Unexpected array element.");
        }
        json.Close();
    }

    private static void Item(ReadOnlySpan<byte> text, ref int position, PgType element, ArrayJson json, ValueArena scratch, ValueFormat format)
    {
        var quoted = text[position] == (byte)'"';
        var item = new byte[text.Length - position];
        int length = 0, kept = 0;
        if (quoted) position++;
        while (true)
        {
            if (position == text.Length) throw Malformed(text, "Unexpected end of input.");
            var b = text[position];
            if (quoted ? b == (byte)'"' : b is (byte)',' or (byte)'}') break;
            if (!quoted && b is (byte)'{' or (byte)'"' && !quoted) throw Malformed(text, $"Unexpected \"{(char)b}\" character.");
            if (b == (byte)'\\')
            {
                if (++position == text.Length) throw Malformed(text, "Unexpected end of input.");
                b = text[position];
                kept = length + 1;
            }
            item[length++] = b;
            position++;
        }
        if (quoted) position++;
        else while (length > kept && item[length - 1] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r') length--;
        var value = item.AsSpan(0, length);
        if (!quoted && value.IsEmpty) throw Malformed(text, "Unexpected \",\" or \"}\" character.");
        if (!quoted && kept == 0 && Ascii.EqualsIgnoreCase(value, "null"u8)) json.Null();
        else json.Add(element, element.ReadText(value, scratch, format));
    }

    private static void Quote(ReadOnlySpan<byte> item, OutputBuffer output)
    {
        if (!item.IsEmpty && item.IndexOfAny("{}\",\\ \t\n\r\v\f"u8) < 0 && !Ascii.EqualsIgnoreCase(item, "null"u8)) { output.Bytes(item); return; }
        output.Byte((byte)'"');
        foreach (var b in item)
        {
            if (b is (byte)'"' or (byte)'\\') output.Byte((byte)'\\');
            output.Byte(b);
        }
        output.Byte((byte)'"');
    }

    private static int SkipBlanks(ReadOnlySpan<byte> text, int position)
    {
        while (position < text.Length && text[position] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\v' or (byte)'\f') position++;
        return position;
    }

    private static PgException Malformed(ReadOnlySpan<byte> text, string detail) => new(new PgError(SqlStates.InvalidTextRepresentation,
        $"malformed array literal: \"{Encoding.UTF8.GetString(text.Length <= 200 ? text : text[..200])}\"") { Detail = detail });
}
