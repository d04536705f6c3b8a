using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Model;

namespace ActorReplication.Core.Tests.Simulation.Checks;

/// <summary>The one committed log, against which each node is held (S6, S7). A commit under k = 0 is weak: a later leader may put something
/// else in its place. A commit with k ≥ 1 copies is strong: it and all before it stay for ever.</summary>
internal sealed class Commits(World world)
{
    /// <param name="Entry">Term of the entry committed there.</param>
    /// <param name="By">Term of the leader that committed it.</param>
    private readonly record struct Claim(Term Entry, Term By);

    private readonly List<Claim?> _claims = [null];
    private LogPosition _firm;
    private Term _firmBy;

    /// <summary>Everything up to here is strong.</summary>
    public LogPosition Strong { get; private set; }

    /// <summary>Term of the leader that made it so.</summary>
    public Term StrongBy { get; private set; }

    public bool IsStrong(LogPosition position) => position.Index <= Strong.Index && ClaimAt(position.Index)?.Entry == position.Term;

    public void Advanced(SimNode node, LogIndex commit)
    {
        var replica = node.Replica!;
        if (commit < node.Commit)
            throw new Violation("S8", $"{node.Id}: commit goes from {node.Commit} to {commit}");
        var leads = node.Role == Role.Leader;
        // What a restarted leader hears from others to be committed for good it need not count.
        if (leads && replica.TermAt(commit) is { } earlier && earlier < node.Term && IsFirm(new LogPosition(earlier, commit)))
        {
            leads = false;
            world.Rare.Saw(Rare.CommitLearned);
        }
        if (leads)
            RequireCopies(node, commit);
        if (leads && replica.TermAt(node.Commit.Next) is { } first && first < node.Term)
            world.Rare.Saw(Rare.OldTermEntryCommitted);
        var strongly = leads && !DurabilityOracle.IsWeak(node.Adopted!);
        for (var index = node.Commit.Next; index <= commit; index = index.Next)
            if (replica.TermAt(index) is { } term)
                Add(node, new LogPosition(term, index), leads, strongly);
        if (strongly && commit > Strong.Index)
            Strengthen(node, new LogPosition(replica.TermAt(commit)!.Value, commit));
        node.Commit = commit;
    }

    /// <summary>A node says that nothing up to here can be taken back any more, whatever the policy: so it must be in each later leader's log, and in
    /// that of everybody else who says so.</summary>
    public void Firm(SimNode node)
    {
        var replica = node.Replica!;
        if (replica.FirmCommit <= node.Firm)
            return;
        node.Firm = replica.FirmCommit;
        if (replica.TermAt(node.Firm) is not { } term)
            return;
        var firm = new LogPosition(term, node.Firm);
        var (shorter, longer) = firm.Index < _firm.Index ? (firm, _firm) : (_firm, firm);
        if (!world.Ledger.IsIn(shorter, longer))
            throw new Violation("S7", $"{node.Id} holds {firm} to be committed for good, {_firm} was so in term {_firmBy}");
        if (longer != _firm)
            (_firm, _firmBy) = (firm, replica.Term);
    }

    private bool IsFirm(LogPosition position) => position.Index <= _firm.Index && world.Ledger.IsIn(position, _firm);

    /// <summary>A new leader has everything that earlier terms' leaders committed strongly (S6). One whose votes came late, when a higher term has a
    /// leader already, need not: it can commit nothing.</summary>
    public void RequireComplete(SimNode node)
    {
        var replica = node.Replica!;
        if (replica.Term > _firmBy && !(replica.LogStart.Index >= _firm.Index ? world.Ledger.IsIn(_firm, replica.LogStart) : replica.TermAt(_firm.Index) == _firm.Term))
            throw new Violation("S6", $"{node.Id} leads term {replica.Term} with log {replica.LogStart}..{replica.Last}; {_firm} is committed for good");
        if (replica.Term < StrongBy)
            return;
        var has = replica.LogStart.Index >= Strong.Index ? world.Ledger.IsIn(Strong, replica.LogStart) : replica.TermAt(Strong.Index) == Strong.Term;
        if (!has)
            throw new Violation("S6", $"{node.Id} leads term {replica.Term} with log {replica.LogStart}..{replica.Last}; committed is {Strong}");
    }

    public void RequireMayCut(SimNode node, LogIndex from)
    {
        if (from <= Strong.Index && node.Disk.Written.TermAt(from) is { } term && ClaimAt(from)?.Entry == term)
            throw new Violation("S7", $"{node.Id} overwrites {term}/{from}, which is committed up to {Strong}");
    }

    /// <summary>A snapshot that takes the place of the log contains what was strongly committed there.</summary>
    public void RequireMayDiscard(SimNode node, LogPosition snapshot)
    {
        if (node.Commit >= Strong.Index && Strong.Index > LogIndex.Zero && !world.Ledger.IsIn(Strong, snapshot))
            throw new Violation("S7", $"{node.Id}, committed up to {node.Commit}, goes on from the snapshot {snapshot}; committed is {Strong}");
    }

    /// <summary>True if that node would still have the position after losing power now.</summary>
    public bool HoldsDurably(SimNode node, LogPosition position)
    {
        var disk = node.Disk.Durable;
        if (disk.TermAt(position.Index) == position.Term || (position.Index < disk.Start.Index && world.Ledger.IsIn(position, disk.Start)))
            return true;
        return position.Index <= node.Checkpoint.Position.Index && world.Ledger.IsIn(position, node.Checkpoint.Position);
    }

    private void RequireCopies(SimNode node, LogIndex commit)
    {
        var replica = node.Replica!;
        var position = new LogPosition(replica.TermAt(commit) ?? throw new Violation("S7", $"{node.Id} commits {commit}, which it does not have"), commit);
        if (position.Term != node.Term)
            throw new Violation("S7", $"leader {node.Id} of term {node.Term} commits {position} by counting");
        var config = node.Adopted!;
        bool Holds(NodeId id) => HoldsDurably(world.Node(id), position);
        var degrades = node.IsDegraded && (config.Policy.DegradeAfterMs > 0 || config.JointWith is { DegradeAfterMs: > 0 });
        if (!DurabilityOracle.IsCommitted(config, node.Id, Holds) && !(degrades && DurabilityOracle.IsCommittedDegraded(config, node.Id, Holds)))
            throw new Violation("copies", $"leader {node.Id} commits {position} under {config.Policy.Kind}{(config.JointWith is { } joint ? $" and {joint.Kind}" : "")}; durable on {string.Join(' ', world.Nodes.Where(n => HoldsDurably(n, position)).Select(n => n.Id))}");
        RequireNoOlderLease(node);
    }

    private void RequireNoOlderLease(SimNode leader)
    {
        foreach (var other in world.Nodes)
            if (other != leader && other.Replica is { Role: Role.Leader } && other.LeaseTerm < leader.Term && other.HoldsLease(world.Now))
                throw new Violation("lease", $"{leader.Id} commits in term {leader.Term} while {other.Id} has a lease of term {other.LeaseTerm} until {other.LeaseUntil}, its clock shows {other.Clock.At(world.Now)}");
    }

    /// <summary>With a commit everything before it is committed for good, compacted or not: back along its history.</summary>
    private void Strengthen(SimNode node, LogPosition commit)
    {
        for (var at = commit; at.Index > Strong.Index; at = new LogPosition(world.Ledger.Find(at)!.Before, at.Index.Previous))
            Add(node, at, leads: true, strongly: true);
        (Strong, StrongBy) = (commit, node.Term);
    }

    private void Add(SimNode node, LogPosition position, bool leads, bool strongly)
    {
        while (_claims.Count <= position.Index.Value)
            _claims.Add(null);
        var by = node.Term;
        var known = _claims[(int)position.Index.Value];
        if (known is not { } claim)
        {
            if (!leads)
                throw new Violation("S7", $"{node.Id} takes {position} for committed, which no leader committed");
            _claims[(int)position.Index.Value] = new Claim(position.Term, by);
            return;
        }
        if (claim.Entry == position.Term)
        {
            if (leads && by > claim.By)
                _claims[(int)position.Index.Value] = claim with { By = by };
            return;
        }
        // A snapshot of a former leader that was long under way: what it brings is weak, and the present leader will take it back.
        if (node.IsFinishingInstall)
            return;
        if (position.Index <= Strong.Index)
            RequireStaleAndWeak(node, position, claim, leads);
        else if (by == claim.By || (by < claim.By && strongly))
            throw new Violation("S7", $"{node.Id} commits {position} in term {by}, in which {claim.Entry}/{position.Index} is committed");
        else if (by > claim.By)
            _claims[(int)position.Index.Value] = new Claim(position.Term, by);
    }

    /// <summary>Only an old leader that has not yet heard of its end, and counts by k = 0, may still commit beside what is committed for good.</summary>
    private void RequireStaleAndWeak(SimNode node, LogPosition position, Claim claim, bool leads)
    {
        // By the policy that was in force there: what comes after a change of it commits together with the change.
        if (node.Term >= claim.By || !DurabilityOracle.IsWeak(node.Replica!.ConfigAt(position.Index) ?? node.Adopted!))
            throw new Violation("S7", $"{node.Id} {(leads ? "commits" : "takes for committed")} {position} in term {node.Term}; committed is {claim.Entry}/{position.Index} by term {claim.By}");
    }

    private Claim? ClaimAt(LogIndex index) => index.Value < _claims.Count ? _claims[(int)index.Value] : null;
}
