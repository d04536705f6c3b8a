using ActorReplication.Core.Messages;
using ActorReplication.Core.Tests.Simulation.Checks;
using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Plan;

namespace ActorReplication.Core.Tests.Simulation.Model;

/// <summary>Links with a direction each: loss, delay, duplication, reordering (or first-in-first-out), cuts. Overlapping faults add up.</summary>
internal sealed class SimNetwork(Scenario scenario, Dice dice, EventQueue queue, RareEvents rare)
{
    private const int Links = Scenario.MaxNodes * Scenario.MaxNodes;
    private const int SpikePpm = 3_000;
    private readonly int[] _cuts = new int[Links];
    private readonly int[] _extraLoss = new int[Links];
    private readonly int[] _extraDelay = new int[Links];
    private readonly long[] _sent = new long[Links];
    private readonly long[] _latest = new long[Links];

    private bool _isCalm;

    public static int Link(int from, int to) => from * Scenario.MaxNodes + to;

    public bool IsCut(int from, int to) => _cuts[Link(from, to)] > 0;
    public void Cut(int from, int to, int change) => _cuts[Link(from, to)] += change;
    public void Lossy(int from, int to, int ppm) => _extraLoss[Link(from, to)] += ppm;
    public void Slow(int from, int to, int micros) => _extraDelay[Link(from, to)] += micros;

    /// <summary>All faults end; from now on messages are neither lost nor doubled nor very late.</summary>
    public void HealAll()
    {
        _isCalm = true;
        Array.Clear(_cuts);
        Array.Clear(_extraLoss);
        Array.Clear(_extraDelay);
    }

    /// <summary>Microseconds that a message sent now would take.</summary>
    public int Delay(int link, Purpose purpose, long counter)
    {
        var delay = dice.Between(scenario[Setting.DelayMinMicros], scenario[Setting.DelayMaxMicros] + _extraDelay[link], purpose, link, counter);
        return !_isCalm && dice.Chance(SpikePpm, purpose, link + Links, counter) ? delay * 8 : delay;
    }

    public void Send(long now, int from, int to, Message message)
    {
        var link = Link(from, to);
        var counter = _sent[link]++;
        if (_cuts[link] > 0)
            return;
        if (!_isCalm && dice.Chance(scenario[Setting.LossPpm] + _extraLoss[link], Purpose.Loss, link, counter))
            return;
        var arrival = now + Delay(link, Purpose.Delay, counter);
        if (scenario[Setting.Fifo] != 0)
            arrival = Math.Max(arrival, _latest[link]);
        else if (arrival < _latest[link])
            rare.Saw(Rare.MessageOvertaken);
        _latest[link] = Math.Max(arrival, _latest[link]);
        var e = new SimEvent(EventKind.Deliver, to, From: from, Body: message);
        queue.Add(arrival, e);
        if (_isCalm || !dice.Chance(scenario[Setting.DuplicatePpm], Purpose.Duplicate, link, counter))
            return;
        rare.Saw(Rare.MessageDuplicated);
        queue.Add(arrival + 20 * Delay(link, Purpose.DuplicateDelay, counter), e);
    }
}
