using ActorReplication.Core.Messages;
using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Model;

namespace ActorReplication.Core.Tests.Simulation.Checks;

/// <summary>What is looked at after each step, on the node that was touched and on each thing it asked for. All of it in constant time.</summary>
internal sealed class StepChecks(World world)
{
    /// <summary>A restart found in the journal what the simulated disk holds (S3, S8 over restarts).</summary>
    public void Started(SimNode node, LogIndex applied)
    {
        var (replica, disk) = (node.Replica!, node.Disk.Durable);
        if (replica.Term != disk.Term || replica.Last != disk.Last || replica.LogStart != disk.Start)
            throw new Violation("restart", $"{node.Id} starts with term {replica.Term}, log {replica.LogStart}..{replica.Last}; its disk has term {disk.Term}, log {disk.Start}..{disk.Last}");
        if (replica.Commit != applied || replica.Applied != applied)
            throw new Violation("restart", $"{node.Id} starts with commit {replica.Commit} and applied {replica.Applied}, its database has {applied}");
        node.Role = replica.Role;
        node.Term = replica.Term;
        node.Commit = replica.Commit;
        node.Durable = replica.Durable;
        node.Adopted = replica.Config;
    }

    public void After(SimNode node)
    {
        var replica = node.Replica!;
        var (term, commit, durable, last) = (replica.Term, replica.Commit, replica.Durable, replica.Last);
        if (replica.Applied > commit || commit > durable || durable > last.Index)
            throw new Violation("S8", $"{node.Id}: applied {replica.Applied}, commit {commit}, durable {durable}, last {last}");
        if (commit < node.Commit && !node.CutCommitted)
            throw new Violation("S8", $"{node.Id}: commit goes back from {node.Commit} to {commit}");
        if (last != node.Disk.Written.Last)
            throw new Violation("journal", $"{node.Id}: log ends at {last}, what it wrote at {node.Disk.Written.Last}");
        if (durable != node.Durable && !world.Commits.HoldsDurably(node, new LogPosition(replica.TermAt(durable)!.Value, durable)))
            throw new Violation("S2", $"{node.Id} believes {durable} durable; on its disk: {node.Disk.Durable.Last}");
        if (replica.Role != node.Role || term != node.Term)
            throw new Violation("role", $"{node.Id} is {replica.Role} of term {term} and said it was {node.Role} of {node.Term}");
        world.Commits.Firm(node);
        node.Commit = commit;
        node.Durable = durable;
        node.CutCommitted = false;
    }

    public void Persists(SimNode node, JournalEvent e)
    {
        switch (e)
        {
            case JournalEvent.BallotCast ballot:
                if (ballot.Term < node.Disk.Written.Term || (ballot.Term == node.Disk.Written.Term && node.Disk.Written.VotedFor is { } before && ballot.VotedFor != before))
                    throw new Violation("S3", $"{node.Id} writes a vote for {ballot.VotedFor} in term {ballot.Term} after {node.Disk.Written.VotedFor} in {node.Disk.Written.Term}");
                if (ballot.VotedFor is { } votedFor)
                    world.Elections.VoteDecided(node, ballot.Term, votedFor);
                break;
            case JournalEvent.EntriesAppended appended:
                Appends(node, appended);
                break;
            case JournalEvent.SnapshotTaken snapshot:
                TakesSnapshot(node, snapshot);
                break;
        }
    }

    public void Sends(SimNode node, SimNode to, Message message)
    {
        var disk = node.Disk.Durable;
        switch (message)
        {
            case Message.RequestVote request:
                world.Elections.VoteRequested(node, request);
                break;
            case Message.RequestVoteReply { Granted: true, PreVote: false } reply:
                if (disk.Term != reply.Term || disk.VotedFor != to.Id)
                    throw new Violation("S2", $"{node.Id} grants {to.Id} its vote in term {reply.Term}; on its disk: term {disk.Term}, vote {disk.VotedFor}");
                world.Elections.VoteGranted(node, to, reply.Term);
                break;
            case Message.RequestVoteReply { PreVote: false } reply when disk.Term < reply.Term:
                throw new Violation("S2", $"{node.Id} answers with term {reply.Term}; on its disk: {disk.Term}");
            case Message.AppendEntries or Message.InstallSnapshot or Message.TimeoutNow when disk.Term < message.Term:
                throw new Violation("S2", $"{node.Id} leads in term {message.Term}; on its disk: {disk.Term}");
            case Message.AppendEntriesReply { Accepted: true } reply:
                Acknowledges(node, to, reply);
                break;
        }
    }

    public void Cuts(SimNode node, Output.EntriesCut cut)
    {
        if (cut.Range.IsEmpty || cut.Range.Last != node.Disk.Written.Last.Index)
            throw new Violation("cut", $"{node.Id} cuts {cut.Range} of a log that ends at {node.Disk.Written.Last}");
        if (!node.IsInstalling && !node.IsFinishingInstall && node.Database.Position.Index > LogIndex.Max(cut.CommittedUpTo, cut.Range.First.Previous))
            throw new Violation("cut", $"{node.Id} cuts {cut.Range}, committed up to {cut.CommittedUpTo}, and had applied {node.Database.Position}");
        // With an installed snapshot it may have to say more than is true: it cannot always tell.
        if (!node.IsFinishingInstall && node.Replica!.Leader is { } id && world.Node(id).Replica is { Role: Role.Leader } leader && leader.Term == node.Replica.Term
            && leader.TermAt(cut.Range.First) is { } theirs && theirs == node.Disk.Written.TermAt(cut.Range.First))
            throw new Violation("cut", $"{node.Id} cuts {cut.Range}, and its leader {id} has {theirs}/{cut.Range.First} too");
        for (var index = cut.Range.First; index <= cut.Range.Last; index = index.Next)
            if (node.Disk.Written.EntryAt(index) is { } entry)
                world.History.Cut(node, entry, committed: index <= cut.CommittedUpTo);
        if (cut.CommittedUpTo < cut.Range.First)
            return;
        node.CutCommitted = true;
        node.Commit = LogIndex.Min(node.Commit, cut.Range.First.Previous);
        world.Rare.Saw(Rare.CommittedCut);
    }

    private void Appends(SimNode node, JournalEvent.EntriesAppended appended)
    {
        var log = node.Disk.Written;
        var previous = appended.From.Previous;
        if (appended.From <= log.Start.Index || previous > log.Last.Index)
            throw new Violation("journal", $"{node.Id} appends at {appended.From} to a log of {log.Start}..{log.Last}");
        if (node.Role == Role.Leader && previous != log.Last.Index)
            throw new Violation("S5", $"leader {node.Id} of term {node.Term} rewrites its log from {appended.From}, it ends at {log.Last}");
        if (previous < log.Last.Index)
        {
            if (appended.Entries.Count == 0)
                world.Rare.Saw(Rare.CutBeforeSnapshot);
            world.Commits.RequireMayCut(node, appended.From);
            if (node.Database.Position.Index > previous && !node.IsInstalling)
                throw new Violation("cut", $"{node.Id} overwrites {appended.From}, which its database has applied");
        }
        var before = new LogPosition(log.TermAt(previous)!.Value, previous);
        foreach (var entry in appended.Entries)
        {
            world.Ledger.Saw(entry, before, node.IsDataless);
            before = entry.Position;
        }
    }

    private void TakesSnapshot(SimNode node, JournalEvent.SnapshotTaken snapshot)
    {
        if (snapshot.Position.Index > node.Checkpoint.Position.Index || !world.Ledger.IsIn(snapshot.Position, node.Checkpoint.Position))
            throw new Violation("S9", $"{node.Id} starts its log at {snapshot.Position}; its database came to {node.Checkpoint.Position}");
        if (snapshot.DiscardsLog)
        {
            world.Rare.Saw(Rare.SnapshotDiscardedLog);
            world.Commits.RequireMayDiscard(node, snapshot.Position);
            node.Commit = snapshot.Position.Index.Previous;
            node.CutCommitted = true;
        }
        else
            world.Rare.Saw(Rare.LogCompacted);
        if (snapshot.Term < node.Disk.Written.Term || (snapshot.Term == node.Disk.Written.Term && node.Disk.Written.VotedFor is { } vote && snapshot.VotedFor != vote))
            throw new Violation("S3", $"{node.Id}: the snapshot record repeats term {snapshot.Term} and vote {snapshot.VotedFor}, the journal has {node.Disk.Written.Term} and {node.Disk.Written.VotedFor}");
        if (snapshot.Position.Index > LogIndex.Zero && world.Ledger.Find(snapshot.Position)?.Config is { } config && !config.Members.SequenceEqual(snapshot.Config.Members))
            throw new Violation("S15", $"{node.Id}: the snapshot record at {snapshot.Position} has other members than the log has there");
        if (snapshot.Config.At is var at && at.Index > LogIndex.Zero && !(world.Ledger.IsIn(at, snapshot.Position) && world.Ledger.Find(at)!.Entry.Config is { } named
            && named.Equals(world.Ledger.Find(snapshot.Position)!.Config)))
            throw new Violation("S15", $"{node.Id}: the snapshot record at {snapshot.Position} says that its configuration is at {at}");
    }

    private void Acknowledges(SimNode node, SimNode leader, Message.AppendEntriesReply reply)
    {
        var disk = node.Disk.Durable;
        if (disk.Term < reply.Term)
            throw new Violation("S2", $"{node.Id} acknowledges in term {reply.Term}; on its disk: {disk.Term}");
        if (reply.Flushed > reply.Received || reply.Received > node.Disk.Written.Last.Index)
            throw new Violation("S2", $"{node.Id} acknowledges received {reply.Received}, flushed {reply.Flushed}; it has {node.Disk.Written.Last}");
        if (node.Disk.Written.TermAt(reply.Flushed) is { } term && !world.Commits.HoldsDurably(node, new LogPosition(term, reply.Flushed)))
            throw new Violation("S2", $"{node.Id} acknowledges {reply.Flushed} as durable; on its disk: {disk.Last}");
        if (leader.Replica is { Role: Role.Leader } replica && replica.Term == reply.Term && reply.Received > LogIndex.Max(replica.LogStart.Index, node.Disk.Written.Start.Index)
            && replica.TermAt(reply.Received) is var theirs && theirs != node.Disk.Written.TermAt(reply.Received))
            throw new Violation("S4", $"{node.Id} says it matches {leader.Id} up to {reply.Received}, with term {node.Disk.Written.TermAt(reply.Received)}, not {theirs}");
    }
}
