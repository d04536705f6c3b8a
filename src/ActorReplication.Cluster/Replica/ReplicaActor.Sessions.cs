using System.Buffers.Binary;
using Akka.Actor;
using ActorReplication.Cluster.Wire;

namespace ActorReplication.Cluster.Replica;

/// <summary>Passes clients' cancel requests on to the node whose session they mean.</summary>
internal sealed partial class ReplicaActor
{
    private void OnCancelElsewhere(ReplicaProtocol.CancelElsewhere cancel)
    {
        if (Replica.Config is not { } config) return;
        var key = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(key, cancel.Key);
        foreach (var peer in config.Members.Keys)
        {
            if (peer == _context.Options.Name || !cancel.IsMeant(peer.Name)) continue;
            RefOf(peer)?.Tell(new CancelSession(_context.Options.Name.Name, _context.Identity.Cluster.Value.ToByteArray(), key));
        }
    }

    private void OnCancelSession(CancelSession cancel)
    {
        if (SameCluster(cancel.Cluster) && cancel.Key.Length == 8) _context.Board.AskCancel(BinaryPrimitives.ReadInt64BigEndian(cancel.Key));
    }
}
