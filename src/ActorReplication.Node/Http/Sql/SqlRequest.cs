using System.Text.Json;

namespace ActorReplication.Node.Http.Sql;

/// <summary>The body of <c>POST /api/sql</c>: either <see cref="Sql"/> with <see cref="Parameters"/>, or <see cref="Statements"/>, which are carried out as one transaction.</summary>
/// <param name="Parameters">Values of $1, $2, …: null, booleans, numbers, texts; objects and arrays go as JSON text.</param>
/// <param name="Consistency">What reads see: default, local, session, linearizable (replication.read_consistency).</param>
/// <param name="Commit">What the answer waits for: off, local, remote_write, on, remote_apply (synchronous_commit).</param>
/// <param name="CommitToken">Under which the transaction is made once, however often it is sent.</param>
/// <param name="MaxRows">Rows of each result, 1 to 10000; 1000 if not given. More are cut off, and the result says so.</param>
/// <param name="TimeoutMs">Of each statement, 1 to 600000; 30000 if not given.</param>
/// <param name="Receipt">Whether the answer tells which nodes hold the commit.</param>
internal sealed record SqlRequest(
    string? Sql, IReadOnlyList<JsonElement>? Parameters, IReadOnlyList<SqlStatement>? Statements, string? Consistency, string? Commit, string? CommitToken, int? MaxRows, int? TimeoutMs, bool Receipt)
{
    public const int MostStatements = 100, MostRows = 10_000, MostTimeoutMs = 600_000;
    private static readonly string[] Transactional = ["begin", "start", "commit", "end", "rollback", "abort", "prepare", "savepoint", "release", "copy"];

    public IReadOnlyList<SqlStatement> All => Statements ?? [new SqlStatement(Sql, Parameters)];
    public int RowLimit => MaxRows ?? 1000;
    public int Timeout => TimeoutMs ?? 30_000;

    /// <summary>Null, or what is wrong with it.</summary>
    public string? Problem()
    {
        if (Sql is null == Statements is null) return "give either sql (and parameters) or statements";
        if (Statements is not null && Parameters is not null) return "with statements, parameters belong to each of them";
        if (Statements is { Count: 0 or > MostStatements }) return $"{Statements.Count} statements: 1 to {MostStatements} make one transaction";
        if (MaxRows is < 1 or > MostRows) return $"maxRows: {MaxRows}: 1 to {MostRows}";
        if (TimeoutMs is < 1 or > MostTimeoutMs) return $"timeoutMs: {TimeoutMs}: 1 to {MostTimeoutMs}";
        foreach (var statement in All)
        {
            if (statement?.Sql is not { Length: > 0 } sql) return "a statement has no sql";
            if (sql.Contains('\0')) return "a statement has a zero character in it";
            var word = new string([.. sql.TrimStart().TakeWhile(char.IsAsciiLetter)]);
            if (Transactional.Contains(word, StringComparer.OrdinalIgnoreCase)) return $"{word.ToUpperInvariant()}: the statements of one request are a transaction already";
        }
        return null;
    }
}

internal sealed record SqlStatement(string? Sql, IReadOnlyList<JsonElement>? Parameters);
