using System.Globalization;
using ActorReplication.Postgres.Dialect.Lexing;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>SET, RESET, SHOW in all spellings, and the maintenance commands that do nothing here.</summary>
internal sealed partial class Parser
{
    private ControlStatement ReadSetting(Token head)
    {
        Take();
        return head.Value switch
        {
            "set" => ReadSet(),
            "reset" => ReadReset(),
            _ => ReadShow(),
        };
    }

    private ControlStatement ReadSet()
    {
        if (TryWords("session", "characteristics"))
        {
            Words("as", "transaction");
            var (level, only) = ReadTransactionModes();
            return new ControlStatement.SetTransaction(level, only, SessionDefault: true);
        }

        if (TryWord("transaction"))
        {
            if (IsWord("snapshot")) throw Unsupported("SET TRANSACTION SNAPSHOT", Current.Start);
            var (level, only) = ReadTransactionModes();
            return new ControlStatement.SetTransaction(level, only, SessionDefault: false);
        }

        if (TryWord("constraints"))
        {
            SkipRest();
            if (Previous.IsWord("deferred")) throw Unsupported("SET CONSTRAINTS … DEFERRED", Previous.Start, "Declare the foreign key DEFERRABLE INITIALLY DEFERRED.");
            return new ControlStatement.NoOperation("SET CONSTRAINTS");
        }

        var local = TryWord("local");
        if (!local && IsWord("session") && !Ahead().IsWord("authorization")) Take();
        if (TryWords("time", "zone")) return new ControlStatement.Set("timezone", ReadZoneValue(), local);
        if (TryWords("session", "authorization")) return new ControlStatement.Set("session_authorization", ReadSettingValue(), local);
        if (TryWord("names")) return new ControlStatement.Set("client_encoding", IsSymbol(";") || Current.Kind == TokenKind.End ? null : ReadSettingValue(), local);
        if (IsWord("role") && !Ahead().IsWord("to") && !Ahead().IsSymbol("="))
        {
            Take();
            return new ControlStatement.Set("role", TryWord("none") ? "none" : ReadSettingValue(), local);
        }

        var name = SettingName();
        if (!TryWord("to")) Symbol("=");
        return new ControlStatement.Set(name, ReadSettingValue(), local);
    }

    private string? ReadZoneValue()
    {
        if (TryWord("local")) return null;
        if (!IsWord("interval")) return ReadSettingValue();
        Take();
        var text = Take();
        if (text.Kind != TokenKind.String) throw Unexpected(text);
        if (TryWord("hour")) Words("to", "minute");
        return HoursEast(text.Value);
    }

    /// <summary>An interval counts eastwards, as a number of hours does; the bare text '+05:30' would be POSIX's and count westwards.</summary>
    private static string HoursEast(string interval) => TimeSpan.TryParseExact(interval.TrimStart('+', '-'), @"h\:mm", CultureInfo.InvariantCulture, out var offset)
        ? ((interval.StartsWith('-') ? -1 : 1) * offset.TotalHours).ToString(CultureInfo.InvariantCulture) : interval;

    private string SettingName()
    {
        var name = Label().ToLowerInvariant();
        while (TrySymbol(".")) name += "." + Label().ToLowerInvariant();
        return name;
    }

    /// <summary>Null: DEFAULT. A list is joined with ", ".</summary>
    private string? ReadSettingValue()
    {
        if (TryWord("default")) return null;
        return string.Join(", ", CommaSeparated(ReadSettingItem));
    }

    private string ReadSettingItem()
    {
        var negative = TrySymbol("-");
        if (!negative) TrySymbol("+");
        var token = Take();
        return token.Kind switch
        {
            TokenKind.Integer or TokenKind.Decimal => negative ? "-" + token.Value : token.Value,
            TokenKind.String or TokenKind.QuotedName when !negative => token.Value,
            TokenKind.Word when !negative && (token.Value is "on" or "true" or "false" || Keywords.CanNameFunction(token.Value)) => ReadUnquotedValue(token),
            _ => throw Unexpected(token),
        };
    }

    /// <summary><c>ANY 1 (a, b)</c> and <c>FIRST 2 (*)</c> are accepted without quotes too: they are what synchronous_standby_names holds.</summary>
    private string ReadUnquotedValue(Token first)
    {
        if (first.Value is not ("any" or "first") || Current.Kind != TokenKind.Integer) return first.Value;
        Take();
        SkipBrackets();
        return _text[first.Start..Previous.End];
    }

    private ControlStatement ReadReset()
    {
        if (TryWord("all")) return new ControlStatement.ResetAll();
        if (TryWords("time", "zone")) return new ControlStatement.Reset("timezone");
        if (TryWords("session", "authorization")) return new ControlStatement.Reset("session_authorization");
        if (TryWords("transaction", "isolation"))
        {
            Word("level");
            return new ControlStatement.Reset("transaction_isolation");
        }

        return new ControlStatement.Reset(SettingName());
    }

    private ControlStatement ReadShow()
    {
        if (TryWord("all")) return new ControlStatement.ShowAll();
        if (TryWords("time", "zone")) return new ControlStatement.Show("timezone");
        if (TryWords("session", "authorization")) return new ControlStatement.Show("session_authorization");
        if (TryWords("transaction", "isolation"))
        {
            Word("level");
            return new ControlStatement.Show("transaction_isolation");
        }

        return new ControlStatement.Show(SettingName());
    }

    private ControlStatement.NoOperation? ReadWithoutEffect(Token head)
    {
        var tag = head.Value switch
        {
            "lock" => "LOCK TABLE",
            "vacuum" or "analyze" or "checkpoint" or "reindex" or "cluster" or "comment" => head.Value.ToUpperInvariant(),
            "analyse" => "ANALYZE",
            "create" when Ahead().IsWord("extension") => "CREATE EXTENSION",
            "drop" when Ahead().IsWord("extension") => "DROP EXTENSION",
            "create" when Ahead().IsWord("schema") && IsPublicSchema() => "CREATE SCHEMA",
            // There are none of these, so there is nothing to drop.
            "drop" when Ahead().Value is "type" or "domain" or "sequence" or "schema" or "function" or "procedure" or "aggregate" && Ahead(2).IsWord("if") && !IsPublicSchema() => "DROP " + Ahead().Value.ToUpperInvariant(),
            "create" or "drop" or "alter" => throw UnsupportedObject(head),
            _ => null,
        };
        if (tag is null) return null;
        SkipRest();
        return new ControlStatement.NoOperation(tag);
    }

    private bool IsPublicSchema()
    {
        for (var i = 2; i < 7; i++)
        {
            var token = Ahead(i);
            if (token.Kind is TokenKind.Word or TokenKind.QuotedName && token.Value is not ("if" or "not" or "exists")) return token.Value == "public";
        }

        return false;
    }

    private DialectException UnsupportedObject(Token head)
    {
        var what = Ahead();
        if (what.Kind != TokenKind.Word) { Take(); return Unexpected(); }
        var (construct, hint) = what.Value switch
        {
            "type" or "domain" => ("a user-defined type", "Use text with a CHECK constraint."),
            "schema" => ("another schema than public", "All tables live in schema public."),
            "sequence" => ("a sequence of its own", "Use a serial or identity primary key."),
            "database" => ("another database", "A cluster holds one database; it exists."),
            "user" => ("a user mapping", null),
            "function" or "procedure" or "aggregate" or "operator" or "language" => ("a user-defined function", "There is no procedural language here."),
            "materialized" => ("a materialized view", "Use a table and INSERT … SELECT."),
            "or" => ("CREATE OR REPLACE of this kind of object", "Only views can be replaced."),
            "publication" or "subscription" => ("logical replication in SQL", null),
            "view" or "trigger" => ("this form of ALTER", "Drop it and create it again."),
            _ => (null, (string?)null),
        };
        if (construct is not null) return Unsupported(construct, what.Start, hint);
        Take();
        return Unexpected();
    }
}
