namespace ActorReplication.Core.Tests.Simulation.Engine;

internal enum EventKind : byte
{
    Tick, Deliver, FsyncDone, ApplyDone, GateOpen, Suspect, Unsuspect, SnapshotArrives, SnapshotPlaced, SnapshotAnswer, Compact, Bootstrap,
    Restart, PlanItem, PlanEnd, LoadNext, OpTimeout, Heal, Judge,
}

/// <param name="Node">Whom it happens to, or -1: the world.</param>
/// <param name="Incarnation">Of the node when it was scheduled; 0: any. An event of an earlier incarnation is dropped.</param>
internal readonly record struct SimEvent(EventKind Kind, int Node = -1, int Incarnation = 0, int From = -1, long Number = 0, object? Body = null);

/// <summary>A heap of events by (time, sequence): what was scheduled first happens first among equals. Times are microseconds.</summary>
internal sealed class EventQueue
{
    private const int Arity = 4;
    private Key[] _heap = new Key[256];
    private SimEvent[] _slots = new SimEvent[256];
    private int[] _free = new int[256];
    private int _count, _freeCount, _slotCount;
    private long _sequence;

    private readonly record struct Key(long Time, long Sequence, int Slot)
    {
        public bool Before(in Key other) => Time < other.Time || (Time == other.Time && Sequence < other.Sequence);
    }

    public int Count => _count;

    public void Add(long time, in SimEvent e)
    {
        var slot = _freeCount > 0 ? _free[--_freeCount] : _slotCount++;
        if (slot == _slots.Length)
        {
            Array.Resize(ref _slots, slot * 2);
            Array.Resize(ref _free, slot * 2);
            Array.Resize(ref _heap, slot * 2);
        }
        _slots[slot] = e;
        SiftUp(_count++, new Key(time, _sequence++, slot));
    }

    public bool TryTake(out long time, out SimEvent e)
    {
        if (_count == 0)
        {
            time = 0;
            e = default;
            return false;
        }
        var top = _heap[0];
        var last = _heap[--_count];
        if (_count > 0)
            SiftDown(last);
        time = top.Time;
        e = _slots[top.Slot];
        _slots[top.Slot] = default;
        _free[_freeCount++] = top.Slot;
        return true;
    }

    private void SiftUp(int at, Key key)
    {
        while (at > 0)
        {
            var parent = (at - 1) / Arity;
            if (!key.Before(_heap[parent]))
                break;
            _heap[at] = _heap[parent];
            at = parent;
        }
        _heap[at] = key;
    }

    private void SiftDown(Key key)
    {
        var at = 0;
        while (true)
        {
            var first = at * Arity + 1;
            if (first >= _count)
                break;
            var least = first;
            var end = Math.Min(first + Arity, _count);
            for (var child = first + 1; child < end; child++)
                if (_heap[child].Before(_heap[least]))
                    least = child;
            if (!_heap[least].Before(key))
                break;
            _heap[at] = _heap[least];
            at = least;
        }
        _heap[at] = key;
    }
}
