using System.Text;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Rules;

namespace ActorReplication.Core.Tests.Scripts;

/// <summary>Runs a protocol scenario: lines that begin with "> " are commands, the lines after one are what came of it.</summary>
internal sealed class Script
{
    private readonly StringBuilder _text = new();
    private TestCluster? _cluster;
    private bool _tracesMessages = true;
    private int _requests;

    private TestCluster Cluster => _cluster ?? throw new FormatException("the first command makes the cluster");

    /// <returns>The script with what comes of its commands today.</returns>
    public static string Play(string script)
    {
        var player = new Script();
        foreach (var line in script.Split('\n'))
        {
            if (line.StartsWith("> ", StringComparison.Ordinal))
            {
                player._text.Append(line).Append('\n');
                player.Run(line[2..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
            else if (line.Length == 0 || line[0] == '#') player._text.Append(line).Append('\n');
        }
        return player._text.ToString().TrimEnd('\n') + "\n";
    }

    private void Run(string[] words)
    {
        var (verb, at) = (words[0], words.Length > 1 ? words[1] : "");
        var rest = words.Length > 2 ? words[2..] : [];
        switch (verb)
        {
            case "cluster": Begin(words[1..]); break;
            case "add-node": Watch(Cluster.AddNode(new NodeId(at))); break;
            case "elect": Quietly(() => Cluster.Elect(at)); break;
            case "campaign": Cluster.Step(at, new Input.CampaignRequested(Next())); break;
            case "suspect": Cluster.Step(at, new Input.PeerSuspected(new NodeId(rest[0]))); break;
            case "propose": Cluster.Propose(at, rest); break;
            case "read": Cluster.Step(at, new Input.ReadRequested(Next())); break;
            case "change": Cluster.Step(at, new Input.ConfigChangeRequested(Next(), Change(rest))); break;
            case "transfer": Cluster.Step(at, new Input.TransferRequested(Next(), rest.Length > 0 ? new NodeId(rest[0]) : null)); break;
            case "compact": Cluster.Step(at, new Input.CompactionRequested(new LogIndex(long.Parse(rest[0])))); break;
            case "crash": Cluster[at].Crash(); break;
            case "restart": Cluster.Restart(at); Watch(Cluster[at]); break;
            case "cut": Cluster.Cut(at, rest[0]); break;
            case "isolate": Cluster.Isolate(at); break;
            case "heal": Cluster.Heal(); break;
            case "hold-disk": Cluster[at].SyncsAtOnce = false; break;
            case "sync": Cluster[at].SyncsAtOnce = true; Cluster.Sync(at); break;
            case "run": Quietly(() => Cluster.Run(int.Parse(at))); break;
            case "watch": Cluster.Run(int.Parse(at)); break;
            case "until-level": Quietly(() => Cluster.RunUntil(() => Cluster.IsLevel)); break;
            case "state": State(); break;
            case "log": Log(at); break;
            default: throw new FormatException($"unknown command {verb}");
        }
    }

    private void Begin(string[] words)
    {
        var policy = DurabilityPolicy.Quorum;
        var others = new List<Member>();
        var names = new List<string>();
        foreach (var word in words)
        {
            if (word.StartsWith("policy=", StringComparison.Ordinal)) policy = Policy(word[7..]);
            else if (word.StartsWith("witness=", StringComparison.Ordinal)) others.Add(new Member(new NodeId(word[8..]), MemberKind.Witness));
            else names.Add(word);
        }
        _cluster = new TestCluster(string.Join(' ', names), policy, others: [.. others]);
        _cluster.Filter = (from, to, message) =>
        {
            if (_tracesMessages) Line($"  {from} → {to}  {TraceText.Of(message)}");
            return true;
        };
        foreach (var node in _cluster.Nodes) Watch(node);
    }

    private void Watch(TestNode node) => node.Observer = output =>
    {
        var isJournal = output is Output.Persist;
        if (TraceText.Of(output) is { } text && (_tracesMessages || !isJournal)) Line($"  {node.Id} {text}");
    };

    private void Quietly(Action action)
    {
        _tracesMessages = false;
        action();
        _tracesMessages = true;
    }

    private void State()
    {
        foreach (var node in Cluster.Nodes)
        {
            var r = node.Replica;
            Line(node.IsDown
                ? $"  {node.Id} down"
                : $"  {node.Id} {r.Role}{(r.IsServing ? " serving" : "")} term {r.Term} last {r.Last} durable {r.Durable} commit {r.Commit} applied {r.Applied}");
        }
    }

    private void Log(string name) => Line(Cluster[name].Entries.Count == 0 ? "  (empty)" : "  " + string.Join(' ', Cluster[name].Entries.Select(e =>
        e.Kind == EntryKind.Data ? $"{e.Position}={Encoding.UTF8.GetString(e.Payload.Span)}" : $"{e.Position}:{e.Kind}")));

    private void Line(string text) => _text.Append(text).Append('\n');

    private RequestId Next() => new(++_requests);

    private static ConfigChange Change(string[] words) => words[0] switch
    {
        "add-learner" => new ConfigChange.Add(new Member(new NodeId(words[1]), MemberKind.Learner)),
        "add-witness" => new ConfigChange.Add(new Member(new NodeId(words[1]), MemberKind.Witness)),
        "remove" => new ConfigChange.Remove(new NodeId(words[1])),
        "promote" => new ConfigChange.Promote(new NodeId(words[1])),
        "demote" => new ConfigChange.Demote(new NodeId(words[1])),
        "policy" => new ConfigChange.SetPolicy(Policy(words[1])),
        _ => throw new FormatException($"unknown change {words[0]}"),
    };

    private static DurabilityPolicy Policy(string text) => text switch
    {
        "async" => DurabilityPolicy.Async,
        "semi-sync" => DurabilityPolicy.SemiSync,
        "quorum" => DurabilityPolicy.Quorum,
        "sync" => DurabilityPolicy.Sync,
        _ => throw new FormatException($"unknown policy {text}"),
    };
}
