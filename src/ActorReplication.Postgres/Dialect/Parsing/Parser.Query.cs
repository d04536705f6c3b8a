using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>SELECT, VALUES, TABLE, WITH and set operations.</summary>
internal sealed partial class Parser
{
    private Query ReadQuery() => Nested(() =>
    {
        var at = Current.Start;
        return ReadQueryAfterWith(IsWord("with") ? ReadWith() : null, at);
    });

    private Query ReadQueryAfterWith(WithClause? with, int at)
    {
        var query = new Query(ReadSetOperations(0), at) { With = with };
        if (TryWords("order", "by")) query = query with { OrderBy = CommaSeparated(ReadOrderItem) };
        query = ReadLimits(query);
        return ReadLimits(query with { Locking = ReadLocking() });
    }

    private Query ReadLimits(Query query)
    {
        while (true)
        {
            if (query.Limit is null && TryWord("limit")) query = query with { Limit = TryWord("all") ? null : ReadExpr() };
            else if (query.Limit is null && IsWord("fetch")) query = query with { Limit = ReadFetch() };
            else if (query.Offset is null && TryWord("offset"))
            {
                query = query with { Offset = ReadExpr() };
                TryAnyWord("row", "rows");
            }
            else return query;
        }
    }

    private Expr ReadFetch()
    {
        var at = Take().Start;
        if (!TryAnyWord("first", "next")) throw Unexpected();
        Expr count = new LiteralExpr(LiteralKind.Integer, "1", at);
        if (!IsWord("row") && !IsWord("rows")) count = ReadPrefix();
        if (!TryAnyWord("row", "rows")) throw Unexpected();
        if (IsWords("with", "ties")) throw Unsupported("WITH TIES", Current.Start);
        Word("only");
        return count;
    }

    /// <summary>Of several clauses the stronger lock counts, and who does not wait for one waits for none.</summary>
    private LockingClause? ReadLocking()
    {
        LockingClause? all = null;
        var at = Current.Start;
        while (TryWord("for"))
        {
            var words = "FOR UPDATE";
            if (TryWord("no"))
            {
                Words("key", "update");
                words = "FOR NO KEY UPDATE";
            }
            else if (TryWord("key"))
            {
                Word("share");
                words = "FOR KEY SHARE";
            }
            else if (TryWord("share")) words = "FOR SHARE";
            else if (!TryAnyWord("update")) throw Unexpected();
            IReadOnlyList<string> of = TryWord("of") ? CommaSeparated(Name) : [];
            var wait = TryWord("nowait") ? RowLockWait.Fail : TryWords("skip", "locked") ? RowLockWait.Skip : RowLockWait.Wait;
            var next = new LockingClause(words, words.EndsWith("SHARE", StringComparison.Ordinal), wait, of, at);
            all = all is null ? next : next with { Shares = all.Shares && next.Shares, Wait = (RowLockWait)Math.Max((int)all.Wait, (int)wait), Of = all.Of.Count == 0 || of.Count == 0 ? [] : [.. all.Of, .. of] };
        }
        return all;
    }

    private WithClause ReadWith()
    {
        Word("with");
        var recursive = TryWord("recursive");
        return new WithClause(recursive, CommaSeparated(ReadCommonTable));
    }

    private CommonTable ReadCommonTable()
    {
        var at = Current.Start;
        var name = Name();
        var columns = IsSymbol("(") ? Parenthesised(Name) : [];
        Word("as");
        bool? materialized = null;
        if (TryWord("materialized")) materialized = true;
        else if (TryWords("not", "materialized")) materialized = false;
        Symbol("(");
        if (Current.Value is "insert" or "update" or "delete" && Current.Kind == TokenKind.Word)
            throw Unsupported("a data-modifying statement in WITH", Current.Start, "Run it as a statement of its own, in the same transaction.");
        var query = ReadQuery();
        Symbol(")");
        if (IsWord("search") || IsWord("cycle")) throw Unsupported(Current.Value.ToUpperInvariant() + " in WITH", Current.Start);
        return new CommonTable(name, columns, query, materialized, at);
    }

    private QueryBody ReadSetOperations(int least)
    {
        var left = ReadQueryPrimary();
        while (true)
        {
            var token = Current;
            var power = token.Kind != TokenKind.Word ? 0 : token.Value switch { "union" or "except" => 1, "intersect" => 2, _ => 0 };
            if (power == 0 || power <= least) return left;
            Take();
            var all = TryWord("all");
            if (!all) TryWord("distinct");
            var right = ReadSetOperations(power);
            left = new SetOperationBody(token.Value.ToUpperInvariant(), all, left, right, token.Start);
        }
    }

    private QueryBody ReadQueryPrimary()
    {
        var at = Current.Start;
        if (TrySymbol("("))
        {
            var query = ReadQuery();
            Symbol(")");
            return query.With is null && query.OrderBy.Count == 0 && query.Limit is null && query.Offset is null && query.Locking is null ? query.Body : new NestedBody(query, at);
        }

        if (TryWord("values")) return new ValuesBody(CommaSeparated(() => (IReadOnlyList<Expr>)Parenthesised(ReadExpr)), at);
        if (TryWord("table"))
        {
            TryWord("only");
            var (schema, name, nameAt) = QualifiedName();
            return new SelectBody([new SelectItem(new StarExpr(null, at), null)], at) { From = [new TableSource(schema, name, null, [], nameAt)] };
        }

        Word("select");
        return ReadSelect(at);
    }

    private SelectBody ReadSelect(int at)
    {
        var distinct = TryWord("distinct");
        IReadOnlyList<Expr> distinctOn = distinct && TryWord("on") ? Parenthesised(ReadExpr) : [];
        if (!distinct) TryWord("all");
        List<SelectItem> items = EndsSelectList() ? [] : CommaSeparated(ReadSelectItem);
        if (IsWord("into")) throw Unsupported("SELECT INTO", Current.Start, "Use CREATE TABLE … AS.");
        var body = new SelectBody(items, at) { Distinct = distinct && distinctOn.Count == 0, DistinctOn = distinctOn };
        if (TryWord("from")) body = body with { From = CommaSeparated(ReadFromItem) };
        if (TryWord("where")) body = body with { Where = ReadExpr() };
        if (TryWords("group", "by")) body = body with { GroupBy = ReadGroupBy() };
        if (TryWord("having")) body = body with { Having = ReadExpr() };
        if (TryWord("window"))
            body = body with
            {
                Windows = CommaSeparated(() =>
                {
                    var name = Name();
                    Word("as");
                    return (name, ReadWindowSpec());
                }),
            };
        return body;
    }

    private bool EndsSelectList() => Current.Kind == TokenKind.End || IsSymbol(";") || IsSymbol(")") || IsWord("from") || IsWord("where");

    private SelectItem ReadSelectItem()
    {
        var expression = ReadExpr();
        if (TryWord("as")) return new SelectItem(expression, Label());
        if (Current.Kind == TokenKind.QuotedName || (Current.Kind == TokenKind.Word && Keywords.CanBeBareLabel(Current.Value))) return new SelectItem(expression, Take().Value);
        return new SelectItem(expression, null);
    }

    private List<Expr> ReadGroupBy()
    {
        TryWord("distinct");
        return CommaSeparated(() =>
        {
            if (Current.Kind == TokenKind.Word && Current.Value is "rollup" or "cube" && Ahead().IsSymbol("(")) throw Unsupported(Current.Value.ToUpperInvariant(), Current.Start);
            if (IsWords("grouping", "sets")) throw Unsupported("GROUPING SETS", Current.Start);
            return ReadExpr();
        });
    }

    private OrderItem ReadOrderItem()
    {
        var expression = ReadExpr();
        if (IsWord("using")) throw Unsupported("ORDER BY … USING", Current.Start);
        var descending = TryWord("desc");
        if (!descending) TryWord("asc");
        bool? nullsFirst = TryWords("nulls", "first") ? true : TryWords("nulls", "last") ? false : null;
        return new OrderItem(expression, descending, nullsFirst);
    }

    private WindowSpec ReadWindowSpec()
    {
        var at = Current.Start;
        Symbol("(");
        var name = StartsName && Current.Value is not ("partition" or "rows" or "range" or "groups") ? Name() : null;
        var partition = TryWords("partition", "by") ? CommaSeparated(ReadExpr) : [];
        var order = TryWords("order", "by") ? CommaSeparated(ReadOrderItem) : [];
        var frame = Current.Kind == TokenKind.Word && Current.Value is "rows" or "range" or "groups" ? ReadFrame() : null;
        Symbol(")");
        return new WindowSpec(name, partition, order, frame, at);
    }

    private string ReadFrame()
    {
        var frame = Take().Value.ToUpperInvariant();
        frame += TryWord("between") ? $" BETWEEN {ReadFrameBound()} AND {FrameEnd()}" : " " + ReadFrameBound();
        if (!TryWord("exclude")) return frame;
        if (TryWords("current", "row")) return frame + " EXCLUDE CURRENT ROW";
        if (TryWord("group")) return frame + " EXCLUDE GROUP";
        if (TryWord("ties")) return frame + " EXCLUDE TIES";
        Words("no", "others");
        return frame + " EXCLUDE NO OTHERS";

        string FrameEnd()
        {
            Word("and");
            return ReadFrameBound();
        }
    }

    private string ReadFrameBound()
    {
        if (TryWords("current", "row")) return "CURRENT ROW";
        var start = TryWord("unbounded") ? "UNBOUNDED" : null;
        if (start is null)
        {
            if (Current.Kind is not TokenKind.Integer) throw Unsupported("a window frame bound that is not a number", Current.Start);
            start = Take().Value;
        }

        if (!TryAnyWord("preceding", "following")) throw Unexpected();
        return $"{start} {Previous.Value.ToUpperInvariant()}";
    }
}
