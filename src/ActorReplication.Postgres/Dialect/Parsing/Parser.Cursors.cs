using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>Cursors in SQL: DECLARE, FETCH, MOVE, CLOSE.</summary>
internal sealed partial class Parser
{
    private ControlStatement.Declare ReadDeclare()
    {
        Take();
        var name = Name();
        bool? scroll = null;
        while (!IsWord("cursor"))
        {
            if (TryAnyWord("binary", "asensitive", "insensitive")) continue;
            if (TryWords("no", "scroll")) scroll = false;
            else if (TryWord("scroll")) scroll = true;
            else throw Unexpected();
        }
        Word("cursor");
        var isHeld = TryWords("with", "hold");
        if (!isHeld) TryWords("without", "hold");
        Word("for");
        var query = ReadStatement();
        if (query.Tree is not SelectStatement) throw Failure("42601", $"syntax error at or near \"{query.Text.Split(' ')[0]}\"", query.Offset);
        return new ControlStatement.Declare(name, scroll, isHeld, query);
    }

    private ControlStatement.Fetch ReadCursorFetch()
    {
        var isMove = Take().Value == "move";
        var (direction, count) = ReadFetchDirection();
        if (!TryWord("from")) TryWord("in");
        return new ControlStatement.Fetch(Name(), direction, count, isMove);
    }

    private (FetchDirection Direction, long Count) ReadFetchDirection()
    {
        if (StartsCount()) return (FetchDirection.Forward, ReadCount());
        // Each of these words can also be the cursor's name.
        var isWord = Current.Kind == TokenKind.Word && Ahead().Kind != TokenKind.End && !Ahead().IsSymbol(";");
        if (!isWord) return (FetchDirection.Forward, 1);
        if (TryWord("next")) return (FetchDirection.Forward, 1);
        if (TryWord("prior")) return (FetchDirection.Backward, 1);
        if (TryWord("first")) return (FetchDirection.Absolute, 1);
        if (TryWord("last")) return (FetchDirection.Absolute, -1);
        if (TryWord("absolute")) return (FetchDirection.Absolute, ReadCount());
        if (TryWord("relative")) return (FetchDirection.Relative, ReadCount());
        if (TryWord("all")) return (FetchDirection.Forward, long.MaxValue);
        if (TryAnyWord("forward", "backward"))
        {
            var direction = Previous.Value == "forward" ? FetchDirection.Forward : FetchDirection.Backward;
            if (TryWord("all")) return (direction, long.MaxValue);
            return (direction, StartsCount() ? ReadCount() : 1);
        }
        return (FetchDirection.Forward, 1);
    }

    private bool StartsCount() => Current.Kind == TokenKind.Integer || (IsSymbol("-") || IsSymbol("+")) && Ahead().Kind == TokenKind.Integer;

    private long ReadCount()
    {
        if (!IsSymbol("-")) TrySymbol("+");
        return IntegerLiteral();
    }

    private ControlStatement.CloseCursor ReadClose()
    {
        Take();
        return new ControlStatement.CloseCursor(TryWord("all") ? null : Name());
    }
}
