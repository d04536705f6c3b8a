using ActorReplication.Cluster.Writes.Sharing;
using ActorReplication.Core;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>Who waits for rows that open transactions have locked, and until when.</summary>
internal sealed partial class WriteGate
{
    /// <summary>Keys that one open transaction, and that all of them, may lock; and bytes that their changes may take. Who needs more holds the gate.</summary>
    private const int MostKeys = 20_000, MostKeysOfAll = 500_000;
    private const long MostBytesOfAll = 256 << 20;

    // The gate thread's own.
    private readonly LockTable _locks = new();
    private readonly AskedLocks _asked;
    private readonly PassedLocks _passed;
    private readonly List<LockOwner> _parked = [];
    private long _nextSharedSweep;

    /// <summary>The item waits for a key that another owner has. False: for ever.</summary>
    private bool Park(LockOwner owner, GateItem item, ulong key, RowLockMode mode = RowLockMode.Write)
    {
        switch (_locks.Take(key, owner, ModeOf(mode)))
        {
            case LockAnswer.Deadlock: return false;
            case LockAnswer.Had: throw new InvariantBroken("a row that was found locked can be had");
        }
        owner.Parked = item;
        _parked.Add(owner);
        return true;
    }

    private static LockMode ModeOf(RowLockMode mode) => mode == RowLockMode.Share ? LockMode.Shared : LockMode.Exclusive;

    /// <summary>They have what they waited for: their statements are run again, on what there is now.</summary>
    private void Grant(IReadOnlyList<LockOwner> owners)
    {
        foreach (var owner in owners)
        {
            _parked.Remove(owner);
            if (Unpark(owner) is not { } item) continue;
            if (item is GateStatement statement) _againSteps.Enqueue(statement);
            else _againWrites.Enqueue((GateWrite)item);
        }
    }

    private static GateItem? Unpark(LockOwner owner)
    {
        var item = owner.Parked;
        owner.Parked = null;
        return item;
    }

    /// <summary>Ends what waits for the gate past its time, or was cancelled. Under _sync.</summary>
    private void SweepSteps(Queue<GateStep> steps, long now)
    {
        for (var left = steps.Count; left > 0; left--)
        {
            var step = steps.Dequeue();
            if (step is GateStatement statement && statement.IsOverdue(now)) Refuse(statement, statement.OverdueStatus);
            else steps.Enqueue(step);
        }
    }

    /// <summary>Ends waits that are over their time, and transactions that did nothing for too long. Under _sync.</summary>
    private void SweepShared(long now)
    {
        _nextSharedSweep = now + SweepMs;
        for (var i = _parked.Count - 1; i >= 0 && i < _parked.Count; i--)
        {
            var owner = _parked[i];
            if (!owner.Parked!.IsOverdue(now)) continue;
            var item = Unpark(owner)!;
            _parked.RemoveAt(i);
            Grant(_locks.StopWaiting(owner));
            if (owner is SharedWrite transaction) Idle(transaction);
            else Grant(_locks.Release(owner));
            item.Refuse(item.OverdueStatus);
        }
        for (var i = _open.Count - 1; i >= 0 && i < _open.Count; i--)
        {
            if (!_open[i].IsBusy && now - _open[i].IdleSince > _open[i].IdleTimeoutMs) Finish(_open[i], WriteStatus.IdleTimeout);
        }
    }

    /// <summary>Tells the writer what is locked, on behalf of one owner.</summary>
    private sealed class AskedLocks(LockTable locks, List<SharedWrite> open) : IRowLocks
    {
        private LockOwner? _by;

        public AskedLocks For(LockOwner? by)
        {
            _by = by;
            return this;
        }

        public bool IsTaken(ulong key, RowLockMode mode) => locks.IsTaken(key, _by, ModeOf(mode));

        public IEnumerable<OpenChanges> Others => open.Where(transaction => transaction != _by).Select(transaction => transaction.Changes);

        public int KeysLeft => Math.Max(0, Math.Min(MostKeys - (_by?.Held.Count ?? 0), MostKeysOfAll - locks.Count));

        public long BytesLeft => MostBytesOfAll - open.Sum(transaction => transaction.Changes.Bytes);
    }

    /// <summary>For who holds the gate: it waits for nobody. Transactions whose rows it writes find out when it commits.</summary>
    private sealed class PassedLocks(LockTable locks) : IRowLocks
    {
        private LockOwner? _by;

        public HashSet<LockOwner> Passed { get; } = [];

        /// <param name="by">Its own locks, from before it held the gate.</param>
        public PassedLocks For(LockOwner? by)
        {
            _by = by;
            Passed.Clear();
            return this;
        }

        public bool IsTaken(ulong key, RowLockMode mode)
        {
            // What it only reads stays as it is until it ends: nobody else runs. Who was given the row and has done nothing with it will see it as it is then.
            if (mode == RowLockMode.Write) Passed.UnionWith(locks.HoldersAgainst(key, _by).Where(holder => !holder.Given.Contains(key)));
            return false;
        }

        public IEnumerable<OpenChanges> Others => [];

        public int KeysLeft => int.MaxValue;

        public long BytesLeft => long.MaxValue;
    }
}
