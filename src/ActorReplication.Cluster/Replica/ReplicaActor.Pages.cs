using Akka.Actor;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Replica;

/// <summary>Who holds which bytes, while entries are of pages. An entry that is pages alone can be applied by a node that holds the bytes before it, and by no other: so the leader sends rows
/// beside the pages until everybody who might ever lead has said that it does.</summary>
internal sealed partial class ReplicaActor
{
    private const int PagesHeldEveryMs = 1000;

    private readonly Dictionary<NodeId, Guid> _pagesHeld = [];
    private bool _wantsPages;
    private (NodeId? Leader, Guid Lineage, Instant At) _toldPages;

    private bool IsPaging => _context.Board.Capture.Method == ReplicationMethod.Page;

    private void OnPropose(ReplicaProtocol.Propose propose)
    {
        if (propose.At is { } at && Replica.Last.Index.Next != at) _context.Gate.OnMoved(propose.Id);
        else Run(new Input.Propose(propose.Id, propose.Payloads, propose.AckReceived) { TimeMs = _context.Clock.WallMs });
    }

    /// <summary>Says so when it changes, when the leader does, and now and then.</summary>
    private void TellPagesHeld(Instant now)
    {
        if (!IsPaging || Replica.Role == Role.Leader || Replica.Leader is not { } leader) return;
        // One that waits for a copy may hold what was cut from the log; and what a power failure could take is not held.
        var lineage = _wantsSnapshot || _context.Database.LineageAwaitsCheckpoint ? Guid.Empty : _context.Database.Current.Writer.Lineage;
        if (_toldPages.Leader == leader && _toldPages.Lineage == lineage && now - _toldPages.At < PagesHeldEveryMs) return;
        _toldPages = (leader, lineage, now);
        RefOf(leader)?.Tell(new PagesHeld(_context.Options.Name.Name, _context.Identity.Cluster.Value.ToByteArray(), lineage.ToByteArray()));
    }

    private void OnPagesHeld(PagesHeld held)
    {
        if (Replica.Role != Role.Leader || !SameCluster(held.Cluster) || held.Lineage.Length != 16) return;
        _pagesHeld[new NodeId(held.From)] = new Guid(held.Lineage);
        PublishPagesHeld();
    }

    private void PublishPagesHeld()
    {
        if (Replica.Role != Role.Leader || Replica.Config is not { } config)
        {
            _context.Board.PagesHeld = Guid.Empty;
            return;
        }
        // One that leaves and comes back begins with nothing.
        foreach (var gone in _pagesHeld.Keys.Where(id => !config.Members.ContainsKey(id)).ToList()) _pagesHeld.Remove(gone);
        var held = OthersWithData(config).Select(id => _pagesHeld.GetValueOrDefault(id)).Distinct().ToList();
        _context.Board.PagesHeld = held.Count switch { 0 => null, 1 => held[0], _ => Guid.Empty };
    }

    private IEnumerable<NodeId> OthersWithData(ClusterConfig config) =>
        config.Members.Values.Where(m => m.Id != _context.Options.Name && m.Kind != MemberKind.Witness).Select(m => m.Id);

    private IReadOnlyList<NodeId> PagesAwaited()
    {
        if (!IsPaging || Replica.Role != Role.Leader || Replica.Config is not { } config) return [];
        var own = _context.Database.Current.Writer.Lineage;
        return [.. OthersWithData(config).Where(id => own == Guid.Empty || _pagesHeld.GetValueOrDefault(id) != own)];
    }

    private void ForgetPagesHeld()
    {
        _pagesHeld.Clear();
        PublishPagesHeld();
    }
}
