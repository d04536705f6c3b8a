using System.Globalization;
using System.Text;

namespace ActorReplication.Storage.Engine;

internal sealed unsafe partial class Connection
{
    private sealed record Filled(string Columns, string? Version);

    private readonly Dictionary<(string Schema, string Name), Filled> filled = [];

    /// <summary>Makes the tables that a statement needs in this connection's memory, with the rows they have now. Null, or why it could not.</summary>
    internal SqlFailure? FillAuxiliary(IReadOnlyList<AuxiliaryTable> tables)
    {
        foreach (var table in tables)
        {
            filled.TryGetValue((table.Schema, table.Name), out var held);
            if (held is not null && table.Version is not null && held.Version == table.Version)
                continue;
            if (!AuxiliarySchemas.Contains(table.Schema))
                return new SqlFailure(1, $"there is no auxiliary schema {table.Schema}", Kind: FailureKind.Refused);
            Fill(table, held);
        }
        return null;
    }

    /// <summary>After a rollback that may have taken them back.</summary>
    internal void ForgetAuxiliary() => filled.Clear();

    private void Fill(AuxiliaryTable table, Filled? held)
    {
        var name = $"{Quote(table.Schema)}.{Quote(table.Name)}";
        var columns = string.Join(", ", table.Columns);
        filled.Remove((table.Schema, table.Name));
        if (held?.Columns == columns)
        {
            RunInternal($"DELETE FROM {name}");
        }
        else
        {
            RunInternal($"DROP TABLE IF EXISTS {name}");
            RunInternal($"CREATE TABLE {name} ({columns})");
        }
        var insert = PrepareInternal($"INSERT INTO {name} VALUES ({string.Join(", ", Enumerable.Range(1, table.Columns.Count).Select(n => $"?{n}"))})");
        try
        {
            foreach (var row in table.Rows())
            {
                for (var i = 0; i < row.Length; i++)
                    BindObject(insert, i + 1, row[i]);
                StepInternal(insert);
            }
        }
        finally
        {
            insert.FinalizeHandle();
        }
        filled[(table.Schema, table.Name)] = new Filled(columns, table.Version);
    }

    private static void BindObject(IParameterBinder binder, int number, object? value)
    {
        switch (value)
        {
            case null:
                binder.Null(number);
                break;
            case bool flag:
                binder.Int64(number, flag ? 1 : 0);
                break;
            case double or float:
                binder.Double(number, Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case byte[] bytes:
                binder.Blob(number, bytes);
                break;
            case sbyte or byte or short or ushort or int or uint or long:
                binder.Int64(number, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            default:
                binder.Text(number, Encoding.UTF8.GetBytes(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
                break;
        }
    }

    internal static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
