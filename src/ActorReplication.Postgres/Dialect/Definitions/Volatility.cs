using System.Collections.Frozen;
using ActorReplication.Postgres.Dialect.Functions;
using ActorReplication.Postgres.Dialect.Lexing;

namespace ActorReplication.Postgres.Dialect.Definitions;

/// <summary>Whether translated SQL may give another value on another node, or the next time.</summary>
internal static class Volatility
{
    private static readonly FrozenSet<string> Functions = SqlFunctionLibrary.Functions.Where(f => !f.Deterministic || f.Input != SqlFunctionInput.Arguments).Select(f => f.Name)
        .Concat(["random", "randomblob", "date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff", "changes", "total_changes", "last_insert_rowid",
            "current_date", "current_time", "current_timestamp", "select"]).ToFrozenSet();

    public static bool IsVolatile(string sql) => Lexer.Read(sql).Any(t => t.Kind == TokenKind.Word && Functions.Contains(t.Value));
}
