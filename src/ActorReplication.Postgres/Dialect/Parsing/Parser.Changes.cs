using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>INSERT, UPDATE, DELETE.</summary>
internal sealed partial class Parser
{
    private InsertStatement ReadInsert(WithClause? with)
    {
        var at = Take().Start;
        Word("into");
        var target = TargetName(alias: true);
        IReadOnlyList<NamedAt> columns = [];
        if (IsSymbol("(") && !StartsQuery()) columns = Parenthesised(ReadTargetColumn);
        var insert = new InsertStatement(target, columns, null, at) { With = with };
        if (TryWord("overriding"))
        {
            if (!TryAnyWord("system", "user")) throw Unexpected();
            insert = insert with { Overriding = Previous.Value == "system" };
            Word("value");
        }

        if (TryWords("default", "values")) insert = insert with { DefaultValues = true };
        else insert = insert with { Source = ReadQuery() };
        if (IsWords("on", "conflict")) insert = insert with { OnConflict = ReadConflict() };
        return insert with { Returning = ReadReturning() };
    }

    private NamedAt ReadTargetColumn()
    {
        var column = NameAt();
        if (IsSymbol(".") || IsSymbol("[")) throw Unsupported("assigning to a part of a column", Current.Start);
        return column;
    }

    private ConflictClause ReadConflict()
    {
        var at = Current.Start;
        Words("on", "conflict");
        IReadOnlyList<Expr> columns = [];
        Expr? indexWhere = null;
        string? constraint = null;
        if (IsSymbol("("))
        {
            columns = Parenthesised(ReadExpr);
            if (TryWord("where")) indexWhere = ReadExpr();
        }
        else if (TryWord("on"))
        {
            Word("constraint");
            constraint = Name();
        }

        Word("do");
        if (TryWord("nothing")) return new ConflictClause(columns, indexWhere, constraint, null, null, at);
        Words("update", "set");
        var assignments = CommaSeparated(ReadAssignment);
        var where = TryWord("where") ? ReadExpr() : null;
        if (columns.Count == 0 && constraint is null)
            throw Failure("42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name", at, "For example, ON CONFLICT (column_name).");
        return new ConflictClause(columns, indexWhere, constraint, assignments, where, at);
    }

    private Assignment ReadAssignment()
    {
        var at = Current.Start;
        IReadOnlyList<NamedAt> columns = IsSymbol("(") ? Parenthesised(ReadTargetColumn) : [ReadTargetColumn()];
        Symbol("=");
        return new Assignment(columns, ReadExpr(), at);
    }

    private List<SelectItem>? ReadReturning() => TryWord("returning") ? CommaSeparated(ReadSelectItem) : null;

    private UpdateStatement ReadUpdate(WithClause? with)
    {
        var at = Take().Start;
        TryWord("only");
        var target = TargetName(alias: true);
        Word("set");
        var update = new UpdateStatement(target, CommaSeparated(ReadAssignment), at) { With = with };
        if (TryWord("from")) update = update with { From = CommaSeparated(ReadFromItem) };
        if (IsWords("where", "current")) throw Unsupported("WHERE CURRENT OF", Current.Start);
        if (TryWord("where")) update = update with { Where = ReadExpr() };
        return update with { Returning = ReadReturning() };
    }

    private DeleteStatement ReadDelete(WithClause? with)
    {
        var at = Take().Start;
        Word("from");
        TryWord("only");
        var target = TargetName(alias: true);
        var delete = new DeleteStatement(target, at) { With = with };
        if (TryWord("using")) delete = delete with { Using = CommaSeparated(ReadFromItem) };
        if (IsWords("where", "current")) throw Unsupported("WHERE CURRENT OF", Current.Start);
        if (TryWord("where")) delete = delete with { Where = ReadExpr() };
        return delete with { Returning = ReadReturning() };
    }
}
