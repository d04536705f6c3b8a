namespace ActorReplication.Core.Tests.Simulation.Plan;

/// <summary>Makes a failing scenario small: delta debugging (Zeller and Hildebrandt, 2002, the ddmin algorithm) over the list of planned items,
/// then shorter and calmer settings, as long as the same rule is broken.</summary>
internal sealed class Shrinker(Func<Scenario, bool> failsAlike, int maxRuns = 600)
{
    public int Runs { get; private set; }

    public Scenario Shrink(Scenario failing)
    {
        var before = int.MaxValue;
        var small = failing;
        while (small.Items.Count < before && Runs < maxRuns)
        {
            before = small.Items.Count;
            small = Calmer(Fewer(small));
        }
        return small;
    }

    private Scenario Fewer(Scenario failing)
    {
        var parts = 2;
        while (failing.Items.Count >= 2 && Runs < maxRuns)
        {
            var size = (failing.Items.Count + parts - 1) / parts;
            var smaller = false;
            for (var from = 0; from < failing.Items.Count && !smaller; from += size)
                smaller = Try(ref failing, failing.With([.. failing.Items.Take(from), .. failing.Items.Skip(from + size)]));
            if (smaller)
                parts = Math.Max(parts - 1, 2);
            else if (size == 1)
                break;
            else
                parts = Math.Min(parts * 2, failing.Items.Count);
        }
        if (failing.Items.Count == 1)
            Try(ref failing, failing.With([]));
        return failing;
    }

    private Scenario Calmer(Scenario failing)
    {
        foreach (var setting in (ReadOnlySpan<Setting>)[Setting.LossPpm, Setting.DuplicatePpm, Setting.SlowFsyncPpm, Setting.CompactEveryMs, Setting.RetainRecords, Setting.DriftPpm,
            Setting.Hints, Setting.OtherLevelPercent, Setting.AckReceivedPercent, Setting.PaddingBytes, Setting.EachTicket, Setting.LeaseMs])
            if (failing[setting] != 0)
                Try(ref failing, failing.With(setting, 0));
        for (var i = 0; i < failing.Items.Count; i++)
            while (failing.Items[i] is { ForMs: > 20 } item && Try(ref failing, failing.With([.. failing.Items.Take(i), item with { ForMs = item.ForMs / 2 }, .. failing.Items.Skip(i + 1)])))
            {
            }
        return failing;
    }

    private bool Try(ref Scenario failing, Scenario candidate)
    {
        if (Runs >= maxRuns)
            return false;
        Runs++;
        if (!failsAlike(candidate))
            return false;
        failing = candidate;
        return true;
    }
}
