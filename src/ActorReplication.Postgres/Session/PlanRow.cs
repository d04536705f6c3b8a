using System.Text;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session;

/// <summary>A step of the engine's query plan (id, parent, unused, detail), its detail indented by how deep it stands.</summary>
internal sealed class PlanRow : IResultRow
{
    public const int DetailColumn = 3;
    private const int ParentColumn = 1;

    private readonly Dictionary<long, int> _depths = new() { [0] = -1 };
    private byte[] _detail = [];
    private IResultRow _row = null!;

    public PlanRow Of(IResultRow row)
    {
        // SQLite gives a step after the one above it.
        var depth = _depths.GetValueOrDefault(row.Int64(ParentColumn), -1) + 1;
        _depths[row.Int64(0)] = depth;
        _detail = Encoding.UTF8.GetBytes((depth == 0 ? "" : new string(' ', 2 + 6 * (depth - 1)) + "->  ") + Encoding.UTF8.GetString(row.Text(DetailColumn)));
        _row = row;
        return this;
    }

    public int Count => _row.Count;
    public string Name(int column) => _row.Name(column);
    public string? DeclaredType(int column) => _row.DeclaredType(column);
    public SqlKind Kind(int column) => _row.Kind(column);
    public long Int64(int column) => _row.Int64(column);
    public double Double(int column) => _row.Double(column);
    public ReadOnlySpan<byte> Text(int column) => column == DetailColumn ? _detail : _row.Text(column);
    public ReadOnlySpan<byte> Blob(int column) => _row.Blob(column);
}
