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
    private const int HeldMost = 10_000;

    private readonly Dictionary<NodeId, (IActorRef Actor, Term Term)> _senders = [];
    private IActorRef? _receiver;
    private Guid _receiving;
    private IActorRef? _receivedFrom;
    private (Guid Snapshot, LogPosition At) _installed;
    private Term _receivingTerm;
    private Queue<Input>? _inputsHeld;
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
        if (_context.Archiver is { } archiver) upTo = LogIndex.Min(upTo, LogIndex.Max(archiver.MayForget, _context.Map.IndexKeeping(archiver.LogBudgetBytes)));
        if (upTo <= Replica.LogStart.Index) return;
        var before = Replica.LogStart.Index;
        Run(new Input.CompactionRequested(upTo));
        TellWhoIsCutOff(before);
    }

    /// <param name="sequenceNr">Of its record, which stays: term, vote and the log's start are in it, and after a clone no entry before it holds it.</param>
    private void OnSnapshotRecorded(JournalEvent.SnapshotTaken snapshot, long sequenceNr)
    {
        DeleteMessages(Math.Min(_context.Map.Compacted(snapshot.Position.Index), sequenceNr - 1));
        if (!_installRecording) return;
        _installRecording = false;
        _context.Gate.FinishInstall();
    }

    private void OnNeedsSnapshot(string why)
    {
        _context.Board.LastProblem = why;
        _wantsSnapshot = true;
        Run(Input.StateLost.Instance);
        AskForSnapshot(_context.Clock.Now);
    }

    /// <summary>The journal stays, and with it term, vote and every entry acknowledged; only the database is replaced. Until the copy is in place the old one is there: a crash
    /// before that leaves it.</summary>
    private void OnReinit(ReplicaProtocol.Reinit reinit)
    {
        var refusal = Replica.Role == Role.Leader ? new ControlResult(RefusalReason.Invalid, "this node leads: hand over first")
            : Replica.Leader is null || _context.Identity.Cluster == ClusterId.None ? new ControlResult(RefusalReason.NotReady, "there is no leader to copy from")
            : _receiver is not null ? new ControlResult(RefusalReason.ChangeUnderWay, "a copy is on its way already")
            : new ControlResult(RefusalReason.None, null);
        if (refusal.Succeeded)
        {
            const string why = "an operator asked for a new copy of the database: waiting for it";
            _context.Gate.AwaitSnapshot(why);
            OnNeedsSnapshot(why);
        }
        reinit.Answer.TrySetResult(refusal);
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
        if (offer.Snapshot.Length != 16 || !SameCluster(offer.Cluster) || Replica.Leader?.Name != offer.From || offer.Term != Replica.Term.Value) return;
        var snapshot = new Guid(offer.Snapshot);
        if (snapshot == _installed.Snapshot)
        {
            // The answer was lost.
            Sender.Tell(Done(offer.Snapshot, _installed.At));
            return;
        }
        if (_receiver is not null && _receiving == snapshot)
        {
            _receiver.Tell(offer);
            return;
        }
        // The gate has the copy of another offer.
        if (_inputsHeld is not null) return;
        // A newer offer replaces one whose sender is gone.
        if (_receiver is not null) Context.Stop(_receiver);
        _receiving = snapshot;
        _receivingTerm = new Term(offer.Term);
        _receivedFrom = Sender;
        _receiver = Context.Watch(Context.ActorOf(SnapshotReceiver.Props(_context, offer, Sender)));
    }

    private SnapshotDone Done(byte[] snapshot, LogPosition at) => new(_context.Options.Name.Name, snapshot, at.Term.Value, at.Index.Value);

    private void ForwardToReceiver(SnapshotChunk chunk) => _receiver?.Forward(chunk);

    private void OnSnapshotReceived(ReplicaProtocol.SnapshotReceived received)
    {
        var at = received.Manifest.Position;
        if (_receivingTerm != Replica.Term || Replica.Role != Role.Follower) OnSnapshotRejected("the leader has changed since the copy was offered");
        else if (_cutsToUndo > 0) OnSnapshotRejected("entries are being taken back");
        else if (!Replica.MayInstall(new LogPosition(new Term(at.Term), new LogIndex(at.Index))))
            OnSnapshotRejected($"the copy stands at {at.Term}/{at.Index}, and lacks what this node knows to be committed, or its leader has not yet told what it contains");
        else
        {
            _inputsHeld = new Queue<Input>();
            ReplicaLog.Installing(_logger, $"{at.Term}/{at.Index}");
            _context.Gate.InstallSnapshot(received.Path, received.Manifest);
        }
    }

    /// <summary>From the moment at which Core allowed a copy to take the database's place, it hears of nothing before it hears of that: it might become leader meanwhile.</summary>
    private bool IsHeld(Input input)
    {
        if (_inputsHeld is not { } held) return false;
        // Time is told again soon enough, and messages beyond this are lost, as in a network.
        if (input is not Input.Tick && (input is not Input.Received || held.Count < HeldMost)) held.Enqueue(input);
        return true;
    }

    private void ReleaseHeldInputs()
    {
        if (_inputsHeld is not { } held) return;
        _inputsHeld = null;
        foreach (var input in held) Run(input);
    }

    private void StopSenders()
    {
        foreach (var (actor, _) in _senders.Values) Context.Stop(actor);
        _senders.Clear();
    }

    private void OnSnapshotInPlace(ReplicaProtocol.SnapshotInPlace inPlace)
    {
        var held = _inputsHeld;
        _inputsHeld = null;
        _wantsSnapshot = _wantsPages = false;
        _context.Board.LastProblem = null;
        RecordInstall(inPlace.Position, inPlace.Config);
        _installed = (_receiving, inPlace.Position);
        _receivedFrom?.Tell(Done(_receiving.ToByteArray(), inPlace.Position));
        if (_receiver is not null) Context.Stop(_receiver);
        _receiver = null;
        _context.Gate.OnCommit(Replica.Commit);
        ReplicaLog.Cloned(_logger, inPlace.Position.ToString());
        // What was reported as applied, or as lost, was of the database before this one; of this one the gate tells after the install.
        foreach (var input in held ?? [])
            if (input is not (Input.Applied or Input.StateLost)) Run(input);
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
        ReleaseHeldInputs();
        _receiver?.Tell(new ReplicaProtocol.SnapshotRejected(why));
        _receiver = null;
    }
}
