using ActorReplication.Core.Membership;

namespace ActorReplication.Core;

/// <summary>What the journal's events add up to: fold them with <see cref="Apply"/>, then start a <see cref="Replica"/> from it.</summary>
public sealed class DurableState
{
    /// <summary>Folds one event, in journal order. Payload bytes are not kept. The first events of a journal whose prefix was deleted may
    /// lie before the log's start; a later SnapshotTaken says where it is.</summary>
    public void Apply(JournalEvent e) => throw new InvariantBroken("not built yet");
}
