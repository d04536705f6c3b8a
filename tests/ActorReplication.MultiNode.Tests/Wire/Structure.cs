using System.Collections;
using System.Reflection;
using System.Text;

namespace ActorReplication.MultiNode.Tests.Wire;

/// <summary>Writes a value out by its stored properties, so that two can be compared by content where records compare lists by reference.</summary>
internal static class Structure
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string or Guid or bool or Enum or long or int:
                text.Append(value);
                break;
            case ReadOnlyMemory<byte> bytes:
                text.Append(Convert.ToHexString(bytes.Span));
                break;
            case byte[] bytes:
                text.Append(Convert.ToHexString(bytes));
                break;
            case IDictionary map:
                AppendAll(text, map.Keys);
                AppendAll(text, map.Values);
                break;
            case IEnumerable list:
                AppendAll(text, list);
                break;
            default:
                AppendProperties(text, value);
                break;
        }
    }

    private static void AppendAll(StringBuilder text, IEnumerable values)
    {
        text.Append('[');
        foreach (var value in values)
        {
            Append(text, value);
            text.Append(' ');
        }

        text.Append(']');
    }

    private static void AppendProperties(StringBuilder text, object value)
    {
        text.Append(value.GetType().Name).Append('{');
        foreach (var property in StoredProperties(value.GetType()))
        {
            text.Append(property.Name).Append('=');
            Append(text, property.GetValue(value));
            text.Append(' ');
        }

        text.Append('}');
    }

    /// <summary>Not the computed ones: an index's <c>Next</c> has a <c>Next</c>.</summary>
    private static IEnumerable<PropertyInfo> StoredProperties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).OrderBy(p => p.Name, StringComparer.Ordinal);
}
