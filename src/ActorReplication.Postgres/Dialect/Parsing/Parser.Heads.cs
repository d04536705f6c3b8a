using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>What kind of statement it is, from its first words.</summary>
internal sealed partial class Parser
{
    private (Statement? Tree, ControlStatement? Control) ReadBody()
    {
        var head = Current;
        if (head.IsSymbol("(")) return (ReadSelectStatement(), null);
        if (head.Kind != TokenKind.Word) throw Unexpected();
        if (ReadRoleStatement(head) is { } roles) return (null, roles);
        if (ReadDataStatement(head) is { } statement) return (statement, null);
        if (ReadControl(head) is { } control) return (null, control);
        throw head.Value switch
        {
            "do" => Unsupported("DO", head.Start, "There is no procedural language here; run the statements from the client."),
            "call" => Unsupported("CALL", head.Start),
            "merge" => Unsupported("MERGE", head.Start, "Use INSERT … ON CONFLICT DO UPDATE."),
            "import" or "load" or "refresh" or "security" or "reassign" => Unsupported(head.Value.ToUpperInvariant(), head.Start),
            _ => Unexpected(),
        };
    }

    private Statement? ReadDataStatement(Token head) => head.Value switch
    {
        "select" or "values" or "table" => ReadSelectStatement(),
        "with" => ReadWithStatement(),
        "insert" => ReadInsert(null),
        "update" => ReadUpdate(null),
        "delete" => ReadDelete(null),
        "create" => ReadCreate(),
        "drop" => ReadDrop(),
        "alter" => Ahead().IsWord("system") ? null : ReadAlter(),
        "truncate" => ReadTruncate(),
        "explain" => ReadExplain(),
        _ => null,
    };

    private SelectStatement ReadSelectStatement()
    {
        var at = Current.Start;
        return new SelectStatement(ReadQuery(), at);
    }

    private Statement ReadWithStatement()
    {
        var at = Current.Start;
        var with = ReadWith();
        return Current.Value switch
        {
            "insert" => ReadInsert(with),
            "update" => ReadUpdate(with),
            "delete" => ReadDelete(with),
            _ => new SelectStatement(ReadQueryAfterWith(with, at), at),
        };
    }

    private ExplainStatement ReadExplain()
    {
        var at = Take().Start;
        var analyze = false;
        if (TrySymbol("("))
        {
            CommaSeparated(() =>
            {
                var option = Label();
                var on = !(IsWord("false") || IsWord("off"));
                if (!IsSymbol(",") && !IsSymbol(")")) Take();
                analyze |= option is "analyze" && on;
                if (option is "format" && Previous.Value != "text") throw Unsupported("EXPLAIN with another format than TEXT", Previous.Start);
                return option;
            });
            Symbol(")");
        }

        analyze |= TryAnyWord("analyze", "analyse");
        TryWord("verbose");
        var inner = ReadDataStatement(Current) ?? throw Unexpected();
        if (inner is not (SelectStatement or InsertStatement or UpdateStatement or DeleteStatement)) throw Unsupported("EXPLAIN of this statement", inner.At);
        return new ExplainStatement(inner, analyze, at);
    }

    private TruncateStatement ReadTruncate()
    {
        var at = Take().Start;
        TryWord("table");
        var tables = CommaSeparated(() =>
        {
            TryWord("only");
            var target = TargetName();
            TrySymbol("*");
            return target;
        });
        var restart = TryWords("restart", "identity");
        if (!restart) TryWords("continue", "identity");
        var cascade = TryWord("cascade");
        if (!cascade) TryWord("restrict");
        return new TruncateStatement(tables, restart, cascade, at);
    }

    /// <summary>To the end of the statement, unread. Only for what is accepted without effect.</summary>
    private void SkipRest()
    {
        var depth = 0;
        while (Current.Kind != TokenKind.End && !(depth == 0 && IsSymbol(";")))
        {
            if (IsSymbol("(")) depth++;
            if (IsSymbol(")")) depth--;
            Take();
        }
    }
}
