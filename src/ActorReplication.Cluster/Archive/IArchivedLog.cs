using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.Cluster.Archive;

/// <summary>The log, as its archiving needs it.</summary>
internal interface IArchivedLog
{
    /// <summary>None until this node saw its first configuration committed.</summary>
    ClusterId Cluster { get; }

    bool Leads { get; }

    LogIndex Commit { get; }

    /// <summary>The log begins after this; null: not known yet.</summary>
    LogPosition? Start { get; }

    /// <summary>Bytes of the entries after the index.</summary>
    long BytesAfter(LogIndex index);

    /// <summary>As <see cref="Replica.LogReader.ReadAsync(LogIndex, LogIndex, long)"/>; blocks. For a thread that may.</summary>
    IReadOnlyList<LogEntry> Read(LogIndex first, LogIndex last, long maxBytes);
}
