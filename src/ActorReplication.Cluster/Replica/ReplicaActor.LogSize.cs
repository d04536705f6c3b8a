using ActorReplication.Core;
using ActorReplication.Core.Membership;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Replica;

/// <summary>What a cluster with missing voters is told of: commits with fewer copies than asked for; and what becomes of a log that grows: beyond its budget it is cut, and who still needed what goes is named; where it must not be cut, it has a limit.</summary>
internal sealed partial class ReplicaActor
{
    /// <summary>Of the limit: below this part of it writes are taken again.</summary>
    private const int TakenAgainPercent = 90;

    private const string DegradedProblem = "followers that the policy waits for are missing: commits have fewer copies than it asks for, until they have caught up (on-missing-acks)";

    private string? _fullProblem;

    private void OnDegradedChanged(bool isDegraded)
    {
        _statusChanged = true;
        if (isDegraded) Complain(DegradedProblem);
        else if (_context.Board.LastProblem == DegradedProblem) _context.Board.LastProblem = null;
    }

    /// <param name="before">Where the log began before it was cut.</param>
    private void TellWhoIsCutOff(LogIndex before)
    {
        var start = Replica.LogStart.Index;
        if (start == before) return;
        ReplicaLog.Compacted(_logger, before.Value + 1, start.Value, _context.Map.Bytes);
        foreach (var peer in Replica.Peers())
        {
            // Those that lacked it before were named then, or are being cloned.
            if (peer.Flushed >= start || peer.Flushed < before || peer.Kind == MemberKind.Witness) continue;
            _context.Board.CountCutOff();
            ReplicaLog.CutOff(_logger, peer.Id.Name, peer.Flushed.Value + 1, start.Value);
        }
    }

    /// <summary>A leader cuts only what no failover can take back. Under async that stands still while too few voters answer, and the log grows with every write.</summary>
    private void WatchLogSize()
    {
        var limit = _context.Options.LogLimitBytes;
        var bytes = _context.Map.Bytes;
        var isFull = Replica.Role == Role.Leader && bytes > (_context.Board.IsLogFull ? limit / 100 * TakenAgainPercent : limit);
        if (isFull == _context.Board.IsLogFull) return;
        _context.Board.IsLogFull = isFull;
        if (isFull)
        {
            var silent = Replica.Peers().Where(p => p.Kind != MemberKind.Learner && p.LastHeardMs > _context.Options.ElectionTimeoutMs).Select(p => p.Id.Name).ToList();
            _fullProblem = $"the log holds {bytes >> 20} MiB, more than replication.log-limit, and must not be cut: {(silent.Count > 0 ? $"{string.Join(", ", silent)} does not answer; start it, or member remove it" : "what is committed is not yet held by enough voters")}; until then no writes are taken";
            Complain(_fullProblem);
        }
        else if (_context.Board.LastProblem == _fullProblem) _context.Board.LastProblem = null;
    }
}

internal static partial class ReplicaLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The log's entries {From} to {To} are cut off; {Bytes} bytes of it are kept")]
    public static partial void Compacted(ILogger logger, long from, long to, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "'{Peer}' needs the log from entry {From} on, and it is cut off up to {To} (replication.log-budget): it will be cloned")]
    public static partial void CutOff(ILogger logger, string peer, long from, long to);
}
