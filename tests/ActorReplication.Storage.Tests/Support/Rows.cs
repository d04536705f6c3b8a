using System.Globalization;
using System.Text;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Tests.Support;

/// <summary>Collects a result as text: values joined by '|', NULL as "∅", blobs in hex.</summary>
internal sealed class Rows : IRowConsumer
{
    internal List<string> Lines { get; } = [];
    internal List<string> Columns { get; } = [];
    internal int Starts { get; private set; }

    public void Start(IRowReader columns)
    {
        Starts++;
        for (var i = 0; i < columns.Count; i++)
            Columns.Add(columns.Name(i));
    }

    public void Row(IRowReader row) => Lines.Add(string.Join('|', Enumerable.Range(0, row.Count).Select(i => Text(row, i))));

    private static string Text(IRowReader row, int column) => row.Kind(column) switch
    {
        ValueKind.Null => "∅",
        ValueKind.Int64 => row.Int64(column).ToString(CultureInfo.InvariantCulture),
        ValueKind.Double => row.Double(column).ToString("R", CultureInfo.InvariantCulture),
        ValueKind.Text => Encoding.UTF8.GetString(row.Text(column)),
        _ => "x" + Convert.ToHexStringLower(row.Blob(column)),
    };
}

/// <summary>Parameters from a list of objects.</summary>
internal sealed class Values(params object?[] values) : IParameterSource
{
    public void Bind(IParameterBinder binder)
    {
        for (var i = 0; i < values.Length; i++)
        {
            switch (values[i])
            {
                case null:
                    binder.Null(i + 1);
                    break;
                case double number:
                    binder.Double(i + 1, number);
                    break;
                case byte[] bytes:
                    binder.Blob(i + 1, bytes);
                    break;
                case string text:
                    binder.Text(i + 1, Encoding.UTF8.GetBytes(text));
                    break;
                case RawText raw:
                    binder.Text(i + 1, raw.Utf8);
                    break;
                default:
                    binder.Int64(i + 1, Convert.ToInt64(values[i], CultureInfo.InvariantCulture));
                    break;
            }
        }
    }
}

/// <summary>Text of any bytes, valid UTF-8 or not.</summary>
internal sealed record RawText(byte[] Utf8);
