using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>Statements that the session carries out: transactions, settings, prepared statements, and what is accepted without effect.</summary>
internal sealed partial class Parser
{
    private ControlStatement? ReadControl(Token head)
    {
        switch (head.Value)
        {
            case "begin":
                Take();
                SkipTransactionWord();
                return ReadBegin(isStart: false);
            case "start" when Ahead().IsWord("transaction"):
                _next += 2;
                return ReadBegin(isStart: true);
            case "commit" or "end":
                Take();
                if (IsWord("prepared")) throw Unsupported("two-phase commit", head.Start);
                SkipTransactionWord();
                return new ControlStatement.Commit(ReadChain());
            case "rollback" or "abort":
                return ReadRollback();
            case "savepoint":
                Take();
                return new ControlStatement.Savepoint(Name());
            case "release":
                Take();
                TryWord("savepoint");
                return new ControlStatement.Release(Name());
            case "prepare":
                return ReadPrepare();
            case "execute":
                return ReadExecute();
            case "deallocate":
                Take();
                TryWord("prepare");
                return new ControlStatement.Deallocate(TryWord("all") ? null : Name());
            case "copy":
                return ReadCopy();
            case "declare":
                return ReadDeclare();
            case "fetch" or "move":
                return ReadCursorFetch();
            case "close":
                return ReadClose();
            case "listen":
                Take();
                return new ControlStatement.Listen(Name());
            case "unlisten":
                Take();
                return new ControlStatement.Unlisten(TrySymbol("*") ? null : Name());
            case "notify":
                Take();
                return new ControlStatement.Notify(Name(), TrySymbol(",") ? Current.Kind == TokenKind.String ? Take().Value : throw Unexpected() : "");
            case "discard":
                Take();
                if (!TryAnyWord("all", "plans", "sequences", "temp", "temporary")) throw Unexpected();
                return new ControlStatement.Discard(Previous.Value == "temporary" ? "TEMP" : Previous.Value.ToUpperInvariant());
            case "set" or "reset" or "show":
                return ReadSetting(head);
            case "alter" when Ahead().IsWord("system"):
                return ReadAlterSystem();
            default:
                return ReadWithoutEffect(head);
        }
    }

    private void SkipTransactionWord() => TryAnyWord("work", "transaction");

    private bool ReadChain()
    {
        if (!TryWord("and")) return false;
        var chain = !TryWord("no");
        Word("chain");
        return chain;
    }

    private ControlStatement.Begin ReadBegin(bool isStart)
    {
        var (isolation, readOnly) = ReadTransactionModes();
        return new ControlStatement.Begin(isolation, readOnly, isStart);
    }

    private (Isolation? Isolation, bool? ReadOnly) ReadTransactionModes()
    {
        Isolation? isolation = null;
        bool? readOnly = null;
        while (true)
        {
            if (TryWords("isolation", "level")) isolation = ReadIsolation();
            else if (TryWords("read", "only")) readOnly = true;
            else if (TryWords("read", "write")) readOnly = false;
            else if (TryWord("deferrable") || TryWords("not", "deferrable")) { }
            else return (isolation, readOnly);
            TrySymbol(",");
        }
    }

    private Isolation ReadIsolation()
    {
        if (TryWord("serializable")) return Isolation.Serializable;
        if (TryWords("repeatable", "read")) return Isolation.RepeatableRead;
        if (TryWords("read", "committed") || TryWords("read", "uncommitted")) return Isolation.ReadCommitted;
        throw Unexpected();
    }

    private ControlStatement ReadRollback()
    {
        var at = Take().Start;
        if (IsWord("prepared")) throw Unsupported("two-phase commit", at);
        SkipTransactionWord();
        if (!TryWord("to")) return new ControlStatement.Rollback(ReadChain());
        TryWord("savepoint");
        return new ControlStatement.RollbackTo(Name());
    }

    private ControlStatement.Prepare ReadPrepare()
    {
        var at = Take().Start;
        if (IsWord("transaction")) throw Unsupported("two-phase commit", at);
        var name = Name();
        IReadOnlyList<string> types = IsSymbol("(") ? Parenthesised(() =>
        {
            var type = ReadTypeName();
            return type.ArrayDimensions > 0 ? type.Name + "[]" : type.Name;
        }) : [];
        Word("as");
        var inner = ReadStatement();
        if (inner.Tree is null) throw Failure("42601", $"syntax error at or near \"{inner.Text.Split(' ')[0]}\"", inner.Offset);
        return new ControlStatement.Prepare(name, types, inner);
    }

    private ControlStatement.Execute ReadExecute()
    {
        Take();
        var name = Name();
        return new ControlStatement.Execute(name, IsSymbol("(") ? Parenthesised(ReadArgumentText) : []);
    }

    /// <summary>A literal's text; null for NULL.</summary>
    private string? ReadArgumentText()
    {
        var negative = TrySymbol("-");
        if (!negative) TrySymbol("+");
        var token = Take();
        string? text = token.Kind switch
        {
            TokenKind.Integer or TokenKind.Decimal => negative ? "-" + token.Value : token.Value,
            TokenKind.String when !negative => token.Value,
            TokenKind.Word when !negative && token.Value is "true" or "false" => token.Value,
            TokenKind.Word when !negative && token.Value == "null" => null,
            TokenKind.End => throw Unexpected(token),
            _ => throw Unsupported("an argument of EXECUTE that is not a literal", token.Start),
        };
        if (TrySymbol("::")) ReadTypeName();
        return text;
    }

    private ControlStatement.AlterSystem ReadAlterSystem()
    {
        _next += 2;
        if (TryWord("reset"))
        {
            if (IsWord("all")) throw Unsupported("ALTER SYSTEM RESET ALL", Current.Start, "Reset the settings one by one.");
            return new ControlStatement.AlterSystem(SettingName(), null);
        }

        Word("set");
        var name = SettingName();
        if (!TryWord("to")) Symbol("=");
        return new ControlStatement.AlterSystem(name, ReadSettingValue());
    }
}
