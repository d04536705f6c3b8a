namespace ActorReplication.Storage.Capture;

/// <summary>The shape of one INSERT, UPDATE or DELETE, as far as its tokens tell it without being parsed.</summary>
internal sealed class StatementText
{
    private readonly List<string> tokens;
    private readonly int target;

    internal StatementText(ReadOnlySpan<byte> sql)
    {
        tokens = SqlTokens.Of(sql);
        Verb = tokens.Count > 0 ? tokens[0] : "";
        target = Verb switch
        {
            "INSERT" or "REPLACE" => tokens.IndexOf("INTO") + 1,
            "UPDATE" => At(1) == "OR" ? 3 : 1,
            "DELETE" => 2,
            _ => 0,
        };
        if (At(target + 1) == ".")
            target += 2;
        Target = SqlTokens.Name(At(target));
        if (Verb is "INSERT" or "REPLACE")
            ReadInsert();
    }

    internal string Verb { get; }

    /// <summary>Name of the table that is written.</summary>
    internal string Target { get; }

    /// <summary>An INSERT's column list; empty when there is none.</summary>
    internal List<string> Columns { get; } = [];

    /// <summary>INSERT … SELECT.</summary>
    internal bool InsertsQuery { get; private set; }

    internal bool HasConflictClause => Verb == "REPLACE" || At(1) == "OR" || Has("CONFLICT");

    /// <summary>UPDATE … FROM.</summary>
    internal bool UpdatesFrom => Depths().Any(place => place.Depth == 0 && tokens[place.Index] == "FROM" && Verb == "UPDATE");

    internal bool Has(string token) => tokens.Contains(token);

    private string At(int index) => index >= 0 && index < tokens.Count ? tokens[index] : "";

    private void ReadInsert()
    {
        var at = target + 1;
        if (At(at) == "AS")
            at += 2;
        if (At(at) == "(" && At(at + 1) is not ("SELECT" or "VALUES" or "WITH"))
        {
            for (at++; at < tokens.Count && tokens[at] != ")"; at++)
            {
                if (tokens[at] != ",")
                    Columns.Add(SqlTokens.Name(tokens[at]));
            }
            at++;
        }
        InsertsQuery = At(at) is not ("VALUES" or "DEFAULT");
    }

    /// <summary>Each query inside an expression asks only whether something is there, or for a count, a least or a greatest value: then the order of rows does not matter.
    /// Derived tables in FROM are part of the query around them.</summary>
    internal bool QueriesHaveNoOrder()
    {
        for (var i = 1; i < tokens.Count; i++)
        {
            if (tokens[i] is not ("SELECT" or "VALUES") || tokens[i - 1] != "(")
                continue;
            var before = At(i - 2);
            if (before is "IN" or "EXISTS" or "FROM" or "JOIN" || InsertsQuery && i - 2 == target)
                continue;
            if (tokens[i] == "VALUES" || At(i + 1) is not ("COUNT" or "MIN" or "MAX") || At(i + 2) != "(" || HasInside(i, "GROUP"))
                return false;
        }
        return true;
    }

    /// <summary>An inner query names the table that is written: it may see some of the rows changed already.</summary>
    internal bool QueriesTarget()
    {
        var first = tokens.IndexOf("SELECT");
        return first >= 0 && tokens.FindIndex(first, token => SqlTokens.Name(token).Equals(Target, StringComparison.OrdinalIgnoreCase)) >= 0;
    }

    /// <summary>The one table that is read, by its place in the one FROM; null when there are several.</summary>
    internal string? OnlySource
    {
        get
        {
            var from = -1;
            for (var i = 0; i < tokens.Count; i++)
            {
                if (tokens[i] is "JOIN" or "UNION" or "EXCEPT" or "INTERSECT" or "GROUP" or "DISTINCT")
                    return null;
                if (tokens[i] != "FROM" || At(i + 1) == "(" || i == 1 && Verb == "DELETE")
                    continue;
                if (from >= 0)
                    return null;
                from = i;
            }
            if (from < 0)
                return null;
            var name = At(from + 2) == "." ? from + 3 : from + 1;
            var after = At(name + 1) == "AS" ? name + 3 : name + 1;
            return At(after) == "," || At(after) == "(" ? null : SqlTokens.Name(At(name));
        }
    }

    /// <summary>Columns of that table by which the rows are ordered. Only names with the table's own before them: others may be of the result.</summary>
    internal IEnumerable<string> OrderColumns(string source)
    {
        var order = tokens.LastIndexOf("ORDER");
        if (order < 0 || At(order + 1) != "BY")
            yield break;
        var alias = Alias(source);
        for (var i = order + 2; i < tokens.Count; i++)
        {
            var qualifier = SqlTokens.Name(tokens[i]);
            if (At(i + 1) == "." && At(i + 3) is "" or "," or ")" or "ASC" or "DESC" or "LIMIT" or "WHERE" && qualifier.Equals(alias, StringComparison.OrdinalIgnoreCase))
                yield return SqlTokens.Name(At(i + 2));
            while (i < tokens.Count && tokens[i] is not ("," or ")" or "LIMIT"))
            {
                // An expression: no plain column.
                if (tokens[i] == "(")
                    yield break;
                i++;
            }
            if (i >= tokens.Count || tokens[i] != ",")
                yield break;
        }
    }

    private string Alias(string source)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i] == "FROM" && At(i + 1) != "(" && !(i == 1 && Verb == "DELETE"))
            {
                var name = At(i + 2) == "." ? i + 3 : i + 1;
                return At(name + 1) == "AS" ? SqlTokens.Name(At(name + 2)) : source;
            }
        }
        return source;
    }

    private bool HasInside(int start, string token)
    {
        var depth = 0;
        for (var i = start; i < tokens.Count && depth >= 0; i++)
        {
            if (tokens[i] == "(")
                depth++;
            else if (tokens[i] == ")")
                depth--;
            else if (depth == 0 && tokens[i] == token)
                return true;
        }
        return false;
    }

    private IEnumerable<(int Index, int Depth)> Depths()
    {
        var depth = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i] == "(")
                depth++;
            else if (tokens[i] == ")")
                depth--;
            yield return (i, depth);
        }
    }
}
