using System.Collections.Immutable;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.MultiNode.Tests.Wire;

/// <summary>Named values of every kind that travels or is journaled, the same in every run.</summary>
internal static class Samples
{
    private static readonly Guid Incarnation = new("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
    private static readonly ClusterId Cluster = new(new Guid("00112233-4455-6677-8899-aabbccddeeff"));

    public static readonly ClusterConfig Config = new(
        Cluster,
        Members(
            new Member(new NodeId("a"), MemberKind.Voter, Address: "akka.tcp://replication@127.0.0.1:2551"),
            new Member(new NodeId("b"), MemberKind.Learner, FailoverPriority: 0, NoSync: true),
            new Member(new NodeId("ü"), MemberKind.Witness, FailoverPriority: -1)),
        DurabilityPolicy.FirstOf(2, new NodeId("a"), new NodeId("b")),
        JointWith: DurabilityPolicy.Quorum) { At = Position(5, 200) };

    public static readonly ClusterConfig EmptyConfig = new(ClusterId.None, Members(), DurabilityPolicy.Async);

    public static IReadOnlyDictionary<string, Message> Messages { get; } = new SortedDictionary<string, Message>(StringComparer.Ordinal)
    {
        ["request-vote"] = new Message.RequestVote(new Term(7), Position(6, 300), PreVote: true, Handover: false, Priority: 100),
        ["request-vote-handover"] = new Message.RequestVote(new Term(long.MaxValue), Position(long.MaxValue, long.MaxValue), PreVote: false, Handover: true, Priority: -5),
        ["request-vote-reply"] = new Message.RequestVoteReply(new Term(7), PreVote: true, Granted: false, VoteRefusal.LeaderAlive, LeaseRemainingMs: 250),
        ["append-heartbeat"] = new Message.AppendEntries(new Term(7), Position(6, 300), [], new LogIndex(299), Round: 12345, AckReceived: false) { Firm = new LogIndex(280) },
        ["append-entries"] = new Message.AppendEntries(new Term(7), Position(6, 300), EntriesOfEachKind(7, 301), new LogIndex(300), Round: 1, AckReceived: true),
        ["append-timed"] = new Message.AppendEntries(new Term(7), Position(7, 300), [Entry(7, 301, EntryKind.Data, [1]) with { TimeMs = 1_800_000_000_000 }, Entry(7, 302, EntryKind.Data, [2])], LogIndex.Zero, 0, false),
        ["append-gap"] = new Message.AppendEntries(new Term(7), Position(6, 300), [Entry(2, 9, EntryKind.Data, [1]), Entry(9, 4, EntryKind.Data, [2])], LogIndex.Zero, 0, false),
        ["append-reply"] = new Message.AppendEntriesReply(
            new Term(7), Accepted: true, Round: 2, new LogIndex(130), new LogIndex(129), new LogIndex(5), LogPosition.Zero),
        ["append-reply-refused"] = new Message.AppendEntriesReply(
            new Term(7), Accepted: false, Round: 0, LogIndex.Zero, LogIndex.Zero, LogIndex.Zero, Position(3, 77)),
        ["install-snapshot"] = new Message.InstallSnapshot(new Term(7), new LogIndex(1_000_000_000_000), Round: 9) { History = [Position(1, 1), Position(7, 301)] },
        ["timeout-now"] = new Message.TimeoutNow(new Term(7)),
    };

    public static IReadOnlyDictionary<string, JournalEvent> Events { get; } = new SortedDictionary<string, JournalEvent>(StringComparer.Ordinal)
    {
        ["entries-appended"] = new JournalEvent.EntriesAppended(new LogIndex(301), EntriesOfEachKind(7, 301)),
        ["entries-cut"] = new JournalEvent.EntriesAppended(new LogIndex(1), []),
        ["ballot"] = new JournalEvent.BallotCast(new Term(7), new NodeId("b")),
        ["ballot-none"] = new JournalEvent.BallotCast(new Term(1), null),
        ["snapshot-taken"] = new JournalEvent.SnapshotTaken(Position(6, 300), Config, new Term(7), new NodeId("a"), DiscardsLog: true) { History = [Position(2, 9), Position(6, 300)] },
        ["snapshot-taken-no-vote"] = new JournalEvent.SnapshotTaken(LogPosition.Zero, EmptyConfig, Term.Zero, null, DiscardsLog: false),
    };

    public static IReadOnlyDictionary<string, ConfigChange> Changes { get; } = new SortedDictionary<string, ConfigChange>(StringComparer.Ordinal)
    {
        ["add"] = new ConfigChange.Add(new Member(new NodeId("d"), MemberKind.Learner, Address: "akka.tcp://replication@127.0.0.1:2554")),
        ["add-detailed"] = new ConfigChange.Add(new Member(new NodeId("d"), MemberKind.Learner) { IsJoining = true }),
        ["identify"] = new ConfigChange.Identify(ImmutableSortedDictionary<NodeId, MemberIdentity>.Empty
            .Add(new NodeId("a"), new MemberIdentity(Incarnation, "127.0.0.1:8441")).Add(new NodeId("b"), new MemberIdentity(Incarnation, ""))),
        ["remove"] = new ConfigChange.Remove(new NodeId("d")),
        ["remove-anyway"] = new ConfigChange.Remove(new NodeId("d"), Anyway: true),
        ["promote"] = new ConfigChange.Promote(new NodeId("d")),
        ["demote"] = new ConfigChange.Demote(new NodeId("d")),
        ["retag"] = new ConfigChange.Retag(new Member(new NodeId("d"), MemberKind.Voter, FailoverPriority: 0, NoSync: true)),
        ["retag-detailed"] = new ConfigChange.Retag(new Member(new NodeId("d"), MemberKind.Voter) { Zone = "öst", ApplyDelayMs = 3_600_000 }),
        ["set-policy"] = new ConfigChange.SetPolicy(DurabilityPolicy.AnyOf(1)),
        ["set-copies"] = new ConfigChange.SetPolicy(DurabilityPolicy.AnyOf(1), PolicyPart.Copies),
        ["set-missing-acks"] = new ConfigChange.SetPolicy(DurabilityPolicy.Sync with { DegradeAfterMs = 10_000 }, PolicyPart.MissingAcks),
        ["set-policy-degrading"] = new ConfigChange.SetPolicy(DurabilityPolicy.Sync with { DegradeAfterMs = 10_000 }),
        ["set-setting"] = new ConfigChange.SetSetting("replication.method", "statement"),
        ["reset-setting"] = new ConfigChange.SetSetting("replication.method", null),
    };

    public static readonly PeerFragment Fragment = new(new NodeId("a"), Incarnation, Stream: 3, Piece: 1, TotalBytes: 5_000_000, new byte[] { 1, 2, 3 });
    public static readonly PeerFragmentAck FragmentAck = new(new NodeId("b"), Stream: 3, Piece: 1);
    public static readonly SnapshotChunk Chunk = new(new NodeId("a"), Incarnation, Offset: 1L << 40, new byte[] { 0xff, 0, 7 });

    public static IReadOnlyList<IControlMessage> Controls { get; } =
    [
        new ControlRequest(1, "a", Cluster.Value.ToByteArray(), 1, "", LogCodec.EncodeChange(new ConfigChange.Remove(new NodeId("b")))),
        new ControlReply(1, 3, "ü"),
        new SnapshotRequest("b", Incarnation.ToByteArray(), []),
        new SnapshotOffer("a", Cluster.Value.ToByteArray(), [1, 2, 3], 7, "{}"),
        new SnapshotProgress("b", [1, 2, 3], 1L << 40, ""),
        new SnapshotDone("b", [1, 2, 3], 7, 300),
        new PagesHeld("b", Cluster.Value.ToByteArray(), Incarnation.ToByteArray()),
        new Announcement("d", Incarnation.ToByteArray(), new byte[16], "127.0.0.1:2554", "127.0.0.1:8444"),
        new AnnouncementReply("a", "'d' is not a member"),
        new CancelSession("b", Cluster.Value.ToByteArray(), [0, 0, 0, 1, 2, 3, 4, 5]),
    ];

    public static PeerEnvelope Envelope(Message message) =>
        new(Cluster, GroupId.Default, new NodeId("a"), Incarnation, new NodeId("b"), message);

    /// <summary>An envelope whose one entry carries so many bytes.</summary>
    public static PeerEnvelope EnvelopeOf(int payloadBytes)
    {
        var payload = new byte[payloadBytes];
        new Random(1).NextBytes(payload);
        return Envelope(new Message.AppendEntries(new Term(1), Position(1, 1), [Entry(1, 2, EntryKind.Data, payload)], LogIndex.Zero, 1, false));
    }

    public static LogEntry Entry(long term, long index, EntryKind kind, byte[] payload, ClusterConfig? config = null) =>
        new(Position(term, index), kind, payload, config);

    public static LogPosition Position(long term, long index) => new(new Term(term), new LogIndex(index));

    public static readonly ClusterConfig SettingsConfig = EmptyConfig with
    {
        JointWith = DurabilityPolicy.Quorum,
        Settings = ClusterConfig.NoSettings.Add("replication.method", "mixed").Add("a", "ü"),
    };

    public static readonly ClusterConfig DetailedConfig = SettingsConfig with
    {
        Members = Members(
            new Member(new NodeId("a"), MemberKind.Voter) { Incarnation = Incarnation, Http = "127.0.0.1:8441", Zone = "z" },
            new Member(new NodeId("b"), MemberKind.Voter),
            new Member(new NodeId("c"), MemberKind.Learner) { IsJoining = true, AddedAt = Position(3, 17), ApplyDelayMs = 60_000 }),
    };

    private static LogEntry[] EntriesOfEachKind(long term, long first) =>
    [
        Entry(term, first, EntryKind.Barrier, []),
        Entry(term, first + 1, EntryKind.Data, [.. "INSERT"u8]),
        Entry(term, first + 2, EntryKind.Config, [], Config),
        Entry(term, first + 3, EntryKind.Config, [], EmptyConfig),
        Entry(term, first + 4, EntryKind.Data, []),
    ];

    private static ImmutableSortedDictionary<NodeId, Member> Members(params Member[] members) => members.ToImmutableSortedDictionary(m => m.Id, m => m);
}
