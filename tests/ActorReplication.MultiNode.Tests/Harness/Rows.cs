using System.Text;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>Collects a result as texts; NULL is the word.</summary>
internal sealed class Rows : IRowConsumer
{
    public List<string[]> All { get; } = [];

    public void Start(IRowReader columns)
    {
    }

    public void Row(IRowReader row)
    {
        var values = new string[row.Count];
        for (var column = 0; column < values.Length; column++)
            values[column] = row.Kind(column) == ValueKind.Null ? "NULL" : Encoding.UTF8.GetString(row.Text(column));
        All.Add(values);
    }
}

/// <summary>Binds integers and texts in order.</summary>
internal sealed class Values(params object[] values) : IParameterSource
{
    public void Bind(IParameterBinder binder)
    {
        for (var i = 0; i < values.Length; i++)
        {
            switch (values[i])
            {
                case string text:
                    binder.Text(i + 1, Encoding.UTF8.GetBytes(text));
                    break;
                case byte[] bytes:
                    binder.Blob(i + 1, bytes);
                    break;
                default:
                    binder.Int64(i + 1, Convert.ToInt64(values[i]));
                    break;
            }
        }
    }
}
