using ActorReplication.Journal.Format;

namespace ActorReplication.Journal.Segments;

/// <summary>The events of one request, stored all or not at all.</summary>
internal class PreparedWrite : RecordBuffer
{
    /// <summary>Why nothing was stored; null when all is durable. Set before the write is reported settled.</summary>
    public Exception? Failure { get; set; }
}

/// <summary>A write carries a sequence number that is already taken: a second writer for the same persistence ID. Nothing was stored.</summary>
public sealed class SequenceTakenException(string persistenceId, long sequenceNr, long highest)
    : InvalidOperationException($"sequence number {sequenceNr} of '{persistenceId}' is not above {highest}, the highest one stored; is a second actor writing under this persistence ID?");
