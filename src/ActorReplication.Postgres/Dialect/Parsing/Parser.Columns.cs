using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>Column definitions and constraints.</summary>
internal sealed partial class Parser
{
    private bool StartsTableConstraint() => Current.Kind == TokenKind.Word
        && (Current.Value is "constraint" or "check" or "foreign" or "exclude"
            || (Current.Value == "unique" && (Ahead().IsSymbol("(") || Ahead().IsWord("nulls")))
            || (Current.Value == "primary" && Ahead().IsWord("key")));

    private ColumnDefinition ReadColumnDefinition()
    {
        var at = Current.Start;
        var name = Name();
        var type = ReadTypeName();
        var column = new ColumnDefinition(name, type, at);
        if (SerialType(type.Name) is { } integer) column = column with { Type = type with { Name = integer }, Identity = IdentityKind.Serial, NotNull = true };
        while (ReadColumnConstraint(column) is { } more) column = more;
        return column;
    }

    private static string? SerialType(string name) => name switch
    {
        "serial" or "serial4" => "int4",
        "bigserial" or "serial8" => "int8",
        "smallserial" or "serial2" => "int2",
        _ => null,
    };

    private ColumnDefinition? ReadColumnConstraint(ColumnDefinition column)
    {
        string? name = null;
        if (TryWord("constraint")) name = Name();
        var at = Current.Start;
        if (TryWords("not", "null")) return column with { NotNull = true };
        if (TryWord("null")) return column;
        if (TryWord("default")) return column with { Default = Nested(() => ReadExpr(Power.Between)) };
        if (TryWord("collate"))
        {
            if (QualifiedName().Name is not ("C" or "POSIX" or "default" or "binary" or "en_US.utf8")) throw Unsupported($"collation {Previous.Value}", Previous.Start, "Text is compared by its bytes, as with collation \"C\".");
            return column;
        }

        if (TryWord("generated")) return ReadGenerated(column);
        if (ReadConstraint(name, [column.Name], at) is { } constraint) return column with { Constraints = [.. column.Constraints, constraint] };
        if (name is not null) throw Unexpected();
        return null;
    }

    private ColumnDefinition ReadGenerated(ColumnDefinition column)
    {
        var always = TryWord("always");
        if (!always) Words("by", "default");
        Word("as");
        if (TryWord("identity"))
        {
            if (IsSymbol("(")) SkipBrackets();
            return column with { Identity = always ? IdentityKind.Always : IdentityKind.ByDefault, NotNull = true };
        }

        Symbol("(");
        var expression = ReadExpr();
        Symbol(")");
        if (!TryWord("stored")) throw Unsupported("a generated column that is not STORED", Current.Start);
        return column with { Generated = expression };
    }

    private TableConstraint ReadTableConstraint()
    {
        var name = TryWord("constraint") ? Name() : null;
        var at = Current.Start;
        if (IsWord("exclude")) throw Unsupported("EXCLUDE", at);
        if (TryWord("foreign"))
        {
            Word("key");
            var columns = Parenthesised(Name);
            if (!IsWord("references")) throw Unexpected();
            return ReadConstraint(name, columns, at)!;
        }

        return ReadConstraint(name, null, at) ?? throw Unexpected();
    }

    /// <param name="columns">Of the column or FOREIGN KEY it belongs to; null: the constraint lists its own.</param>
    private TableConstraint? ReadConstraint(string? name, IReadOnlyList<string>? columns, int at)
    {
        if (TryWords("primary", "key"))
        {
            var key = new TableConstraint(ConstraintKind.PrimaryKey, name, columns ?? ReadKeyColumns(), at);
            TryWord("autoincrement");
            return FinishConstraint(key);
        }

        if (TryWord("unique"))
        {
            if (TryWords("nulls", "not")) throw Unsupported("NULLS NOT DISTINCT", at);
            TryWords("nulls", "distinct");
            return FinishConstraint(new TableConstraint(ConstraintKind.Unique, name, columns ?? ReadKeyColumns(), at));
        }

        if (TryWord("check"))
        {
            Symbol("(");
            var check = ReadExpr();
            Symbol(")");
            TryWords("no", "inherit");
            return FinishConstraint(new TableConstraint(ConstraintKind.Check, name, columns ?? [], at) { Check = check });
        }

        if (!TryWord("references")) return null;
        var target = TargetName();
        var referenced = IsSymbol("(") ? Parenthesised(Name) : [];
        var constraint = new TableConstraint(ConstraintKind.ForeignKey, name, columns ?? [], at) { References = target, ReferencedColumns = referenced };
        return FinishConstraint(constraint);
    }

    private IReadOnlyList<string> ReadKeyColumns()
    {
        if (TryWords("using", "index")) throw Unsupported("USING INDEX", Previous.Start);
        return Parenthesised(Name);
    }

    private TableConstraint FinishConstraint(TableConstraint constraint)
    {
        var actions = new List<string>();
        var notValid = false;
        while (true)
        {
            if (IsWord("on") && (Ahead().IsWord("delete") || Ahead().IsWord("update")))
            {
                Take();
                var on = Take().Value.ToUpperInvariant();
                actions.Add($"ON {on} {ReadAction()}");
            }
            else if (TryWord("match"))
            {
                if (!TryWord("simple")) throw Unsupported("MATCH " + Current.Value.ToUpperInvariant(), Current.Start);
            }
            else if (TryWord("deferrable")) actions.Add("DEFERRABLE");
            else if (TryWords("not", "deferrable")) { }
            else if (TryWords("initially", "deferred")) actions.Add("INITIALLY DEFERRED");
            else if (TryWords("initially", "immediate")) { }
            else if (TryWords("not", "valid")) notValid = true;
            else if (IsWord("include")) throw Unsupported("INCLUDE", Current.Start);
            else if (IsWord("with") && Ahead().IsSymbol("("))
            {
                Take();
                SkipBrackets();
            }
            else if (IsWords("using", "index")) throw Unsupported("USING INDEX", Current.Start);
            else break;
        }

        if (actions.Count > 0 && constraint.Kind != ConstraintKind.ForeignKey)
            throw Unsupported("a deferrable constraint other than FOREIGN KEY", constraint.At);
        if (actions is ["INITIALLY DEFERRED"]) actions.Insert(0, "DEFERRABLE");
        return constraint with { Actions = string.Join(' ', actions), NotValid = notValid };
    }

    private string ReadAction()
    {
        if (TryWord("cascade")) return "CASCADE";
        if (TryWord("restrict")) return "RESTRICT";
        if (TryWords("no", "action")) return "NO ACTION";
        if (TryWords("set", "null")) return "SET NULL";
        if (TryWords("set", "default")) return "SET DEFAULT";
        throw Unexpected();
    }
}
