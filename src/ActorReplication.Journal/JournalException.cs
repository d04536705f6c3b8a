namespace ActorReplication.Journal;

/// <summary>The journal cannot be used any more, or not at all.</summary>
public sealed class JournalException(JournalTrouble trouble) : Exception(trouble.Message)
{
    /// <summary>Why.</summary>
    public JournalTrouble Trouble { get; } = trouble;
}

/// <summary>
/// The disk had no room for an append. Nothing of it was stored and nothing acknowledged; the journal stays usable, and a later
/// append succeeds when there is space again.
/// </summary>
public sealed class JournalFullException(string file, long neededBytes)
    : IOException($"disk full: no room for {neededBytes} bytes in {file}; nothing was stored")
{
    /// <summary>The file that could not grow.</summary>
    public string File { get; } = file;

    /// <summary>What the append needed, in bytes.</summary>
    public long NeededBytes { get; } = neededBytes;
}
