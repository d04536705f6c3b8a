using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>DROP and ALTER.</summary>
internal sealed partial class Parser
{
    private DropStatement? ReadDrop()
    {
        var at = Current.Start;
        var what = Ahead().Value;
        if (what is not ("table" or "view" or "index" or "trigger")) return null;
        _next += 2;
        TryWord("concurrently");
        var ifExists = IfExists();
        var names = CommaSeparated(() => TargetName());
        if (what == "trigger" && TryWord("on")) QualifiedName();
        var cascade = TryWord("cascade");
        if (!cascade) TryWord("restrict");
        return new DropStatement(what.ToUpperInvariant(), names, ifExists, cascade, at);
    }

    private Statement? ReadAlter()
    {
        var at = Current.Start;
        switch (Ahead().Value)
        {
            case "table":
                _next += 2;
                return ReadAlterTable(at);
            case "view" when Ahead(2).Kind != TokenKind.End:
                _next += 2;
                return ReadAlterTable(at);
            case "index":
                _next += 2;
                var ifExists = IfExists();
                var index = TargetName();
                if (!TryWords("rename", "to")) throw Unsupported("ALTER INDEX other than RENAME TO", Current.Start);
                return new RenameIndexStatement(index, Name(), ifExists, at);
            default:
                return null;
        }
    }

    private AlterTableStatement ReadAlterTable(int at)
    {
        var ifExists = IfExists();
        TryWord("only");
        var target = TargetName();
        TrySymbol("*");
        return new AlterTableStatement(target, ifExists, CommaSeparated(ReadAlterAction), at);
    }

    private AlterAction ReadAlterAction()
    {
        var at = Current.Start;
        if (Current.Kind != TokenKind.Word) throw Unexpected();
        switch (Take().Value)
        {
            case "add":
                return ReadAdd(at);
            case "drop":
                return ReadDropAction(at);
            case "rename":
                if (TryWord("to")) return new RenameTable(Name(), at);
                var isConstraint = TryWord("constraint");
                if (!isConstraint) TryWord("column");
                var name = Name();
                Word("to");
                return isConstraint ? new RenameConstraint(name, Name(), at) : new RenameColumn(name, Name(), at);
            case "alter":
                return ReadAlterColumn(at);
            case "owner" or "cluster" or "replica" or "enable" or "disable" or "validate" or "set" or "reset":
                if (Previous.Value == "set" && IsWord("schema")) throw Unsupported("SET SCHEMA", at);
                SkipAction();
                return new NoAlteration(at);
            default:
                throw Unsupported("ALTER TABLE … " + Previous.Value.ToUpperInvariant(), at);
        }
    }

    private void SkipAction()
    {
        while (Current.Kind != TokenKind.End && !IsSymbol(";") && !IsSymbol(","))
            if (IsSymbol("(")) SkipBrackets();
            else Take();
    }

    private AlterAction ReadAdd(int at)
    {
        if (StartsTableConstraint()) return new AddConstraint(ReadTableConstraint(), at);
        TryWord("column");
        var ifNotExists = IfNotExists();
        return new AddColumn(ReadColumnDefinition(), ifNotExists, at);
    }

    private AlterAction ReadDropAction(int at)
    {
        var isConstraint = TryWord("constraint");
        if (!isConstraint) TryWord("column");
        var ifExists = IfExists();
        var name = Name();
        var cascade = TryWord("cascade");
        if (!cascade) TryWord("restrict");
        return isConstraint ? new DropConstraint(name, ifExists, cascade, at) : new DropColumn(name, ifExists, cascade, at);
    }

    private AlterAction ReadAlterColumn(int at)
    {
        TryWord("column");
        var column = Name();
        if (TryWords("set", "not"))
        {
            Word("null");
            return new SetNotNull(column, true, at);
        }

        if (TryWords("drop", "not"))
        {
            Word("null");
            return new SetNotNull(column, false, at);
        }

        if (TryWords("set", "default")) return new SetDefault(column, ReadExpr(), at);
        if (TryWords("drop", "default")) return new SetDefault(column, null, at);
        if (TryWords("drop", "identity")) return new SetIdentity(column, false, IfExists(), at);
        if (TryWords("add", "generated"))
        {
            if (!TryWord("always")) Words("by", "default");
            Words("as", "identity");
            if (IsSymbol("(")) SkipBrackets();
            return new SetIdentity(column, true, false, at);
        }

        if (TryWord("type")) return ReadSetType(column, at);
        if (TryWords("set", "data"))
        {
            Word("type");
            return ReadSetType(column, at);
        }

        if (TryWords("set", "statistics") || TryWords("set", "storage") || TryWords("set", "compression") || TryWords("set", "generated"))
        {
            SkipAction();
            return new NoAlteration(at);
        }

        throw Unsupported("this form of ALTER COLUMN", at);
    }

    private SetType ReadSetType(string column, int at)
    {
        var type = ReadTypeName();
        if (TryWord("collate")) QualifiedName();
        return new SetType(column, type, TryWord("using") ? ReadExpr() : null, at);
    }
}
