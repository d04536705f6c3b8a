using System.Globalization;
using System.Text;

namespace ActorReplication.Core.Tests.Simulation.Plan;

/// <summary>The file form of a scenario: <c>#</c> comments, header lines <c>name value</c>, then one plan item a line:
/// <c>at-ms kind key=value …</c>.</summary>
internal static class ScenarioText
{
    public static string Write(Scenario scenario, params IEnumerable<string> comments)
    {
        var text = new StringBuilder();
        foreach (var comment in comments)
            text.Append("# ").Append(comment.ReplaceLineEndings(" ")).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"seed {scenario.Seed}\nroles {scenario.Roles}\npolicy {scenario.Policy}\n");
        foreach (var setting in Enum.GetValues<Setting>())
            text.Append(CultureInfo.InvariantCulture, $"{setting} {scenario[setting]}\n");
        foreach (var item in scenario.Items)
            text.Append(Line(item)).Append('\n');
        return text.ToString();
    }

    public static string Line(PlanItem item)
    {
        var line = new StringBuilder().Append(item.AtMs).Append(' ').Append(item.Kind.ToString().ToLowerInvariant());
        if (item.Node >= 0)
            line.Append(" node=").Append(Letter(item.Node));
        if (item.Peer >= 0)
            line.Append(" peer=").Append(Letter(item.Peer));
        if (item.ForMs != 0)
            line.Append(" for=").Append(item.ForMs);
        if (item.Amount != 0)
            line.Append(" amount=").Append(item.Amount);
        if (item.Links != 0)
            line.Append(" links=").AppendJoin(',', LinkNames(item.Links));
        if (item.Policy.Length > 0)
            line.Append(" policy=").Append(item.Policy);
        return line.ToString();
    }

    public static Scenario Read(string text)
    {
        ulong seed = 0;
        string roles = "vvv", policy = "quorum";
        var settings = new List<(Setting, int)>();
        var items = new List<PlanItem>();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0][0] == '#')
                continue;
            if (char.IsAsciiDigit(words[0][0]))
                items.Add(ReadItem(words));
            else if (words[0] == "seed")
                seed = ulong.Parse(words[1], CultureInfo.InvariantCulture);
            else if (words[0] == "roles")
                roles = words[1];
            else if (words[0] == "policy")
                policy = words[1];
            else
                settings.Add((Enum.Parse<Setting>(words[0]), int.Parse(words[1], CultureInfo.InvariantCulture)));
        }
        var scenario = new Scenario { Seed = seed, Roles = roles, Policy = policy, Items = items };
        foreach (var (setting, value) in settings)
            scenario[setting] = value;
        return scenario;
    }

    private static PlanItem ReadItem(string[] words)
    {
        var item = new PlanItem(Number(words[0]), Enum.Parse<PlanKind>(words[1], ignoreCase: true));
        foreach (var word in words.AsSpan(2))
        {
            var (key, value) = (word[..word.IndexOf('=')], word[(word.IndexOf('=') + 1)..]);
            item = key switch
            {
                "node" => item with { Node = value[0] - 'a' },
                "peer" => item with { Peer = value[0] - 'a' },
                "for" => item with { ForMs = Number(value) },
                "amount" => item with { Amount = Number(value) },
                "links" => item with { Links = value.Split(',').Aggregate(0UL, (sum, link) => sum | PlanItem.Link(link[0] - 'a', link[1] - 'a')) },
                "policy" => item with { Policy = value },
                _ => throw new FormatException($"unknown key '{key}'"),
            };
        }
        return item;
    }

    private static IEnumerable<string> LinkNames(ulong links)
    {
        for (var from = 0; from < Scenario.MaxNodes; from++)
            for (var to = 0; to < Scenario.MaxNodes; to++)
                if ((links & PlanItem.Link(from, to)) != 0)
                    yield return $"{Letter(from)}{Letter(to)}";
    }

    private static char Letter(int node) => (char)('a' + node);
    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
