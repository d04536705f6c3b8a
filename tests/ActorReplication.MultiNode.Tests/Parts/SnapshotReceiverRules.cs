using System.Text.Json;
using ActorReplication.Cluster;
using ActorReplication.Cluster.Peers;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Wire;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Storage.Engine;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>The receiver of a copy, with probes in the place of the replica and of the sender.</summary>
public sealed class SnapshotReceiverRules : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly string folder = Directory.CreateTempSubdirectory("snapshot-receiver").FullName;
    private readonly Guid snapshot = Guid.NewGuid();
    private readonly ReplicaBoard board = new();
    private readonly DatabaseHolder database;
    private readonly SnapshotManifest manifest;
    private readonly byte[] copy;
    private readonly TestProbe replica;
    private readonly TestProbe sender;
    private readonly IActorRef receiver;
    private readonly SnapshotOffer offer;

    public SnapshotReceiverRules()
    {
        database = new DatabaseHolder(new DatabaseOptions(Path.Combine(folder, "data.sqlite")));
        manifest = database.CopyTo(Path.Combine(folder, "copy"), 0, null, CancellationToken.None);
        copy = File.ReadAllBytes(Path.Combine(folder, "copy"));
        var options = new ReplicaNodeOptions(new NodeId("b"), folder, "", [], DurabilityPolicy.Quorum);
        // A receiver uses these three parts of it.
        var context = new ReplicaContext(options, null!, null!, null!, board, null!, database, null!, null!, null!, null!, null!, null!, null!, null!, null!);
        offer = new SnapshotOffer("a", [], snapshot.ToByteArray(), 1, JsonSerializer.Serialize(manifest));
        (replica, sender) = (CreateTestProbe(), CreateTestProbe());
        receiver = replica.ChildActorOf(SnapshotReceiver.Props(context, offer, sender));
        Assert.Equal(0, NextOffset());
    }

    protected override void AfterAll()
    {
        Sys.Stop(receiver);
        database.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Piece_after_a_lost_one_and_one_that_comes_twice_do_no_harm()
    {
        Give(0, 1000);
        Assert.Equal(1000, NextOffset());
        Assert.Equal((true, 1000L, (long)copy.Length), (board.Clones.Single().Incoming, board.Clones.Single().Bytes, board.Clones.Single().Total));

        Give(2000, 1000);
        Give(0, 1000);
        receiver.Tell(offer);
        Assert.Equal(1000, NextOffset());
        Give(1000, copy.Length - 1000);
        Assert.Equal(copy.Length, NextOffset());

        var received = replica.ExpectMsg<ReplicaProtocol.SnapshotReceived>(Patience);
        Assert.Equal(copy, File.ReadAllBytes(received.Path));
    }

    [Fact]
    public void Copy_that_is_not_what_the_manifest_says_is_given_up()
    {
        copy[copy.Length / 2] ^= 1;
        Give(0, copy.Length);

        Assert.NotEmpty(replica.ExpectMsg<ReplicaProtocol.SnapshotRejected>(Patience).Why);
    }

    private void Give(int offset, int length) => receiver.Tell(new SnapshotChunk(new NodeId("a"), snapshot, offset, copy.AsMemory(offset, length)));

    private long NextOffset() => sender.ExpectMsg<SnapshotProgress>(Patience).NextOffset;
}
