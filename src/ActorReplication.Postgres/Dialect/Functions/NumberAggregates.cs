using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Functions;

internal static class NumberAggregates
{
    public static IReadOnlyList<SqlAggregate> All { get; } =
    [
        new("pg_sum", 1, () => new ExactSum(average: false)),
        new("pg_avg", 1, () => new ExactSum(average: true)),
        new("pg_stddev_samp", 1, () => new Spread(1, squareRoot: true)),
        new("pg_stddev_pop", 1, () => new Spread(0, squareRoot: true)),
        new("pg_var_samp", 1, () => new Spread(1, squareRoot: false)),
        new("pg_var_pop", 1, () => new Spread(0, squareRoot: false)),
        new("pg_sum_interval", 1, () => new IntervalSum()),
    ];

    /// <summary>In decimals, so that cents add up; falls back to floating point beyond 28 digits.</summary>
    private sealed class ExactSum(bool average) : ISqlAggregateState
    {
        private decimal _sum;
        private double _near;
        private bool _isNear;
        private long _count;

        public void Add(ISqlFunctionCall call)
        {
            if (call.IsNull(0)) return;
            _count++;
            var number = call.Number(0);
            _near += number;
            if (_isNear) return;
            try
            {
                if (Decimals.Of(call, 0) is { } value) _sum += value;
                else _isNear = true;
            }
            catch (OverflowException)
            {
                _isNear = true;
            }
        }

        public void Finish(ISqlFunctionCall call)
        {
            if (_count == 0) call.ReturnNull();
            else if (_isNear) call.Return(average ? _near / _count : _near);
            else if (average) call.Return((double)(_sum / _count));
            else Decimals.Return(call, _sum);
        }
    }

    /// <summary>Welford's method (Knuth, The Art of Computer Programming, volume 2, 4.2.2).</summary>
    private sealed class Spread(int lessBy, bool squareRoot) : ISqlAggregateState
    {
        private long _count;
        private double _mean, _squares;

        public void Add(ISqlFunctionCall call)
        {
            if (call.IsNull(0)) return;
            var value = call.Number(0);
            _count++;
            var delta = value - _mean;
            _mean += delta / _count;
            _squares += delta * (value - _mean);
        }

        public void Finish(ISqlFunctionCall call)
        {
            if (_count <= lessBy) { call.ReturnNull(); return; }
            var variance = _squares / (_count - lessBy);
            call.Return(squareRoot ? Math.Sqrt(variance) : variance);
        }
    }

    private sealed class IntervalSum : ISqlAggregateState
    {
        private Interval? _sum;

        public void Add(ISqlFunctionCall call)
        {
            if (call.IsNull(0)) return;
            var value = Intervals.Of(call, 0);
            _sum = _sum is { } sum ? Intervals.Add(sum, value, 1) : value;
        }

        public void Finish(ISqlFunctionCall call)
        {
            if (_sum is { } sum) call.ReturnString(Intervals.Text(sum));
            else call.ReturnNull();
        }
    }
}
