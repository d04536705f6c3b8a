using Akka.Actor;
using ActorReplication.Cluster.Peers;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Replica;

/// <summary>Compaction of the log, and snapshots sent and received.</summary>
internal sealed partial class ReplicaActor
{
    private const int SnapshotAskEveryMs = 2000;

    private readonly Dictionary<NodeId, (IActorRef Actor, Term Term)> _senders = [];
    private IActorRef? _receiver;
    private Guid _receiving;
    private bool _wantsSnapshot;
    private Instant _lastAsk;
    private bool _installing;
    private bool _installRecording;

    /// <summary>The database file holds this much durably: the log may forget what is beyond its budget.</summary>
    private void OnCheckpointed(AppliedState state)
    {
        // A copy on its way was found to fit the log as it is.
        if (_receiver is not null) return;
        var upTo = LogIndex.Min(new LogIndex(state.Index), _context.Map.IndexKeeping(_context.Options.LogBudgetBytes));
        if (upTo > Replica.LogStart.Index) Run(new Input.CompactionRequested(upTo));
    }

    private void OnSnapshotRecorded(JournalEvent.SnapshotTaken snapshot)
    {
        DeleteMessages(_context.Map.Compacted(snapshot.Position.Index));
        if (!_installRecording) return;
        _installRecording = false;
        _context.Gate.FinishInstall();
    }

    private void OnNeedsSnapshot(string why)
    {
        _context.Board.LastProblem = why;
        _wantsSnapshot = true;
        AskForSnapshot(_context.Clock.Now);
    }

    private void AskForSnapshot(Instant now)
    {
        if (now - _lastAsk < SnapshotAskEveryMs || _receiver is not null || Replica.Leader is not { } leader || leader == _context.Options.Name) return;
        _lastAsk = now;
        RefOf(leader)?.Tell(new SnapshotRequest(_context.Options.Name.Name, _context.Identity.Incarnation.ToByteArray(), _context.Identity.Cluster.Value.ToByteArray()));
    }

    private void OnSnapshotRequest(SnapshotRequest request)
    {
        var peer = new NodeId(request.From);
        if (Replica.Role == Role.Leader && SameCluster(request.Cluster) && request.Incarnation.Length == 16 && Knows(peer, new Guid(request.Incarnation)))
            StartSnapshotSender(peer, Replica.Term);
    }

    private void StartSnapshotSender(NodeId peer, Term term)
    {
        if (_senders.TryGetValue(peer, out var before))
        {
            if (before.Term == term) return;
            Context.Stop(before.Actor);
        }
        if (RefOf(peer) is not { } remote)
        {
            Run(new Input.SnapshotSent(peer, null));
            return;
        }
        _senders[peer] = (Context.ActorOf(SnapshotSender.Props(_context, Self, peer, remote, term)), term);
    }

    private void OnSnapshotSendEnded(ReplicaProtocol.SnapshotSendEnded ended)
    {
        // One that was replaced says nothing about the one under way.
        if (!_senders.TryGetValue(ended.Peer, out var sender) || sender.Term != ended.Term) return;
        _senders.Remove(ended.Peer);
        Run(new Input.SnapshotSent(ended.Peer, ended.Installed));
    }

    private void ForwardToSender(IControlMessage message)
    {
        var from = new NodeId(message switch { SnapshotProgress p => p.From, SnapshotDone d => d.From, _ => "" });
        if (_senders.TryGetValue(from, out var sender)) sender.Actor.Forward(message);
    }

    private void OnSnapshotOffer(SnapshotOffer offer)
    {
        if (offer.Snapshot.Length != 16 || !SameCluster(offer.Cluster) || Replica.Leader?.Name != offer.From || offer.Term < Replica.Term.Value) return;
        var snapshot = new Guid(offer.Snapshot);
        if (_receiver is not null && _receiving == snapshot)
        {
            _receiver.Tell(offer);
            return;
        }
        // A newer offer replaces one whose sender is gone.
        if (_receiver is not null) Context.Stop(_receiver);
        _receiving = snapshot;
        _receiver = Context.Watch(Context.ActorOf(SnapshotReceiver.Props(_context, offer, Sender)));
    }

    private void ForwardToReceiver(SnapshotChunk chunk) => _receiver?.Forward(chunk);

    private void OnSnapshotReceived(ReplicaProtocol.SnapshotReceived received)
    {
        var at = received.Manifest.Position;
        if (Replica.MayInstall(new LogPosition(new Term(at.Term), new LogIndex(at.Index)))) _context.Gate.InstallSnapshot(received.Path, received.Manifest);
        else OnSnapshotRejected($"the copy stands at {at.Term}/{at.Index}, before what this node knows to be committed");
    }

    private void OnSnapshotInPlace(ReplicaProtocol.SnapshotInPlace inPlace)
    {
        _wantsSnapshot = false;
        _context.Board.LastProblem = null;
        RecordInstall(inPlace.Position, inPlace.Config);
        _receiver?.Tell(inPlace);
        _receiver = null;
        _context.Gate.OnCommit(Replica.Commit);
        ReplicaLog.Cloned(_logger, inPlace.Position.ToString());
    }

    /// <summary>Tells Core of an installed copy. The install's plan is dropped when the journal knows the position, at once if it need not learn it.</summary>
    private void RecordInstall(LogPosition position, ClusterConfig config)
    {
        _installing = true;
        Run(new Input.SnapshotInstalled(position, config));
        _installing = false;
        Run(new Input.Applied(position.Index));
        if (!_installRecording) _context.Gate.FinishInstall();
    }

    private void OnSnapshotRejected(string why)
    {
        Complain(why);
        _receiver?.Tell(new ReplicaProtocol.SnapshotRejected(why));
        _receiver = null;
    }
}
