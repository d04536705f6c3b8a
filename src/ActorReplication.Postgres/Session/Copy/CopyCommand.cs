using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;

namespace ActorReplication.Postgres.Session.Copy;

/// <summary>Carries out COPY: all of COPY TO, and the beginning of COPY FROM, which <see cref="CopyIn"/> then goes on with.</summary>
internal sealed class CopyCommand(SessionContext session, StatementExecutor executor, Planner planner)
{
    private static readonly uint[] NoTypes = [];

    public async ValueTask RunAsync(ControlStatement.Copy copy)
    {
        await executor.DrainAsync().ConfigureAwait(false);
        var table = copy.Table is null || IsOfCatalog(copy) ? null : await FindAsync(copy).ConfigureAwait(false);
        if (copy.IsIn) await BeginInAsync(copy, table).ConfigureAwait(false);
        else await RunOutAsync(copy, table).ConfigureAwait(false);
    }

    /// <summary>CopyDone.</summary>
    public async ValueTask EndInAsync(CopyIn copy)
    {
        var rows = await copy.EndAsync().ConfigureAwait(false);
        session.Copy = null;
        if (session.Transaction.Status == BlockStatus.Idle) executor.Uncertain ??= session.Output.Length;
        session.Output.CommandComplete("COPY", rows, insert: false);
    }

    private async ValueTask BeginInAsync(ControlStatement.Copy copy, TableInfo? table)
    {
        if (table is null) throw new PgException(SqlStates.InsufficientPrivilege, $"permission denied: \"{copy.Table}\" is a system catalog");
        if (table.IsView) throw new PgException(SqlStates.WrongObjectType, $"cannot copy to view \"{table.Name}\"");
        var columns = Columns(copy, table);
        var inserts = new CopyInserts(session, executor, planner, table.Name, columns);
        var (_, plan) = await inserts.PlanAsync(1).ConfigureAwait(false);
        executor.RequireWritable(plan.Translation);
        var types = Array.ConvertAll(plan.ParameterTypes, Types.PgTypes.Find);
        var layout = new CopyLayout(table.Name, columns, types, Array.ConvertAll(types, _ => -1), copy.Options);
        session.Copy = new CopyIn(session, inserts, layout);
        session.Output.CopyResponse((byte)'G', layout.IsBinary, columns.Count);
    }

    private async ValueTask RunOutAsync(ControlStatement.Copy copy, TableInfo? table)
    {
        if (table is { IsView: true })
            throw new PgException(new PgError(SqlStates.WrongObjectType, $"cannot copy from view \"{table.Name}\"") { Hint = "Try the COPY (SELECT ...) TO variant." });
        var statement = copy.Query is { } query ? StatementCache.Wrap(query) : Select(copy, table);
        var plan = await planner.PlanAsync(statement, NoTypes).ConfigureAwait(false);
        if (plan.ParameterTypes.Length > 0) throw new PgException("42P02", "there is no parameter $1");
        StatementExecutor.RequireRowsOnly(plan.Translation);
        if (plan.Shape is not { } shape || plan.Translation.Sql is null) throw new PgException(SqlStates.FeatureNotSupported, "COPY of this query is not supported");
        var layout = new CopyLayout(table?.Name ?? copy.Table ?? "query", [.. shape.Columns.Select(column => column.Name)], shape.Types, shape.Modifiers, copy.Options);
        var portal = new Portal("", new PreparedStatement("", statement, NoTypes) { Plan = plan }, plan, [], []);
        var output = session.Output;
        var start = output.Length;
        var streams = executor.CanStream(plan.Translation);
        output.CopyResponse((byte)'H', layout.IsBinary, shape.Types.Length);
        using var sink = new CopyOut(layout, shape.FirstColumn, session.Settings.Format, output, streams ? session.Connection : null, session.Server.Options.Limits);
        try
        {
            await executor.RunInsideAsync(portal, sink).ConfigureAwait(false);
        }
        catch (PgException) when (!streams)
        {
            output.Truncate(start);
            throw;
        }
        sink.End();
        output.CommandComplete("COPY", sink.Rows, insert: false);
    }

    private SharedStatement Select(ControlStatement.Copy copy, TableInfo? table)
    {
        var names = table is null ? copy.Columns : Columns(copy, table);
        var list = names.Count == 0 ? "*" : string.Join(", ", names.Select(CopyInserts.Name));
        var schema = copy.Schema is null ? "" : CopyInserts.Name(copy.Schema) + ".";
        return StatementCache.Wrap(session.Server.Translator.Parse($"SELECT {list} FROM {schema}{CopyInserts.Name(copy.Table!)}")[0]);
    }

    private static List<string> Columns(ControlStatement.Copy copy, TableInfo table)
    {
        if (copy.Columns.Count == 0) return [.. table.Columns.Where(column => !column.Generated).Select(column => column.Name)];
        var columns = new List<string>();
        foreach (var name in copy.Columns)
        {
            if (table.Columns.FirstOrDefault(column => column.Name == name) is not { } column) throw new PgException(SqlStates.UndefinedColumn, $"column \"{name}\" of relation \"{table.Name}\" does not exist");
            if (column.Generated) throw new PgException(new PgError(SqlStates.InvalidColumnReference, $"column \"{name}\" is a generated column") { Detail = "Generated columns cannot be used in COPY." });
            if (columns.Contains(name)) throw new PgException(SqlStates.DuplicateColumn, $"column \"{name}\" specified more than once");
            columns.Add(name);
        }
        return columns;
    }

    private async ValueTask<TableInfo> FindAsync(ControlStatement.Copy copy)
    {
        var schema = await planner.SchemaAsync().ConfigureAwait(false);
        if (copy.Schema is null or "public" && schema.Find(copy.Table!) is { } table) return table;
        throw new PgException(SqlStates.UndefinedTable, $"relation \"{(copy.Schema is null ? "" : copy.Schema + ".")}{copy.Table}\" does not exist");
    }

    private static bool IsOfCatalog(ControlStatement.Copy copy) => copy.Schema is "pg_catalog" or "information_schema" || copy.Schema is null && copy.Table!.StartsWith("pg_", StringComparison.Ordinal);
}
