using ActorReplication.Core;
using ActorReplication.Storage.Engine;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Writes;

/// <summary>The disk under the database is full: what was under way is taken back, and what is committed is applied from the log when there is space again. The journal has all of it.</summary>
internal sealed partial class WriteGate
{
    private const int FullPauseMs = 500;

    /// <summary>Takes what is wrong, and whether it is for another node to lead.</summary>
    private readonly Action<string, bool> _full;
    private long _fullUntil;

    /// <summary>Told, and not over yet.</summary>
    private string? _fullProblem;

    /// <summary>Nothing is written for a moment.</summary>
    private bool WaitsForSpace => Environment.TickCount64 < _fullUntil;

    /// <summary>Of what else may meet it (undoing a tail, putting a copy in place) each step is durable before the next: it is carried on with after a restart of the process. So is a commit of pages.</summary>
    private bool CanTakeBack(Action work) => work == _applyCommitted || (_rules.Method != ReplicationMethod.Page && (work == _lead || work == _share || work == _hold));

    private void Carry(Action work)
    {
        try
        {
            work();
        }
        catch (DiskFull full) when (CanTakeBack(work))
        {
            TakeBack(full, work != _applyCommitted);
        }
    }

    private void TakeBack(DiskFull full, bool isLeading)
    {
        Writer.Abandon();
        lock (_sync)
        {
            _flight = null;
            _earlyWaiting = false;
            _fullUntil = Environment.TickCount64 + FullPauseMs;
            // What was proposed may be committed: then it is applied from the log.
            foreach (var write in _batch) write.Complete(WriteStatus.OutcomeUnknown, LogPosition.Zero);
            _batch.Clear();
        }
        EndShared(WriteStatus.LeadershipLost);
        if (_fullProblem != full.Message) GateLog.Full(_logger, full.Message);
        _fullProblem = full.Message;
        _full(full.Message, isLeading);
    }

    private void EndFull()
    {
        if (_fullProblem is not { } problem) return;
        _fullProblem = null;
        if (_board.LastProblem == problem) _board.LastProblem = null;
    }
}

internal static partial class GateLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The database's disk is full; trying again until there is space: {Problem}")]
    public static partial void Full(ILogger logger, string problem);
}
