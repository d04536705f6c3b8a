using System.Text;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session.Copy;

/// <summary>The INSERT statements that a COPY FROM runs: of any number of rows, made when first used.</summary>
internal sealed class CopyInserts(SessionContext session, StatementExecutor executor, Planner planner, string table, IReadOnlyList<string> columns)
{
    private static readonly uint[] NoTypes = [];

    private readonly Dictionary<int, (SharedStatement Statement, Plan Plan)> _byRows = [];

    /// <summary>Inserts <paramref name="rows"/> rows, in the transaction that is open or is opened for them; how many came in (a trigger may drop some).</summary>
    /// <param name="values">Row by row; not used any more afterwards.</param>
    public async ValueTask<long> RunAsync(int rows, ReadOnlyMemory<SqlValue> values)
    {
        var (statement, plan) = await PlanAsync(rows).ConfigureAwait(false);
        var portal = new Portal("", new PreparedStatement("", statement, NoTypes) { Plan = plan }, plan, values.ToArray(), []);
        return (await executor.RunInsideAsync(portal, null).ConfigureAwait(false)).AffectedRows;
    }

    public async ValueTask<(SharedStatement Statement, Plan Plan)> PlanAsync(int rows)
    {
        if (_byRows.TryGetValue(rows, out var known) && planner.IsFresh(known.Plan)) return known;
        var text = Encoding.UTF8.GetBytes(Text(rows));
        var statement = session.Server.Cache.Get(text, text.Length)[0];
        var plan = await planner.PlanAsync(statement, NoTypes).ConfigureAwait(false);
        return _byRows[rows] = (statement, plan);
    }

    private string Text(int rows)
    {
        if (columns.Count == 0) return $"INSERT INTO {Name(table)} DEFAULT VALUES";
        var text = new StringBuilder($"INSERT INTO {Name(table)} ({string.Join(", ", columns.Select(Name))}) OVERRIDING SYSTEM VALUE VALUES ");
        for (var row = 0; row < rows; row++)
        {
            text.Append(row == 0 ? "(" : ", (");
            for (var i = 0; i < columns.Count; i++) text.Append(i == 0 ? "$" : ", $").Append(row * columns.Count + i + 1);
            text.Append(')');
        }
        return text.ToString();
    }

    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
