namespace ActorReplication.Postgres.Dialect;

/// <summary>Makes a <see cref="ISchemaView"/> from what a database says about itself. Sessions run the query, outside or inside a
/// transaction (to see its own DDL). Pure; thread-safe.</summary>
public interface ISchemaReader
{
    /// <summary>One read-only SQLite statement without parameters.</summary>
    string Sql { get; }

    /// <param name="rows">Its rows; values are null, <see cref="long"/>, <see cref="double"/>, <see cref="string"/> or <c>byte[]</c>.</param>
    ISchemaView Build(long version, IReadOnlyList<object?[]> rows);
}
