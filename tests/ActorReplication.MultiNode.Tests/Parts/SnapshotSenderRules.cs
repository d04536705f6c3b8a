using ActorReplication.Cluster;
using ActorReplication.Cluster.Peers;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Wire;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Storage.Engine;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>The sender of a copy, with probes in the place of the replica and of the peer.</summary>
public sealed class SnapshotSenderRules : TestKit
{
    private readonly string folder = Directory.CreateTempSubdirectory("snapshot-sender").FullName;
    private readonly DatabaseHolder database;
    private readonly ReplicaContext context;

    public SnapshotSenderRules()
    {
        database = new DatabaseHolder(new DatabaseOptions(Path.Combine(folder, "data.sqlite")));
        database.Current.Writer.BeginBatch();
        database.Current.Writer.CommitBatch(1, 7);
        var options = new ReplicaNodeOptions(new NodeId("a"), folder, "", [], DurabilityPolicy.Quorum);
        // A sender uses these four parts of it.
        context = new ReplicaContext(
            options, NodeIdentity.Open(folder, options.Name), null!, null!, new ReplicaBoard(), null!, database, null!, null!, null!, null!, null!, null!, null!, null!, null!);
    }

    protected override void AfterAll()
    {
        database.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Pieces_that_were_lost_are_sent_again()
    {
        var (replica, peer) = (CreateTestProbe(), CreateTestProbe());
        var sender = Sys.ActorOf(SnapshotSender.Props(context, replica, new NodeId("b"), peer, new Term(1)));
        var snapshot = peer.ExpectMsg<SnapshotOffer>(TimeSpan.FromSeconds(10)).Snapshot;
        sender.Tell(new SnapshotProgress("b", snapshot, 0, ""), replica);
        var sent = (SnapshotChunk)peer.FishForMessage(m => m is SnapshotChunk, TimeSpan.FromSeconds(10));

        // Nothing came of it: the sender asks, and hears that the receiver stands where it stood.
        peer.FishForMessage(m => m is SnapshotOffer, TimeSpan.FromSeconds(10));
        sender.Tell(new SnapshotProgress("b", snapshot, 0, ""), replica);

        var again = (SnapshotChunk)peer.FishForMessage(m => m is SnapshotChunk, TimeSpan.FromSeconds(10));
        Assert.Equal(sent.Offset, again.Offset);
        Assert.Equal(sent.Bytes.ToArray(), again.Bytes.ToArray());
        Sys.Stop(sender);
    }

    [Fact]
    public void Offer_is_repeated_until_the_peer_takes_it_up()
    {
        var (replica, peer) = (CreateTestProbe(), CreateTestProbe());
        var sender = Sys.ActorOf(SnapshotSender.Props(context, replica, new NodeId("b"), peer, new Term(1)));

        var first = peer.ExpectMsg<SnapshotOffer>(TimeSpan.FromSeconds(10));
        var again = peer.ExpectMsg<SnapshotOffer>(TimeSpan.FromSeconds(10));
        Assert.Equal(first.Snapshot, again.Snapshot);
        sender.Tell(new SnapshotProgress("b", first.Snapshot, 0, ""), replica);

        var offset = peer.FishForMessage<SnapshotChunk>(_ => true, TimeSpan.FromSeconds(10)).Offset;
        Assert.Equal(0, offset);
        Sys.Stop(sender);
        Assert.Null(replica.ExpectMsg<ReplicaProtocol.SnapshotSendEnded>(TimeSpan.FromSeconds(10)).Installed);
    }
}
