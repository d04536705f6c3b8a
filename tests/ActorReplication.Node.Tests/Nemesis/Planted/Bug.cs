namespace ActorReplication.Node.Tests.Nemesis.Planted;

/// <summary>What is wrong with a node of the tests' own program.</summary>
internal enum Bug
{
    /// <summary>Nothing; but killing it is a power cut for its log.</summary>
    None,

    /// <summary>Followers acknowledge entries that are not on their disks yet.</summary>
    AcknowledgeBeforeFsync,

    /// <summary>Linearizable reads are answered without asking anybody whether this node still leads.</summary>
    ReadWithoutQuorum,

    /// <summary>What is applied is not compared with what was there.</summary>
    SkipBeforeImages,

    /// <summary>The log is written and never synced: only a power cut shows it.</summary>
    NeverSync,
}
