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

    /// <summary>Exact, whatever is added: in decimals while that is so, else in numbers of any length.</summary>
    private sealed class ExactSum(bool average) : ISqlAggregateState
    {
        private decimal _small;
        private BigDecimal _large = BigDecimal.Zero;
        private double _special;
        private long _count;

        public void Add(ISqlFunctionCall call)
        {
            if (call.IsNull(0)) return;
            _count++;
            if (Decimals.SmallOf(call, 0) is { } small)
            {
                _small += small;
                if (Decimals.IsSmall(_small)) return;
                _large += Decimals.Of(_small);
                _small = 0;
            }
            else if (Decimals.Of(call, 0) is { } value) _large += value;
            else _special += call.Number(0);
        }

        public void Finish(ISqlFunctionCall call)
        {
            if (_count == 0) { call.ReturnNull(); return; }
            if (_special != 0) { call.ReturnString(double.IsNaN(_special) ? "NaN" : _special > 0 ? "Infinity" : "-Infinity"); return; }
            var sum = _large + Decimals.Of(_small);
            Decimals.Return(call, average ? sum.DividedBy(BigDecimal.Of(_count)) : sum);
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
