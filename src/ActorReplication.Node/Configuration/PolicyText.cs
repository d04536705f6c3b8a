using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ActorReplication.Core;
using ActorReplication.Core.Durability;

namespace ActorReplication.Node.Configuration;

/// <summary>Durability policies as people write them: our names, and PostgreSQL's <c>synchronous_standby_names</c>.</summary>
internal static class PolicyText
{
    public static bool TryParse(string text, [NotNullWhen(true)] out DurabilityPolicy? policy, out string problem)
    {
        policy = null;
        problem = "";
        switch (text.Trim().ToLowerInvariant())
        {
            case "" or "async": policy = DurabilityPolicy.Async; return true;
            case "semi-sync" or "semisync": policy = DurabilityPolicy.SemiSync; return true;
            case "quorum": policy = DurabilityPolicy.Quorum; return true;
            case "sync": policy = DurabilityPolicy.Sync; return true;
        }
        var tokens = Tokens(text);
        if (tokens is null) { problem = "a quote is not closed"; return false; }
        return ParseList(tokens, out policy, out problem);
    }

    /// <summary>PostgreSQL's spelling, for SHOW synchronous_standby_names.</summary>
    /// <param name="voters">N: what quorum and sync mean depends on it.</param>
    public static string Format(DurabilityPolicy policy, int voters) => policy.Kind switch
    {
        PolicyKind.Async => "",
        PolicyKind.SemiSync => "ANY 1 (*)",
        PolicyKind.Quorum => $"ANY {voters / 2} (*)",
        PolicyKind.Sync => $"ANY {Math.Max(voters - 1, 0)} (*)",
        PolicyKind.FirstOf => $"FIRST {policy.Count} ({Names(policy)})",
        _ => $"ANY {policy.Count} ({Names(policy)})",
    };

    /// <summary>The name where there is one, else PostgreSQL's spelling.</summary>
    public static string Name(DurabilityPolicy policy) => policy.Kind switch
    {
        PolicyKind.Async => "async",
        PolicyKind.SemiSync => "semi-sync",
        PolicyKind.Quorum => "quorum",
        PolicyKind.Sync => "sync",
        _ => Format(policy, 0),
    };

    private static string Names(DurabilityPolicy policy) => policy.Names.IsDefaultOrEmpty ? "*" : string.Join(", ", policy.Names.Select(n => Quoted(n.Name)));

    private static string Quoted(string name) =>
        name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_') && !char.IsAsciiDigit(name[0]) ? name : "\"" + name.Replace("\"", "\"\"") + "\"";

    // [FIRST|ANY] k ( name, … )  |  k ( name, … )  |  name, …
    private static bool ParseList(List<(string Text, bool Quoted)> tokens, [NotNullWhen(true)] out DurabilityPolicy? policy, out string problem)
    {
        policy = null;
        var (at, any, count) = (0, false, 1);
        var counted = false;
        if (tokens.Count > 2 && !tokens[0].Quoted && tokens[0].Text.ToUpperInvariant() is "FIRST" or "ANY" && int.TryParse(tokens[1].Text, out _)) any = tokens[at++].Text.ToUpperInvariant() == "ANY";
        if (tokens.Count > at + 1 && !tokens[at].Quoted && int.TryParse(tokens[at].Text, out var k) && tokens[at + 1].Text == "(")
        {
            if (k < 1) { problem = "the number of synchronous followers must be at least 1"; return false; }
            (count, counted) = (k, true);
            at += 2;
        }
        var names = ImmutableArray.CreateBuilder<NodeId>();
        var (star, expectName) = (false, true);
        for (; at < tokens.Count; at++)
        {
            var (text, quoted) = tokens[at];
            if (!quoted && text == ")" && counted && at == tokens.Count - 1 && !expectName) return Finish(names, star, any, count, out policy, out problem);
            if (!quoted && text is "(" or ")" || (expectName == (!quoted && text == ","))) { problem = $"\"{text}\" is not expected there"; return false; }
            if (expectName && !quoted && text == "*") star = true;
            else if (expectName) names.Add(new NodeId(text));
            expectName = !expectName;
        }
        if (counted) { problem = "a closing parenthesis is missing"; return false; }
        if (expectName) { problem = "a name is missing"; return false; }
        return Finish(names, star, any, count, out policy, out problem);
    }

    private static bool Finish(ImmutableArray<NodeId>.Builder names, bool star, bool any, int count, [NotNullWhen(true)] out DurabilityPolicy? policy, out string problem)
    {
        policy = null;
        problem = "";
        if (star && names.Count > 0) { problem = "* stands for all: no other name beside it"; return false; }
        if (!star && names.Distinct().Count() != names.Count) { problem = "a name stands there twice"; return false; }
        if (!star && count > names.Count) { problem = $"{count} followers of {names.Count} named"; return false; }
        policy = new DurabilityPolicy(any ? PolicyKind.AnyOf : PolicyKind.FirstOf, count, star ? [] : names.ToImmutable());
        // ANY 1 (*) has a name of its own.
        if (star && any && count == 1) policy = DurabilityPolicy.SemiSync;
        return true;
    }

    private static List<(string Text, bool Quoted)>? Tokens(string text)
    {
        var tokens = new List<(string, bool)>();
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            if (char.IsWhiteSpace(c)) { i++; continue; }
            if (c is '(' or ')' or ',' or '*') { tokens.Add((c.ToString(), false)); i++; continue; }
            if (c == '"')
            {
                var end = text.IndexOf('"', i + 1);
                if (end < 0) return null;
                tokens.Add((text[(i + 1)..end], true));
                i = end + 1;
                continue;
            }
            var start = i;
            while (i < text.Length && !char.IsWhiteSpace(text[i]) && text[i] is not ('(' or ')' or ',' or '*' or '"')) i++;
            tokens.Add((text[start..i], false));
        }
        return tokens;
    }
}
