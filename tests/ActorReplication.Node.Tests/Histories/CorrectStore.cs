namespace ActorReplication.Node.Tests.Histories;

/// <summary>Histories as a store would give them that does everything at one moment between question and answer, and whose clients sometimes do not hear the answer.</summary>
internal static class CorrectStore
{
    private const int Clients = 8;

    public static List<RegisterOp> Registers(Random random, int count, int keys)
    {
        var state = new Dictionary<long, long?>();
        var next = 0L;
        return [.. Moments(random, count).Select(m =>
        {
            var key = random.Next(keys);
            var now = state.GetValueOrDefault(key);
            var outcome = OutcomeOf(random);
            var done = outcome == Outcome.Ok || (outcome == Outcome.Unknown && random.Next(2) == 0);
            switch (random.Next(5))
            {
                case 0 or 1:
                    var value = ++next;
                    if (done) state[key] = value;
                    return new RegisterOp(m.Client, key, RegisterAction.Write, value, m.Invoked, m.Completed, outcome);
                case 2:
                    var (expected, wanted) = (random.Next(3) == 0 ? -1 : now ?? -1, ++next);
                    if (done && expected == now) state[key] = wanted;
                    return new RegisterOp(m.Client, key, RegisterAction.Cas, wanted, m.Invoked, m.Completed, outcome, expected, expected == now);
                default:
                    return new RegisterOp(m.Client, key, RegisterAction.Read, outcome == Outcome.Ok ? now : null, m.Invoked, m.Completed, outcome);
            }
        })];
    }

    public static List<ListTransaction> Lists(Random random, int count)
    {
        var state = new Dictionary<long, List<long>>();
        var (id, next) = (0, 0L);
        return [.. Moments(random, count).Select(m =>
        {
            var outcome = OutcomeOf(random);
            var done = outcome == Outcome.Ok || (outcome == Outcome.Unknown && random.Next(2) == 0);
            var own = new Dictionary<long, List<long>>();
            var ops = new List<ListOp>();
            for (var left = random.Next(1, 5); left > 0; left--)
            {
                // Keys wander, so that no list grows too long.
                var key = (id / 300 * 4) + random.Next(6);
                if (!own.TryGetValue(key, out var list)) own[key] = list = [.. state.GetValueOrDefault(key, [])];
                if (random.Next(2) == 0) ops.Add(new ListOp.Read(key, outcome == Outcome.Ok ? [.. list] : null));
                else
                {
                    list.Add(++next);
                    ops.Add(new ListOp.Append(key, next));
                }
            }
            if (done) foreach (var (key, list) in own) state[key] = list;
            return new ListTransaction(++id, m.Client, outcome, ops, m.Invoked, m.Completed);
        })];
    }

    private static Outcome OutcomeOf(Random random) => random.Next(40) switch { 0 => Outcome.Unknown, 1 => Outcome.Failed, _ => Outcome.Ok };

    /// <summary>Ascending by the moment at which it is done, which lies between its two times.</summary>
    private static IEnumerable<(int Client, long Invoked, long Completed)> Moments(Random random, int count)
    {
        var free = new long[Clients];
        for (long i = 0, at = 100; i < count; i++)
        {
            at += random.Next(1, 10);
            var client = Array.FindIndex(free, f => f < at - 1);
            if (client < 0)
            {
                at = free.Min() + 2;
                client = Array.IndexOf(free, free.Min());
            }
            var invoked = Math.Max(free[client] + 1, at - random.Next(1, 40));
            free[client] = at + random.Next(1, 40);
            yield return (client, invoked, free[client]);
        }
    }
}
