namespace ActorReplication.Certificates;

/// <summary>What makes a certificate a node's: a URI among its subject alternative names, <c>urn:actor-replication:node:NAME</c>. Who signs certificates and who judges them agree on it here.</summary>
internal static class NodeMark
{
    public const string Prefix = "urn:actor-replication:node:";
}
