using Akka.Actor;
using ActorReplication.Cluster.Membership;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster.Replica;

/// <summary>Operators' requests. One that cannot be taken yet (no leader, or one that is not ready; another change not committed; a learner that has not
/// caught up) is held and tried again until its time is over: whoever asks should not have to know of an election.</summary>
internal sealed partial class ReplicaActor
{
    /// <summary>Less than the patience of who asks over HTTP: it is to hear why.</summary>
    private const int ControlTimeoutMs = 9_000;

    /// <summary>Less than who forwarded it waits.</summary>
    private const int ForwardedTimeoutMs = 7_000;

    private readonly Dictionary<RequestId, ControlWork> _controls = [];
    private readonly Dictionary<long, ControlWork> _forwarded = [];
    private List<ControlWork> _held = [];

    private void OnChangeConfig(ReplicaProtocol.ChangeConfig change) => Place(Own(change.Change, null, change.Answer, change.Cancellation));

    private void OnTransfer(ReplicaProtocol.Transfer transfer) => Place(Own(null, transfer.To, transfer.Answer, transfer.Cancellation));

    private void OnChangeSetting(ReplicaProtocol.ChangeSetting change)
    {
        var answer = change.Answer;
        Place(new ControlWork(change.Change, null, false, _context.Clock.Now + ControlTimeoutMs, change.Cancellation, (reason, message) => answer.TrySetResult(new ControlResult(reason, message)))
        {
            Basis = change.Basis,
            OnStale = () => answer.TrySetResult(null),
        });
    }

    private ControlWork Own(ConfigChange? change, NodeId? to, TaskCompletionSource<ControlResult> answer, CancellationToken cancellation) =>
        new(change, to, false, _context.Clock.Now + ControlTimeoutMs, cancellation, (reason, message) => answer.TrySetResult(new ControlResult(reason, message)));

    private void OnControlRequest(ControlRequest request)
    {
        var sender = Sender;
        void Answer(RefusalReason reason, string? text) => sender.Tell(new ControlReply(request.Id, (int)reason, text ?? ""));
        if (!SameCluster(request.Cluster) || _context.Identity.Cluster == ClusterId.None || Replica.Role != Role.Leader)
        {
            Answer(RefusalReason.NotLeader, Explain(RefusalReason.NotLeader));
            return;
        }
        try
        {
            var change = request.Kind == 1 ? LogCodec.DecodeChange(request.Body) : null;
            Place(new ControlWork(change, request.Name.Length == 0 ? null : new NodeId(request.Name), true, _context.Clock.Now + ForwardedTimeoutMs, CancellationToken.None, Answer));
        }
        catch (WireFormatException e)
        {
            Answer(RefusalReason.Invalid, e.Message);
        }
    }

    /// <summary>To Core if this node leads, else to the leader, wherever it is.</summary>
    private void Place(ControlWork work)
    {
        // Looked at each time that it is tried, in the step that takes it: Core takes a change only when the configuration of now is committed.
        if (work.Basis is { } basis && Replica.Role == Role.Leader && !basis.Holds(Replica.Config)) work.OnStale!();
        else if (work.Basis is not null && Replica.Role != Role.Leader) work.Answer(RefusalReason.NotLeader, Explain(RefusalReason.NotLeader));
        else if (Replica.Role == Role.Leader)
        {
            var id = NextRequest();
            _controls[id] = work;
            Run(work.Change is { } change ? new Input.ConfigChangeRequested(id, change) : new Input.TransferRequested(id, work.To));
        }
        else if (work.IsForwarded) work.Answer(RefusalReason.NotLeader, Explain(RefusalReason.NotLeader));
        else if (Replica.Leader is { } leader && RefOf(leader) is { } remote)
        {
            var id = ++_lastRequest;
            _forwarded[id] = work;
            var (kind, body) = work.Change is { } change ? (1, LogCodec.EncodeChange(change, _context.Board.Format.Written)) : (2, []);
            remote.Tell(new ControlRequest(id, _context.Options.Name.Name, _context.Identity.Cluster.Value.ToByteArray(), kind, work.To?.Name ?? "", body));
        }
        else Hold(work, RefusalReason.NotLeader, "no leader is known: see why there is none in the election ring");
    }

    private void Hold(ControlWork work, RefusalReason why, string? explanation) => _held.Add(work with { Held = why, Explanation = explanation });

    private void PlaceHeld(Instant now)
    {
        if (_held.Count == 0) return;
        var held = _held;
        _held = [];
        foreach (var work in held)
        {
            if (work.Cancellation.IsCancellationRequested) continue;
            if (now >= work.Until) work.Answer(work.Held, work.Explanation);
            else Place(work);
        }
    }

    private void AnswerControl(RequestId id, RefusalReason reason)
    {
        if (!_controls.Remove(id, out var work)) return;
        var text = reason switch
        {
            RefusalReason.NotReady when work.Change is ConfigChange.Promote promote && Replica.IsServing => $"'{promote.Id}' has not caught up with the leader's log: try again when its lag is small",
            RefusalReason.Invalid when Replica.Config is { } config => work.Change is { } change ? ChangeRefusals.Explain(config, change) : ChangeRefusals.NoTarget(work.To),
            _ => Explain(reason),
        };
        // Of these nothing is in the log.
        if (reason is RefusalReason.NotReady or RefusalReason.NotLeader or RefusalReason.ChangeUnderWay) Hold(work, reason, text);
        else work.Answer(reason, text);
    }

    private void OnTransferEnded(Output.TransferEnded ended)
    {
        // Of a refused one the gate was not told; the handover that stands in its way goes on.
        if (ended.Reason != RefusalReason.TransferUnderWay) _context.Gate.OnPaused(false);
        AnswerControl(ended.Id, ended.Reason);
    }

    private void OnControlReply(ControlReply reply)
    {
        if (!_forwarded.Remove(reply.Id, out var work)) return;
        var (reason, text) = ((RefusalReason)reply.Reason, reply.Message.Length == 0 ? null : reply.Message);
        if (reason == RefusalReason.NotLeader) Hold(work, reason, text);
        else work.Answer(reason, text);
    }

    private void ExpireForwarded(Instant now)
    {
        foreach (var (id, work) in _forwarded.Where(f => f.Value.Until < now).ToList())
        {
            _forwarded.Remove(id);
            work.Answer(RefusalReason.TimedOut, "the leader did not answer in time; look at the cluster's state before you try again");
        }
    }

    private void FailControls()
    {
        foreach (var work in _controls.Values.Concat(_forwarded.Values)) work.Answer(RefusalReason.LeadershipLost, Explain(RefusalReason.LeadershipLost));
        foreach (var work in _held) work.Answer(work.Held, work.Explanation);
        _controls.Clear();
        _forwarded.Clear();
        _held.Clear();
    }

    private static string? Explain(RefusalReason reason) => reason switch
    {
        RefusalReason.None => null,
        RefusalReason.NotLeader => "this node does not lead any more: try again",
        RefusalReason.NotReady => "the leader was just elected and does not become ready: see whom it waits for in the replication status",
        RefusalReason.TransferUnderWay => "a handover is under way: try again when it has ended",
        RefusalReason.ChangeUnderWay => "another change is under way: try again when it is committed",
        RefusalReason.TimedOut => "it did not come to an end in time and was given up",
        RefusalReason.LeadershipLost => "leadership was lost meanwhile: look at the cluster's state before you try again",
        RefusalReason.Overloaded => "the leader's queues are full: try again",
        _ => null,
    };
}
