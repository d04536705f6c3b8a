using System.Collections.Immutable;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.Core.Tests.Rules;

/// <summary>One replica whose peers are played by the test: every message and every durable write by hand.</summary>
internal sealed class Lone
{
    private PersistTicket _last;

    public Lone(string others = "b c", DurabilityPolicy? policy = null, Func<ReplicaOptions, ReplicaOptions>? options = null, DurableState? state = null,
        long applied = 0, MemberKind self = MemberKind.Voter, int priority = 100, string witness = "")
    {
        var members = new[] { new Member(new NodeId("a"), self, priority) }
            .Concat(others.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => new Member(new NodeId(n), n == witness ? MemberKind.Witness : MemberKind.Voter)));
        Config = new ClusterConfig(new ClusterId(Guid.Empty), members.ToImmutableSortedDictionary(m => m.Id, m => m), policy ?? DurabilityPolicy.Quorum);
        Replica = new Replica((options ?? (o => o))(new ReplicaOptions(new NodeId("a"), 1)), state ?? new DurableState(), new LogIndex(applied), Now);
        if (state is null) Step(new Input.Bootstrap(Config));
    }

    public ClusterConfig Config { get; }
    public Replica Replica { get; }
    public Instant Now { get; private set; } = new(10_000);

    public IReadOnlyList<Output> Step(Input input)
    {
        var outputs = Replica.Step(Now, input).ToArray();
        foreach (var persist in outputs.OfType<Output.Persist>()) _last = persist.Ticket;
        return outputs;
    }

    public IReadOnlyList<Output> Receive(string from, Message message) => Step(new Input.Received(new NodeId(from), message));

    /// <summary>Everything asked of the journal so far is durable.</summary>
    public IReadOnlyList<Output> Sync() => Step(new Input.Persisted(_last));

    public PersistTicket LastTicket => _last;

    public IReadOnlyList<Output> After(int milliseconds)
    {
        Now += milliseconds;
        return Step(Input.Tick.Instance);
    }

    public void Wait(int milliseconds) => Now += milliseconds;

    /// <summary>A term's leader is heard, with entries of (term, index) from 1 on; all durable.</summary>
    public void Hold(int term, params int[] entryTerms)
    {
        Receive("b", Append(term, "0/0", entryTerms, commit: 0));
        Sync();
    }

    /// <summary>Stands and wins in the term after the present one, with b's vote; its opening entries are durable here.</summary>
    public void Lead(int leaseRemaining = 0)
    {
        Step(new Input.CampaignRequested(new RequestId(0)));
        Sync();
        Receive("b", new Message.RequestVoteReply(Replica.Term, false, true, VoteRefusal.None, leaseRemaining));
        Sync();
    }

    /// <summary>Leads, and b has acknowledged all: serving.</summary>
    public void Serve()
    {
        Lead();
        Acknowledge("b");
        Step(new Input.Applied(Replica.Commit));
    }

    public IReadOnlyList<Output> Acknowledge(string from, long? received = null, long? flushed = null, long round = long.MaxValue) =>
        Receive(from, new Message.AppendEntriesReply(Replica.Term, true, round, new LogIndex(received ?? Replica.Last.Index.Value),
            new LogIndex(flushed ?? received ?? Replica.Last.Index.Value), LogIndex.Zero, LogPosition.Zero));

    public IReadOnlyList<Output> Propose(params int[] sizes) =>
        Step(new Input.Propose(new ProposalId(1), [.. sizes.Select(size => new ReadOnlyMemory<byte>(new byte[size]))]));

    public Message.AppendEntries Append(int term, string previous, int[] entryTerms, long commit, long round = 1, bool ackReceived = false)
    {
        var at = Position(previous);
        var entries = entryTerms.Select((t, i) => Entry(t, at.Index.Value + 1 + i)).ToArray();
        return new Message.AppendEntries(new Term(term), at, entries, new LogIndex(commit), round, ackReceived);
    }

    /// <summary>The first entry carries the configuration, as in a real log.</summary>
    public LogEntry Entry(int term, long index) => new(new LogPosition(new Term(term), new LogIndex(index)),
        index == 1 ? EntryKind.Config : EntryKind.Data, default, index == 1 ? Config : null);

    public static LogPosition Position(string text)
    {
        var parts = text.Split('/');
        return new LogPosition(new Term(long.Parse(parts[0])), new LogIndex(long.Parse(parts[1])));
    }
}

internal static class OutputsExtensions
{
    public static IEnumerable<T> Sent<T>(this IEnumerable<Output> outputs) where T : Message =>
        outputs.OfType<Output.Send>().Select(s => s.Message).OfType<T>();

    public static T OneSent<T>(this IEnumerable<Output> outputs) where T : Message => Xunit.Assert.Single(outputs.Sent<T>());

    public static T One<T>(this IEnumerable<Output> outputs) where T : Output => Xunit.Assert.Single(outputs.OfType<T>());

    public static bool Has<T>(this IEnumerable<Output> outputs) where T : Output => outputs.OfType<T>().Any();
}
