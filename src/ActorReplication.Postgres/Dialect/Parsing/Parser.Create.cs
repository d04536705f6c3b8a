using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>CREATE TABLE, INDEX, VIEW, and SQLite's own CREATE TRIGGER and CREATE VIRTUAL TABLE.</summary>
internal sealed partial class Parser
{
    /// <summary>Null (nothing read) if what is created is not the database's business: see <see cref="ReadControl"/>.</summary>
    private Statement? ReadCreate()
    {
        var at = Current.Start;
        var word = Ahead().Value;
        switch (word)
        {
            case "table":
                _next += 2;
                return ReadCreateTable(at);
            case "unlogged" when Ahead(2).IsWord("table"):
                _next += 3;
                return ReadCreateTable(at);
            case "temp" or "temporary" or "local" or "global":
                throw Unsupported("a temporary table or view", Ahead().Start, "Nothing exists outside the replicated database; use an ordinary table, or WITH.");
            case "unique" or "index":
                _next++;
                return ReadCreateIndex(at);
            case "view":
                _next += 2;
                return ReadCreateView(at, false);
            case "or" when Ahead(2).IsWord("replace") && Ahead(3).IsWord("view"):
                _next += 4;
                return ReadCreateView(at, true);
            case "trigger":
                return ReadCreateTrigger(at);
            case "virtual" when Ahead(2).IsWord("table"):
                return ReadCreateVirtualTable(at);
            default:
                return null;
        }
    }

    private Statement ReadCreateTable(int at)
    {
        var ifNotExists = IfNotExists();
        var target = TargetName();
        if (IsWord("of") || IsWord("partition")) throw Unsupported($"CREATE TABLE … {Current.Value.ToUpperInvariant()} OF", Current.Start);
        if (IsWord("as") || IsWord("with") || (IsSymbol("(") && IsColumnNameList())) return ReadCreateTableAs(target, ifNotExists, at);
        var columns = new List<ColumnDefinition>();
        var constraints = new List<TableConstraint>();
        Symbol("(");
        if (!IsSymbol(")"))
            CommaSeparated(() =>
            {
                if (StartsTableConstraint()) constraints.Add(ReadTableConstraint());
                else if (IsWord("like")) throw Unsupported("CREATE TABLE (LIKE …)", Current.Start);
                else columns.Add(ReadColumnDefinition());
                return 0;
            });
        Symbol(")");
        var withoutRowId = ReadTableOptions();
        return new CreateTableStatement(target, ifNotExists, columns, constraints, at) { WithoutRowId = withoutRowId };
    }

    private bool IsColumnNameList()
    {
        for (var i = 1; ; i += 2)
        {
            if (Ahead(i).Kind is not (TokenKind.Word or TokenKind.QuotedName)) return false;
            if (Ahead(i + 1).IsSymbol(")")) return Ahead(i + 2).IsWord("as") || Ahead(i + 2).IsWord("with");
            if (!Ahead(i + 1).IsSymbol(",")) return false;
        }
    }

    private bool ReadTableOptions()
    {
        var withoutRowId = false;
        while (true)
        {
            if (IsWord("inherits")) throw Unsupported("INHERITS", Current.Start);
            if (IsWords("partition", "by")) throw Unsupported("PARTITION BY", Current.Start);
            if (IsWord("tablespace")) throw Unsupported("TABLESPACE", Current.Start);
            if (IsWords("on", "commit")) throw Unsupported("ON COMMIT", Current.Start);
            if (TryWords("without", "rowid")) withoutRowId = true;
            else if (TryWord("strict") || TryWords("without", "oids")) { }
            else if (IsWord("with") && Ahead().IsSymbol("("))
            {
                Take();
                SkipBrackets();
            }
            else if (TryWord("using")) Name();
            else if (!(TrySymbol(",") && (IsWord("strict") || IsWord("without")))) return withoutRowId;
        }
    }

    private void SkipBrackets()
    {
        Symbol("(");
        var depth = 1;
        while (depth > 0)
        {
            if (Current.Kind == TokenKind.End) throw Unexpected();
            if (IsSymbol("(")) depth++;
            if (IsSymbol(")")) depth--;
            Take();
        }
    }

    private CreateTableAsStatement ReadCreateTableAs(Target target, bool ifNotExists, int at)
    {
        var columns = IsSymbol("(") ? Parenthesised(Name) : [];
        ReadTableOptions();
        Word("as");
        if (IsWord("execute")) throw Unsupported("CREATE TABLE … AS EXECUTE", Current.Start);
        var query = ReadQuery();
        var withData = true;
        if (TryWord("with"))
        {
            withData = !TryWord("no");
            Word("data");
        }

        return new CreateTableAsStatement(target, ifNotExists, columns, query, withData, at);
    }

    private CreateIndexStatement ReadCreateIndex(int at)
    {
        var unique = TryWord("unique");
        Word("index");
        TryWord("concurrently");
        var ifNotExists = IfNotExists();
        var name = IsWord("on") ? null : QualifiedName().Name;
        Word("on");
        TryWord("only");
        var target = TargetName();
        if (TryWord("using") && Name() is not "btree" and not "hash")
            throw Unsupported($"index method {Previous.Value}", Previous.Start, "Use the default (btree), or a virtual table: fts5 for text search, rtree for ranges.");
        var keys = Parenthesised(ReadIndexKey);
        if (IsWord("include")) throw Unsupported("INCLUDE", Current.Start, "Add the columns to the key instead.");
        if (TryWord("nulls"))
        {
            if (!TryWord("not")) TryWord("distinct");
            else throw Unsupported("NULLS NOT DISTINCT", Previous.Start);
        }

        if (TryWord("with")) SkipBrackets();
        if (IsWord("tablespace")) throw Unsupported("TABLESPACE", Current.Start);
        var where = TryWord("where") ? ReadExpr() : null;
        return new CreateIndexStatement(name, target, unique, ifNotExists, keys, where, at);
    }

    private OrderItem ReadIndexKey()
    {
        var expression = ReadExpr();
        if (StartsName && Current.Value.EndsWith("_ops", StringComparison.Ordinal)) Take();
        else if (Current.Kind == TokenKind.Word && IsWord("asc") is false && IsWord("desc") is false && !IsWord("nulls")) throw Unexpected();
        var descending = TryWord("desc");
        if (!descending) TryWord("asc");
        bool? nullsFirst = TryWords("nulls", "first") ? true : TryWords("nulls", "last") ? false : null;
        return new OrderItem(expression, descending, nullsFirst);
    }

    private CreateViewStatement ReadCreateView(int at, bool replace)
    {
        IfNotExists();
        var target = TargetName();
        var columns = IsSymbol("(") ? Parenthesised(Name) : [];
        if (IsWord("with") && Ahead().IsSymbol("("))
        {
            Take();
            SkipBrackets();
        }

        Word("as");
        var query = ReadQuery();
        if (IsWord("with")) throw Unsupported("WITH CHECK OPTION", Current.Start);
        return new CreateViewStatement(target, replace, columns, query, at);
    }

    /// <summary>CREATE TRIGGER in SQLite's form; its body is not translated, so it may only hold what both dialects read alike.</summary>
    private PassThroughStatement ReadCreateTrigger(int at)
    {
        var cases = 0;
        var inBody = false;
        while (true)
        {
            var token = Take();
            if (token.Kind == TokenKind.End || (!inBody && token.IsSymbol(";"))) throw Unexpected(token);
            RequireCommonToken(token, "a trigger's body");
            if (!inBody && token.IsWord("execute")) throw Unsupported("CREATE TRIGGER … EXECUTE FUNCTION", token.Start, "Write the trigger in SQLite's form: CREATE TRIGGER … BEGIN statements; END.");
            if (!inBody) inBody = token.IsWord("begin");
            else if (token.IsWord("case")) cases++;
            else if (token.IsWord("end") && cases-- == 0) break;
        }

        return new PassThroughStatement(_text[at..Previous.End], "CREATE TRIGGER", at);
    }

    private PassThroughStatement ReadCreateVirtualTable(int at)
    {
        _next += 3;
        IfNotExists();
        QualifiedName();
        Word("using");
        var module = Name();
        if (module is not ("fts5" or "rtree" or "rtree_i32" or "geopoly")) throw Unsupported($"virtual table module {module}", Previous.Start, "fts5, rtree, rtree_i32 and geopoly are allowed.");
        var first = _next;
        if (IsSymbol("(")) SkipBrackets();
        foreach (var token in _tokens[first.._next]) RequireCommonToken(token, "a virtual table's definition");
        return new PassThroughStatement(_text[at..Previous.End], "CREATE TABLE", at);
    }

    /// <summary>Refuses tokens that SQLite would read as something else, or cut differently.</summary>
    private void RequireCommonToken(Token token, string where)
    {
        var raw = token.Kind == TokenKind.String ? _text[token.Start] : ' ';
        var differs = token.Kind == TokenKind.Parameter || token.IsSymbol("::") || (token.Kind == TokenKind.String && raw != '\'')
            || (token.Kind == TokenKind.Symbol && token.Value is "~" or "!~" or "~*" or "!~*" or "^" or "@>" or "<@" or "?");
        if (differs) throw Unsupported($"\"{_text[token.Start..token.End]}\" in {where}", token.Start, "It is written in SQLite's dialect.");
    }
}
