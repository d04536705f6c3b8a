namespace ActorReplication.Journal;

/// <summary>
/// Why a journal can no longer be used. Published once on the actor system's event stream when it happens, and the
/// <see cref="JournalException.Trouble"/> of every answer that the journal gives from then on. The node must stop (or repair
/// its log from a peer, when it is <see cref="JournalDamaged"/>); the journal does not heal by itself.
/// </summary>
/// <param name="File">The file concerned.</param>
/// <param name="Message">One line for the operator.</param>
public abstract record JournalTrouble(string File, string Message);

/// <summary>Stored bytes are not what was written. Nothing was changed on disk.</summary>
/// <param name="File">The damaged file.</param>
/// <param name="Offset">Byte offset in it.</param>
/// <param name="Expectation">What was expected there, and what was found.</param>
public sealed record JournalDamaged(string File, long Offset, string Expectation)
    : JournalTrouble(File, $"journal damaged: {File} at offset {Offset}: {Expectation}");

/// <summary>The folder belongs to another node or another cluster. Nothing was changed on disk.</summary>
/// <param name="File">The file that says so.</param>
/// <param name="Expected">The configured ID.</param>
/// <param name="Found">The ID in the file.</param>
/// <param name="IsCluster">Whether the IDs are cluster IDs; otherwise node IDs.</param>
public sealed record JournalForeign(string File, Guid Expected, Guid Found, bool IsCluster)
    : JournalTrouble(
        File,
        $"journal belongs to another {(IsCluster ? "cluster" : "node")}: {File} was written by {Found}, this is {Expected}; point 'directory' at this node's own folder");

/// <summary>
/// A system call failed in a way after which nothing about the file can be trusted (any error of fsync), or the journal could
/// not be opened at all.
/// </summary>
/// <param name="File">The file concerned.</param>
/// <param name="Errno">The system's error number; 0 when there is none.</param>
/// <param name="Operation">What failed: <c>fdatasync</c>, <c>open</c> and so on.</param>
/// <param name="Reason">The system's text for it.</param>
public sealed record JournalFailed(string File, int Errno, string Operation, string Reason)
    : JournalTrouble(File, $"journal failed: {Operation} of {File}: errno {Errno} ({Reason})");
