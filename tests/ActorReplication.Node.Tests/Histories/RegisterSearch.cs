namespace ActorReplication.Node.Tests.Histories;

/// <summary>The search for one key. Calls and returns stand in a list in the order of time; an operation may be put next if its call stands before the first return. Taken operations
/// are lifted out of the list and put back when the search turns.</summary>
internal sealed class RegisterSearch
{
    private readonly List<RegisterOp> _ops;
    private readonly Entry _head = new(-1, true);
    private readonly HashSet<Configuration> _seen = [];
    private readonly Stack<(Entry Call, long? Before)> _taken = new();
    private readonly ulong[] _bits;
    private int _stepsLeft;
    private (int Taken, RegisterOp Op, long? State)? _furthest;

    public RegisterSearch(List<RegisterOp> ops, int mostSteps)
    {
        _ops = ops;
        _stepsLeft = mostSteps;
        _bits = new ulong[(ops.Count + 63) / 64];
        var events = new List<(long Time, bool IsReturn, Entry Entry)>();
        for (var i = 0; i < ops.Count; i++)
        {
            var (call, end) = (new Entry(i, true), new Entry(i, false));
            call.Return = end;
            events.Add((ops[i].InvokedAt, false, call));
            events.Add((ops[i].Outcome == Outcome.Unknown ? long.MaxValue : ops[i].CompletedAt, true, end));
        }
        var last = _head;
        foreach (var (_, _, entry) in events.OrderBy(e => e.Time).ThenBy(e => e.IsReturn))
        {
            (last.Next, entry.Previous) = (entry, last);
            last = entry;
        }
    }

    /// <summary>Where the search came furthest and could not go on.</summary>
    public string Stuck => _furthest is { } at
        ? $"after {at.Taken} of {_ops.Count} operations the register can only hold {at.State?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "nothing"} (or less was possible), and {at.Op} fits nowhere"
        : "nothing can be first";

    /// <returns>Null: it took too long.</returns>
    public bool? Run()
    {
        long? state = null;
        var entry = _head.Next;
        while (_head.Next is not null)
        {
            if (--_stepsLeft < 0) return null;
            if (entry!.IsCall)
            {
                if (TryStep(_ops[entry.Op], state, out var next) && Note(entry.Op, next))
                {
                    _taken.Push((entry, state));
                    state = next;
                    entry.Lift();
                    entry = _head.Next;
                }
                else
                {
                    entry = entry.Next;
                }
                continue;
            }
            if (_furthest is not { } at || at.Taken <= _taken.Count) _furthest = (_taken.Count, _ops[entry.Op], state);
            if (!_taken.TryPop(out var last)) return false;
            state = last.Before;
            _bits[last.Call.Op / 64] &= ~(1UL << (last.Call.Op % 64));
            last.Call.PutBack();
            entry = last.Call.Next;
        }
        return true;
    }

    private static bool TryStep(RegisterOp op, long? state, out long? next)
    {
        next = op.Action switch
        {
            RegisterAction.Read => state,
            RegisterAction.Write => op.Value,
            _ => state == op.Expected ? op.Value : state,
        };
        return op.Outcome == Outcome.Unknown || op.Action switch
        {
            RegisterAction.Read => state == op.Value,
            RegisterAction.Write => true,
            _ => (state == op.Expected) == op.Swapped,
        };
    }

    /// <summary>False: the same operations have led to the same state before, and from there nothing was found.</summary>
    private bool Note(int op, long? state)
    {
        _bits[op / 64] |= 1UL << (op % 64);
        if (_seen.Add(new Configuration([.. _bits], state))) return true;
        _bits[op / 64] &= ~(1UL << (op % 64));
        return false;
    }

    private sealed class Entry(int op, bool isCall)
    {
        public int Op => op;
        public bool IsCall => isCall;
        public Entry? Return { get; set; }
        public Entry? Next { get; set; }
        public Entry? Previous { get; set; }

        public void Lift()
        {
            Unlink();
            Return!.Unlink();
        }

        public void PutBack()
        {
            Return!.Link();
            Link();
        }

        private void Unlink()
        {
            Previous!.Next = Next;
            if (Next is not null) Next.Previous = Previous;
        }

        private void Link()
        {
            Previous!.Next = this;
            if (Next is not null) Next.Previous = this;
        }
    }

    private readonly struct Configuration(ulong[] bits, long? state) : IEquatable<Configuration>
    {
        private readonly ulong[] _bits = bits;
        private readonly long? _state = state;

        public bool Equals(Configuration other) => _state == other._state && _bits.AsSpan().SequenceEqual(other._bits);
        public override bool Equals(object? obj) => obj is Configuration other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(_state);
            foreach (var word in _bits) hash.Add(word);
            return hash.ToHashCode();
        }
    }
}
