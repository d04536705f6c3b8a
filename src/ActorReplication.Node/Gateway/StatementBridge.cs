using System.Runtime.CompilerServices;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Gateway;

/// <summary>One statement of the front end, as the engine takes it: parameters, rows and catalog tables pass through without being
/// copied. One object for each statement under way, none for a row.</summary>
internal sealed class StatementBridge : IParameterSource, IRowConsumer, IResultRow
{
    private static readonly ConditionalWeakTable<IReadOnlyList<CatalogTable>, IReadOnlyList<AuxiliaryTable>> Auxiliaries = [];
    private readonly StatementCall _statement;
    private IRowReader? _row;

    private StatementBridge(StatementCall statement) => _statement = statement;

    public static SqlCall ToCall(StatementCall statement)
    {
        var needsBridge = statement.Sink is not null || statement.Parameters.Length > 0;
        var bridge = needsBridge ? new StatementBridge(statement) : null;
        return new SqlCall(
            statement.Sql,
            statement.Parameters.Length > 0 ? bridge : null,
            statement.Sink is not null ? bridge : null,
            statement.Catalog is { Count: > 0 } catalog ? Auxiliaries.GetValue(catalog, ToAuxiliary) : null)
        {
            MaxRows = statement.MaxRows,
            Lock = statement.Lock is { } rows ? new RowLockRequest(rows.Tables, rows.Shares ? RowLockMode.Share : RowLockMode.Update, (LockWait)rows.Wait, rows.HasLimits) : null,
        };
    }

    void IParameterSource.Bind(IParameterBinder binder)
    {
        var values = _statement.Parameters.Span;
        for (var i = 0; i < values.Length; i++)
        {
            ref readonly var value = ref values[i];
            switch (value.Kind)
            {
                case SqlKind.Int64: binder.Int64(i + 1, value.Int64); break;
                case SqlKind.Double: binder.Double(i + 1, value.Double); break;
                case SqlKind.Text: binder.Text(i + 1, value.Bytes.Span); break;
                case SqlKind.Blob: binder.Blob(i + 1, value.Bytes.Span); break;
                default: binder.Null(i + 1); break;
            }
        }
    }

    void IRowConsumer.Start(IRowReader columns)
    {
        _row = columns;
        _statement.Sink!.Start(this);
    }

    void IRowConsumer.Row(IRowReader row)
    {
        _row = row;
        _statement.Sink!.Row(this);
    }

    int IResultRow.Count => _row!.Count;
    string IResultRow.Name(int column) => _row!.Name(column);
    string? IResultRow.DeclaredType(int column) => _row!.DeclaredType(column);
    SqlKind IResultRow.Kind(int column) => (SqlKind)_row!.Kind(column);
    long IResultRow.Int64(int column) => _row!.Int64(column);
    double IResultRow.Double(int column) => _row!.Double(column);
    ReadOnlySpan<byte> IResultRow.Text(int column) => _row!.Text(column);
    ReadOnlySpan<byte> IResultRow.Blob(int column) => _row!.Blob(column);

    private static IReadOnlyList<AuxiliaryTable> ToAuxiliary(IReadOnlyList<CatalogTable> catalog) =>
        [.. catalog.Select(t => new AuxiliaryTable(t.Schema, t.Name, t.Columns, t.Version, t.Rows))];
}
