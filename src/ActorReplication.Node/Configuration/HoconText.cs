using System.Globalization;
using System.Text;
using Akka.Configuration.Hocon;

namespace ActorReplication.Node.Configuration;

/// <summary>A parsed value as HOCON again. (Akka's own <c>ToString</c> puts quotes around what has quotes in it, and does not escape those.)</summary>
internal static class HoconText
{
    public static string Of(HoconValue value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c)) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }

    private static void Append(StringBuilder text, HoconValue value)
    {
        if (value.IsObject())
        {
            text.Append("{\n");
            foreach (var (key, child) in value.GetObject().Items)
            {
                if (child.Values.Count == 0) continue;
                text.Append(Quote(key)).Append(" : ");
                Append(text, child);
                text.Append('\n');
            }
            text.Append('}');
        }
        else if (value.IsArray())
        {
            var items = value.GetArray();
            text.Append('[');
            for (var i = 0; i < items.Count; i++)
            {
                if (i > 0) text.Append(", ");
                Append(text, items[i]);
            }
            text.Append(']');
        }
        else text.Append(value.GetString() is { } single ? Quote(single) : "null");
    }
}
