using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;
using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Model;

namespace ActorReplication.Core.Tests.Simulation.Checks;

/// <summary>Who asked, voted and won: S1, S3, S6, pre-votes and the election quorum, over all restarts.</summary>
internal sealed class Elections(World world)
{
    private sealed class TermBook
    {
        public readonly int[] VotedFor = [-1, -1, -1, -1, -1, -1, -1, -1];
        public readonly LogPosition[] Announced = new LogPosition[Plan.Scenario.MaxNodes];
        public int Leader = -1;
    }

    private readonly Dictionary<Term, TermBook> _terms = [];

    /// <summary>The highest term that anybody led.</summary>
    public Term Highest { get; private set; }

    public int LeaderOf(Term term) => Book(term).Leader;

    public void Delivered(SimNode node, SimNode from, Message message)
    {
        switch (message)
        {
            case Message.RequestVoteReply { PreVote: true, Granted: true } reply:
                if (reply.Term > node.PreVoteTerm)
                    (node.PreVoteTerm, node.PreVotes) = (reply.Term, 0);
                if (reply.Term == node.PreVoteTerm)
                    node.PreVotes |= Bit(from);
                break;
            case Message.RequestVoteReply { Granted: true, LeaseRemainingMs: > 0 }:
                node.SawLeaseRemaining = true;
                break;
            case Message.RequestVoteReply { Granted: false, Refusal: VoteRefusal.LogBehind }:
                world.Rare.Saw(Rare.VoteRefusedShorterLog);
                break;
            case Message.TimeoutNow:
                node.ElectionForced = true;
                break;
        }
    }

    public void VoteRequested(SimNode node, Message.RequestVote request)
    {
        if (request.Last > node.Disk.Written.Last)
            throw new Violation("vote", $"{node.Id} announces {request.Last}, its log ends at {node.Disk.Written.Last}");
        if (!request.PreVote)
            Book(request.Term).Announced[node.Number] = request.Last;
    }

    /// <summary>A vote is decided when it is written; the reply may leave later, when the log has grown.</summary>
    public void VoteDecided(SimNode voter, Term term, NodeId votedFor)
    {
        if (votedFor == voter.Id)
        {
            Stands(voter, term);
            return;
        }
        // One that has left for good may hold more than those it left to; what it holds is theirs to know.
        if (voter.Adopted is { } config && !ConfigRules.IsVoter(config, voter.Id))
            return;
        var announced = Book(term).Announced[world.Node(votedFor).Number];
        // A witness holds no copies: only configurations count on it.
        var must = voter.IsDataless ? voter.Disk.Written.LatestConfig : voter.Disk.Written.Last;
        if (voter.Disk.Written.VotedFor != votedFor && announced < must)
            throw new Violation("vote", $"{voter.Id} with log {voter.Disk.Written.Last} votes for {votedFor} with {announced}");
    }

    public void VoteGranted(SimNode voter, SimNode candidate, Term term)
    {
        var book = Book(term);
        ref var vote = ref book.VotedFor[voter.Number];
        if (vote >= 0 && vote != candidate.Number)
            throw new Violation("S3", $"{voter.Id} votes for {world.Nodes[vote].Id} and for {candidate.Id} in term {term}");
        vote = candidate.Number;
    }

    public void RoleChanged(SimNode node, Output.RoleChanged changed)
    {
        if (changed.Term < node.Term)
            throw new Violation("S3", $"{node.Id} goes back from term {node.Term} to {changed.Term}");
        if (changed.Role == Role.Leader && (node.Role != Role.Leader || node.Term != changed.Term))
            Won(node, changed.Term);
        else if (changed.Role != Role.Leader && node.Role == Role.Leader && node.Term == changed.Term)
            world.Rare.Saw(Rare.LeaderFellBackFromQuorumLoss);
        if (changed.Role != Role.Leader)
            world.Clients.LeadershipEnded(node);
        // Told to stand, a leader may first step down in its own term, and then stand.
        if (changed.Role == Role.Leader || (changed.Role == Role.Follower && changed.Term > node.Term))
            node.ElectionForced = node.SawLeaseRemaining = false;
        (node.Role, node.Term) = (changed.Role, changed.Term);
    }

    public void ConfigAdopted(SimNode node, Output.ConfigAdopted adopted)
    {
        var before = node.Adopted;
        node.Adopted = adopted.Config;
        if (node.Role != Role.Leader || before is null)
            return;
        if (adopted.Config.JointWith is not null && world.Faults.ActiveCuts > 0)
            world.Rare.Saw(Rare.PolicyChangeInPartition);
        if (adopted.Config.JointWith is null && before.JointWith is not null)
            world.Rare.Saw(Rare.PolicyChanged);
        if (adopted.Config.Members.Count != before.Members.Count && world.Faults.NodesDown > 0)
            world.Rare.Saw(Rare.MembershipChangeWithCrash);
        foreach (var (id, member) in before.Members)
        {
            if (member.Kind == MemberKind.Learner && adopted.Config.Members.TryGetValue(id, out var now) && now.Kind == MemberKind.Voter)
                world.Rare.Saw(member.IsJoining ? Rare.JoinedByItself : Rare.LearnerPromoted);
            if (member.Kind == MemberKind.Voter && !adopted.Config.Members.ContainsKey(id))
                world.Rare.Saw(id == node.Id ? Rare.LeaderRemoved : Rare.VoterRemoved);
        }
    }

    /// <summary>Nobody enters a new term on its own before a pre-vote that could have elected it, unless it was told to.</summary>
    private void Stands(SimNode node, Term term)
    {
        if (node.ElectionForced || node.Config is not { } config)
            return;
        var votes = node.PreVoteTerm == term ? node.PreVotes | Bit(node) : Bit(node);
        if (!DurabilityOracle.IsElected(config, id => (votes & Bit(world.Node(id))) != 0))
            throw new Violation("pre-vote", $"{node.Id} stands in term {term} after too few pre-votes");
    }

    private void Won(SimNode node, Term term)
    {
        var book = Book(term);
        if (book.Leader >= 0 && book.Leader != node.Number)
            throw new Violation("S1", $"{world.Nodes[book.Leader].Id} and {node.Id} both lead term {term}");
        book.Leader = node.Number;
        Highest = term > Highest ? term : Highest;
        if (node.Disk.Durable.Term != term || node.Disk.Durable.VotedFor != node.Id)
            throw new Violation("S2", $"{node.Id} leads term {term}; on its disk: term {node.Disk.Durable.Term}, vote {node.Disk.Durable.VotedFor}");
        book.VotedFor[node.Number] = node.Number;
        if (node.Config is not { } config || !DurabilityOracle.IsElected(config, id => book.VotedFor[world.Node(id).Number] == node.Number))
            throw new Violation("election-quorum", $"{node.Id} leads term {term} by too few votes: {string.Join(' ', world.Nodes.Where(n => book.VotedFor[n.Number] == node.Number).Select(n => n.Id))}");
        world.Commits.RequireComplete(node);
        world.Rare.Saw(Rare.LeaderElected);
        if (config.Members.GetValueOrDefault(node.Id) is { Kind: MemberKind.Voter, FailoverPriority: 0 })
            world.Rare.Saw(Rare.StoodIn);
        if (!DurabilityOracle.IsElected(config, id => book.VotedFor[world.Node(id).Number] == node.Number && config.Members[id].Kind == MemberKind.Voter))
            world.Rare.Saw(Rare.WitnessDecided);
        if (world.Nodes.Any(n => n.SnapshotsUnderWay.Any(s => s.Number != 0)))
            world.Rare.Saw(Rare.ElectionDuringSnapshot);
        if (config.JointWith is not null)
            world.Rare.Saw(Rare.JointInterrupted);
        if (node.SawLeaseRemaining)
            world.Rare.Saw(Rare.LeaseWait);
    }

    private TermBook Book(Term term)
    {
        if (!_terms.TryGetValue(term, out var book))
            _terms.Add(term, book = new TermBook());
        return book;
    }

    private static ulong Bit(SimNode node) => 1UL << node.Number;
}
