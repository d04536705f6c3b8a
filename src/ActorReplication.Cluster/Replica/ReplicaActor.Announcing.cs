using System.Collections.Immutable;
using Akka.Actor;
using ActorReplication.Cluster.Membership;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster.Replica;

/// <summary>Nodes tell who they are: one that is no member yet hears what to do, and of a member the leader writes into the configuration which data folder speaks under its name.
/// From then on every node refuses another one, also a node that never heard from this member itself.</summary>
internal sealed partial class ReplicaActor
{
    private const int AnnounceEveryMs = 1000;
    private const int WaitingForMs = 10_000;
    private const int WaitingMost = 32;

    private readonly Dictionary<NodeId, (NodeAddress At, Instant Heard)> _waiting = [];
    private readonly Dictionary<NodeId, MemberIdentity> _identities = [];
    private Instant _lastAnnounced;
    private Instant _servingSince;
    private string? _announceProblem;

    private MemberIdentity OwnIdentity => new(_context.Identity.Incarnation, _context.Options.HttpAddress);

    private void Announce(Instant now)
    {
        if (now - _lastAnnounced < AnnounceEveryMs) return;
        _lastAnnounced = now;
        if (Replica.Role == Role.Leader)
        {
            _identities[_context.Options.Name] = OwnIdentity;
            return;
        }
        if (Replica.Leader is not null && IsKnownAs(_context.Options.Name, OwnIdentity)) return;
        var own = ((ExtendedActorSystem)Context.System).Provider.DefaultAddress;
        var announcement = new Announcement(
            _context.Options.Name.Name, _context.Identity.Incarnation.ToByteArray(), _context.Identity.Cluster.Value.ToByteArray(), $"{own.Host}:{own.Port}", _context.Options.HttpAddress);
        IReadOnlyCollection<NodeId> to = Replica.Leader is { } leader ? [leader] : _context.Addresses.Names;
        foreach (var peer in to)
            if (peer != _context.Options.Name) RefOf(peer)?.Tell(announcement);
    }

    private bool IsKnownAs(NodeId name, MemberIdentity identity) =>
        Replica.Config?.Members.GetValueOrDefault(name) is { } member && member.Incarnation == identity.Incarnation && member.Http == identity.Http;

    private void OnAnnouncement(Announcement announcement)
    {
        if (announcement.Incarnation.Length != 16 || announcement.Cluster.Length != 16 || announcement.From.Length is 0 or > 63
            || !IsShowable(announcement.From) || !IsShowable(announcement.Address) || !IsShowable(announcement.Http)) return;
        // Who knows of no cluster, or of the one that its configuration file proposes, has nothing to say about who belongs to it.
        if (_context.Identity.Cluster == ClusterId.None || Replica.Config is not { } config) return;
        var (from, incarnation) = (new NodeId(announcement.From), new Guid(announcement.Incarnation));
        var problem = ProblemWith(from, incarnation, new ClusterId(new Guid(announcement.Cluster)), announcement.Address, config);
        Sender.Tell(new AnnouncementReply(_context.Options.Name.Name, problem));
        if (!config.Members.ContainsKey(from)) Remember(from, announcement.Address);
        else if (problem.Length == 0 && Replica.Role == Role.Leader) _identities[from] = new MemberIdentity(incarnation, announcement.Http);
    }

    /// <summary>It is shown to operators, in tables and in commands to copy.</summary>
    private static bool IsShowable(string text) => text.Length <= ConfigChanges.MostTagLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '[' or ']' or '%');

    private string ProblemWith(NodeId from, Guid incarnation, ClusterId cluster, string address, ClusterConfig config)
    {
        if (cluster != ClusterId.None && cluster != _context.Identity.Cluster) return $"'{from}' belongs to cluster {cluster}, not to {_context.Identity.Cluster}: give it an empty data folder";
        if (!config.Members.ContainsKey(from)) return ChangeRefusals.NoMember(from, address);
        return IsWhoItWas(from, incarnation) ? "" : ChangeRefusals.OtherFolder(from);
    }

    private void OnAnnouncementReply(AnnouncementReply reply)
    {
        if (reply.Problem.Length > 0)
        {
            _announceProblem = reply.Problem;
            Complain(reply.Problem);
        }
        else if (_announceProblem is { } problem)
        {
            _announceProblem = null;
            if (_context.Board.LastProblem == problem) _context.Board.LastProblem = null;
        }
    }

    private void Remember(NodeId from, string address)
    {
        var colon = address.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(address.AsSpan(colon + 1), out var port) || (_waiting.Count >= WaitingMost && !_waiting.ContainsKey(from))) return;
        _waiting[from] = (new NodeAddress(from, address[..colon], port), _context.Clock.Now);
    }

    private IReadOnlyList<NodeAddress> WaitingNodes()
    {
        if (_waiting.Count == 0) return [];
        foreach (var (name, (_, heard)) in _waiting.ToList())
            if (_context.Clock.Now - heard > WaitingForMs || Replica.Config?.Members.ContainsKey(name) == true) _waiting.Remove(name);
        return [.. _waiting.Values.Select(w => w.At)];
    }

    /// <summary>Only while all voters are there: a configuration entry that does not commit would stand in the way of what an operator wants to change.</summary>
    private void IdentifyMembers()
    {
        if (_identities.Count == 0 || !Replica.IsServing || _context.Clock.Now - _servingSince < _context.Options.IdentifyAfterMs || _controls.Count > 0 || Replica.Config is not { } config) return;
        var news = _identities.Where(i => !IsKnownAs(i.Key, i.Value) && config.Members.TryGetValue(i.Key, out var member) && (member.Incarnation == Guid.Empty || member.Incarnation == i.Value.Incarnation))
            .ToImmutableSortedDictionary(i => i.Key, i => i.Value);
        if (news.Count < _identities.Count) foreach (var name in _identities.Keys.Where(n => !news.ContainsKey(n)).ToList()) _identities.Remove(name);
        if (news.Count == 0 || Replica.Peers().Any(p => p.Kind != MemberKind.Learner && p.LastHeardMs > 4 * _context.Options.HeartbeatMs)) return;
        Run(new Input.ConfigChangeRequested(NextRequest(), new ConfigChange.Identify(news)));
    }
}
