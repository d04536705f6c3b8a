using ActorReplication.Cluster.Writes.Sharing;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>The leader's side: group commit of one-shot transactions.</summary>
internal sealed partial class WriteGate
{
    private const int GatherMs = 1;

    private readonly Action _lead;
    private readonly List<GateWrite> _batch = [];
    private readonly Queue<(GateWrite Write, LogPosition Position)> _late = new();
    private readonly BatchGathering _gathering = new();
    private bool _earlyWaiting;

    /// <summary>Executes what waits, in one SQLite transaction, proposes it, and commits when the policy is met.</summary>
    private void Lead()
    {
        if (!Gather()) return;
        _batch.Clear();
        var payloads = new List<ReadOnlyMemory<byte>>();
        _rules = _board.Capture;
        var levels = ExecuteBatch(payloads);
        if (payloads.Count == 0)
        {
            Writer.RollbackBatch();
            foreach (var write in _batch) write.Complete(WriteStatus.Committed, LogPosition.Zero);
            BatchEnded();
            return;
        }
        CommitBatch(payloads, levels.AsksFollowers, levels.HasEarly);
        BatchEnded();
    }

    private void CommitBatch(List<ReadOnlyMemory<byte>> payloads, bool asksFollowers, bool hasEarly)
    {
        Action<Flight>? early = hasEarly ? AnswerEarly : null;
        if (_rules.Method == ReplicationMethod.Page)
        {
            CommitPages(asksFollowers, early);
            return;
        }
        var flight = Propose(payloads, asksFollowers);
        AwaitOutcome(flight, early);
        if (flight.Committed) CommitFlight(flight);
        else AbandonFlight(flight);
    }

    private void BatchEnded()
    {
        lock (_sync) _gathering.Ended(_batch.Count, _queue.Count, _limits.BatchTransactions);
    }

    /// <summary>Waits a moment for the clients that were answered just now, if that has paid lately. False: meanwhile something came up that goes before a batch.</summary>
    private bool Gather()
    {
        lock (_sync)
        {
            if (_batchIsDue || _alone.Count > 0 || !_gathering.WaitsAt(_queue.Count)) return true;
            _wakeAt = _gathering.Expected;
            _bell.Clear();
            _bell.SleepWithout(_sync, GatherMs);
            _wakeAt = Never;
            _gathering.Waited(_queue.Count);
            return !_stopping && !_paused && _term != Term.Zero && _tasks.Count == 0 && _steps.Count == 0 && !CanApply;
        }
    }

    private (bool HasEarly, bool AsksFollowers) ExecuteBatch(List<ReadOnlyMemory<byte>> payloads)
    {
        bool early = false, others = false;
        long bytes = 0;
        Writer.BeginBatch();
        var alone = TakeAlone();
        while (_batch.Count < _limits.BatchTransactions && bytes < _limits.BatchBytes && (alone ?? TakeWrite()) is { } write)
        {
            _batch.Add(write);
            write.Trace?.Executing();
            var payload = write.Shared is { } shared ? CommitShared(write, shared) : ExecuteOne(write);
            write.Trace?.Executed();
            if (write.Waiter is { } waiter)
            {
                if (waiter.Parked is not null)
                {
                    _batch.RemoveAt(_batch.Count - 1);
                    if (alone is not null) break;
                    continue;
                }
                // What comes later in this batch builds on it.
                Grant(_locks.Release(waiter));
            }
            if (!payload.IsEmpty)
            {
                write.EntryNumber = payloads.Count;
                payloads.Add(payload);
                bytes += payload.Length;
                early |= write.Request.Level < AckLevel.Committed;
                others |= write.Request.Level is AckLevel.Received or AckLevel.Applied;
            }
            if (alone is not null) break;
        }
        return (early, others);
    }

    private GateWrite? TakeWrite()
    {
        lock (_sync)
        {
            var now = Environment.TickCount64;
            while (_againWrites.TryDequeue(out var again))
            {
                if (!again.IsOverdue(now)) return again;
                Grant(_locks.Release(again.Waiter!));
                again.Refuse(again.OverdueStatus);
            }
            while (_queue.TryPeek(out var item))
            {
                if (item.IsOverdue(now))
                {
                    _queue.Dequeue();
                    item.Refuse(item.OverdueStatus);
                }
                else if (item is GateWrite write)
                {
                    _queue.Dequeue();
                    return write;
                }
                else break;
            }
            return null;
        }
    }

    private ReadOnlyMemory<byte> ExecuteOne(GateWrite write)
    {
        var calls = write.Request.Calls;
        var outcomes = new SqlOutcome[calls.Count];
        Writer.BeginTransaction(_rules, _locks.IsEmpty ? null : _asked.For(write.Waiter));
        var replay = write.Request.Token is { } token && Writer.FindToken(token.Name) is { } known ? new TokenReplay(known) : null;
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (replay is not null && write.Request.Token!.Work[i] is { } work)
            {
                outcomes[i] = replay.Next(work, calls[i].Rows is not null);
                if (outcomes[i].Succeeded) continue;
                return Fail(write, outcomes[..(i + 1)]);
            }
            try
            {
                outcomes[i] = Writer.Execute(calls[i], write.Request.Deadline, write.Request.Cancel);
            }
            catch (Exception e) when (e is not StorageFailure)
            {
                // The caller's row consumer threw: its transaction ends, the batch goes on, and the caller gets its exception back.
                Writer.RollbackTransaction();
                write.Thrown = e;
                return default;
            }
            if (Writer.Taken is { } taken) return ParkWrite(write, taken);
            if (outcomes[i].Succeeded) continue;
            return Fail(write, outcomes[..(i + 1)]);
        }
        if (replay is not null) return Answer(write, replay, outcomes);
        var end = Writer.EndTransaction(write.Request.Token?.RecordOf(outcomes), _board.Tokens);
        if (end.Failure is { } failure)
        {
            write.Failed = true;
            if (outcomes.Length > 0) outcomes[^1] = outcomes[^1] with { Failure = failure };
        }
        write.Statements = outcomes;
        return end.Payload;
    }

    /// <summary>It is run again when the transaction that has the row is over.</summary>
    private ReadOnlyMemory<byte> ParkWrite(GateWrite write, ulong key)
    {
        Writer.RollbackTransaction();
        write.Reset();
        if (!Park(write.Waiter ??= new LockOwner(), write, key)) write.Ended = WriteStatus.Deadlock;
        return default;
    }

    private ReadOnlyMemory<byte> Fail(GateWrite write, SqlOutcome[] outcomes)
    {
        Writer.RollbackTransaction();
        write.Failed = true;
        write.Statements = outcomes;
        return default;
    }

    /// <summary>The first answer once more. What it tells of may stand in this very batch: the answer waits for it.</summary>
    private ReadOnlyMemory<byte> Answer(GateWrite write, TokenReplay replay, SqlOutcome[] outcomes)
    {
        if (replay.End() is { } failure)
        {
            outcomes[^1] = outcomes[^1] with { Failure = failure };
            return Fail(write, outcomes);
        }
        Writer.RollbackTransaction();
        write.IsReplay = true;
        write.Statements = outcomes;
        return default;
    }

    private void CommitFlight(Flight flight)
    {
        StoreGap(Gap(flight.Range.First) ?? throw new InvariantBroken(WhyNoGap(flight.Range.First)));
        Writer.CommitBatch(flight.Term.Value, flight.Range.Last.Value);
        CompleteFlight(flight);
    }

    /// <summary>The batch is visible: answers it.</summary>
    private void CompleteFlight(Flight flight)
    {
        NoteApplied(flight.Range.Last);
        lock (_sync)
            foreach (var write in _batch)
            {
                var position = PositionOf(write, flight);
                if (write.EntryNumber >= 0 && write.Request.Level == AckLevel.Applied && _appliedLevel < position.Index) _late.Enqueue((write, position));
                else write.Complete(WriteStatus.Committed, position);
            }
        // Last: telling the replica may do the replica's work on this thread.
        TellApplied();
    }

    /// <summary>Takes the batch back. What was proposed and not refused may still commit, through the log: its clients are told so.</summary>
    private void AbandonFlight(Flight flight)
    {
        Writer.RollbackBatch();
        foreach (var write in _batch)
        {
            // What changed nothing, or failed, saw state that was never made durable: it has to be asked again. A token's first commit may be in this very flight.
            if ((write.EntryNumber >= 0 || write.IsReplay) && !flight.Refused) write.Complete(WriteStatus.OutcomeUnknown, PositionOf(write, flight));
            else write.Refuse(WriteStatus.LeadershipLost);
        }
    }

    private static LogPosition PositionOf(GateWrite write, Flight flight) =>
        write.EntryNumber < 0 || !flight.Accepted ? LogPosition.Zero : new LogPosition(flight.Term, new LogIndex(flight.Range.First.Value + write.EntryNumber));

    /// <summary>Configuration entries and barriers between what is applied and this batch. Null: they are not all in the cache, or there is data among them; that cannot be on a leader.</summary>
    private List<LogEntry>? Gap(LogIndex first)
    {
        var gap = new List<LogEntry>();
        for (var next = _applied.Next; next < first; next = gap[^1].Index.Next)
        {
            if (!_log.TryReadCached(next, first.Previous, long.MaxValue, out var entries) || entries.Count == 0 || entries.Any(e => e.Kind == EntryKind.Data)) return null;
            gap.AddRange(entries);
        }
        return gap;
    }

    private string WhyNoGap(LogIndex first) =>
        $"of the entries {_applied.Next} to {first.Previous}, which lie before a batch of this leader, some are not in its cache, or hold data that was never applied";

    /// <summary>Recorded inside the batch's SQLite transaction.</summary>
    private void StoreGap(List<LogEntry> gap)
    {
        foreach (var entry in gap)
        {
            if (entry.Config is { } config) Writer.StoreConfig(Wire.LogCodec.EncodeConfig(config));
            // No rows lie between what is committed here and the marker; the batch that comes after it is not committed yet.
            if (IsMarked(entry.Config)) PinMarked(entry.Position);
        }
    }

    /// <summary>Answers those that asked for less than the policy, as soon as their level is reached. Under _sync.</summary>
    private void AnswerEarly(Flight flight)
    {
        foreach (var write in _batch)
        {
            if (write.EntryNumber < 0) continue;
            var position = PositionOf(write, flight);
            var reached = write.Request.Level switch
            {
                AckLevel.Local => _local >= position.Index,
                AckLevel.Received => _received >= position.Index,
                _ => false,
            };
            if (reached) write.Complete(WriteStatus.Committed, position);
        }
    }

    /// <summary>Answers those that wait for followers to apply. If leadership is over they are committed all the same. Under _sync.</summary>
    private void AnswerLate()
    {
        while (_late.TryPeek(out var late) && (_appliedLevel >= late.Position.Index || _term != late.Position.Term))
        {
            _late.Dequeue();
            late.Write.Complete(WriteStatus.Committed, late.Position);
        }
    }
}
