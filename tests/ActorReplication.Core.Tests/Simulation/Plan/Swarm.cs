using ActorReplication.Core.Tests.Simulation.Engine;

namespace ActorReplication.Core.Tests.Simulation.Plan;

/// <summary>Turns a seed into a scenario. Each seed takes its own subset of faults, so that no fault always hides behind another
/// (Groce et al., "Swarm testing", 2012).</summary>
internal sealed class Swarm
{
    private const int WindowMs = 250;
    private readonly Dice _dice;
    private readonly ulong _seed;
    private readonly Profile _profile;
    private readonly List<PlanItem> _items = [];
    private long _draws;
    private string _roles = "";
    private int _safetyMs;

    private Swarm(ulong seed, Profile profile)
    {
        (_seed, _profile) = (seed, profile);
        _dice = new Dice(seed);
    }

    public static Scenario Build(ulong seed, Profile profile = Profile.Any) => new Swarm(seed, profile).Build();

    private Scenario Build()
    {
        _roles = PickRoles();
        _safetyMs = Between(1200, 5000);
        var scenario = new Scenario { Seed = _seed, Roles = _roles, Policy = PickPolicy(), Items = _items };
        Times(scenario);
        Media(scenario);
        Loads();
        FaultItems();
        Orders();
        _items.Sort((a, b) => a.AtMs.CompareTo(b.AtMs));
        return scenario;
    }

    private string PickRoles()
    {
        if (_profile == Profile.Witness)
            return Percent(70) ? "vvw" : "vvvww";
        if (_profile == Profile.WideQuorum)
            return Percent(70) ? "vvvvv" : "vvvvvvv";
        var voters = Pick((3, 1), (7, 2), (48, 3), (8, 4), (24, 5), (4, 6), (6, 7));
        var roles = new string('v', voters);
        if (voters is 2 or 4 && Percent(60))
            roles += 'w';
        if (roles.Length < Scenario.MaxNodes && Percent(15))
            roles += 'l';
        while (roles.Length < Scenario.MaxNodes && Percent(30))
            roles += Percent(80) ? 's' : 't';
        return roles;
    }

    private string PickPolicy()
    {
        var rule = PickRule();
        return rule != "async" && Percent(25) ? $"{rule}~{Between(100, 900)}" : rule;
    }

    private string PickRule()
    {
        var data = _roles.Count(r => r == 'v');
        if (_profile == Profile.WideQuorum)
            return Percent(50) ? $"any:{data / 2 + 1}:" : Percent(50) ? "semi-sync" : "sync";
        if (data < 2)
            return Percent(50) ? "async" : "quorum";
        return Pick((20, "async"), (20, "semi-sync"), (35, "quorum"), (10, "sync"), (8, $"any:{Between(1, data - 1)}:"), (7, NamedPolicy(data)));
    }

    private string NamedPolicy(int data)
    {
        var names = Enumerable.Range(0, data).Where(_ => Percent(75)).ToList();
        var spare = names.Count - 1;
        return spare < 1 ? "semi-sync" : $"{(Percent(50) ? "first" : "any")}:{Between(1, spare)}:{string.Join('+', names.Select(Letter))}";
    }

    private void Times(Scenario s)
    {
        s[Setting.SafetyMs] = _safetyMs;
        s[Setting.TickMs] = Pick((60, 10), (25, 15), (15, 25));
        s[Setting.HeartbeatMs] = Between(20, 60);
        s[Setting.ElectionMs] = Between(150, 600);
        var lease = _profile switch { Profile.Lease => 90, Profile.Reads => 0, _ => Pick((20, 0), (50, 40), (30, 80)) };
        s[Setting.LeaseMs] = s[Setting.ElectionMs] * lease / 100;
        s[Setting.SuspicionMs] = Between(5, 40);
        s[Setting.WindowBytes] = Pick((30, 1 << 20), (40, 8_000), (30, 1_500));
        s[Setting.MessageBytes] = Pick((40, 192 << 10), (60, 600));
        s[Setting.UncommittedBytes] = Pick((60, 1 << 20), (40, 6_000));
        s[Setting.PromoteWithinEntries] = Pick((50, 1000), (50, 10));
        s[Setting.TransferMs] = Between(300, 1500);
        s[Setting.DriftPpm] = Pick((30, 0), (70, 47_000));
        s[Setting.Hints] = Percent(_profile is Profile.Lease or Profile.Reads ? 90 : 60) ? 1 : 0;
        s[Setting.HealAll] = Percent(40) ? 1 : 0;
    }

    private void Media(Scenario s)
    {
        s[Setting.DelayMinMicros] = Between(50, 1000);
        s[Setting.DelayMaxMicros] = s[Setting.DelayMinMicros] + Pick((40, 500), (40, 5_000), (20, 30_000));
        s[Setting.LossPpm] = Pick((50, 0), (30, 10_000), (20, 60_000));
        s[Setting.DuplicatePpm] = Pick((50, 0), (50, 30_000));
        s[Setting.Fifo] = Percent(40) ? 1 : 0;
        s[Setting.FsyncMinMicros] = Between(30, 500);
        s[Setting.FsyncMaxMicros] = s[Setting.FsyncMinMicros] + Pick((50, 1_000), (35, 10_000), (15, 40_000));
        s[Setting.SlowFsyncPpm] = Pick((50, 0), (50, 10_000));
        s[Setting.EachTicket] = Percent(50) ? 1 : 0;
        s[Setting.ApplyMaxMicros] = Pick((60, 500), (40, 20_000));
        s[Setting.SnapshotMaxMs] = Pick((60, 30), (40, 400));
        s[Setting.CompactEveryMs] = Pick((35, 0), (35, 400), (30, 120));
        s[Setting.RetainRecords] = Pick((50, 0), (50, 20));
        s[Setting.ReadPercent] = _profile == Profile.Reads ? 60 : Pick((30, 10), (40, 30), (30, 60));
        s[Setting.OtherLevelPercent] = Pick((60, 0), (40, 40));
        s[Setting.AckReceivedPercent] = Pick((60, 0), (40, 30));
        s[Setting.PaddingBytes] = Pick((60, 20), (40, 700));
        s[Setting.Batches] = Between(1, 4);
    }

    private void Loads()
    {
        var present = Between(40, 100);
        for (var at = Between(50, 400); at < _safetyMs; at += WindowMs)
            if (Percent(present))
                Add(new PlanItem(at, PlanKind.Load, ForMs: WindowMs, Amount: Pick((40, 1_500), (40, 4_000), (20, 15_000))));
    }

    private void FaultItems()
    {
        var kinds = new List<Action>();
        void Offer(int percent, Action fault)
        {
            if (Percent(percent))
                kinds.Add(fault);
        }
        Offer(60, AddCrash);
        Offer(45, () => Add(new PlanItem(At(), PlanKind.Pause, Node(), ForMs: Pick((50, Between(20, 300)), (50, Between(300, 1500))))));
        Offer(60, AddCut);
        Offer(30, () => Add(new PlanItem(At(), PlanKind.Lossy, ForMs: Between(200, 1500), Amount: Pick((50, 100_000), (50, 500_000)), Links: Links())));
        Offer(_profile == Profile.Lease ? 90 : 30, () => Add(new PlanItem(At(), PlanKind.Slow, ForMs: Between(200, 1500), Amount: Pick((50, 20_000), (50, 250_000)), Links: Links())));
        Offer(25, () => Add(new PlanItem(At(), PlanKind.SlowDisk, Node(), ForMs: Between(200, 1500), Amount: Pick((50, 20_000), (50, 200_000)))));
        Offer(25, () => Add(new PlanItem(At(), PlanKind.Suspect, Node(), Node(), ForMs: Between(50, 500))));
        Offer(15, CrashAll);
        if (kinds.Count == 0)
            return;
        for (var n = Between(1, 18); n > 0; n--)
            kinds[Between(0, kinds.Count - 1)]();
    }

    private void Orders()
    {
        var data = _roles.Count(r => r == 'v');
        if (_profile == Profile.PolicyChange || Percent(30))
            for (var n = Between(1, 4); n > 0 && data > 1; n--)
                Add(new PlanItem(At(), PlanKind.Policy, Policy: PickPolicy()));
        if (Percent(25))
            for (var n = Between(1, 4); n > 0; n--)
                Add(new PlanItem(At(), PlanKind.Transfer, Percent(60) ? Node() : -1));
        if (_profile is Profile.Lease or Profile.Reads)
            for (var n = Between(2, 4); n > 0; n--)
                AddUsurper();
        if (Percent(20))
            for (var n = Between(1, 3); n > 0; n--)
                Add(new PlanItem(At(), PlanKind.Campaign, Node()));
        if (Percent(35))
            Members();
        if (Percent(20))
            for (var n = Between(1, 3); n > 0; n--)
                Add(new PlanItem(At(), PlanKind.Retag, Node(), Amount: Pick((30, 50), (20, 200), (25, 0), (10, -1), (15, -2))));
        if (Percent(20))
            for (var n = Between(1, 4); n > 0; n--)
                Add(new PlanItem(At(), PlanKind.Compact, Node()));
    }

    private void Members()
    {
        for (var i = 0; i < _roles.Length; i++)
            if (_roles[i] is 's' or 't' or 'l')
            {
                var at = At();
                if (_roles[i] != 'l')
                    Add(new PlanItem(at, PlanKind.Add, i, Amount: _roles[i] == 's' && Percent(50) ? 1 : 0));
                if (_roles[i] != 't' && Percent(60))
                    for (var n = 0; n < 3; n++)
                        Add(new PlanItem(at + Between(100, 1500), PlanKind.Promote, i));
            }
        if (_roles.Count(r => r == 'v') > 2)
            for (var n = Between(0, 3); n > 0; n--)
                Add(Percent(60) ? new PlanItem(At(), PlanKind.Remove, Node(), Amount: Percent(50) ? 1 : 0) : new PlanItem(At(), PlanKind.Demote, Node()));
    }

    private void AddCrash() => Add(new PlanItem(At(), PlanKind.Crash, Node(), ForMs: Pick((50, Between(1, 150)), (50, Between(150, 2000))), Amount: Percent(50) ? 1 : 0));

    private void CrashAll()
    {
        var at = At();
        var power = Percent(60) ? 1 : 0;
        for (var i = 0; i < _roles.Length; i++)
            Add(new PlanItem(at, PlanKind.Crash, i, ForMs: Between(5, 300), Amount: power));
    }

    /// <summary>One node hears nothing from another for a while and is then made to stand, just when nobody hears that other any more: if the other
    /// leads, it does not learn of its end, and only what the voters remember keeps the two apart.</summary>
    private void AddUsurper()
    {
        var (at, old, heir, deafMs) = (At(), Node(), Node(), Between(100, 700));
        if (old == heir)
            return;
        ulong off = 0;
        for (var other = 0; other < _roles.Length; other++)
            if (other != old)
                off |= PlanItem.Link(old, other) | PlanItem.Link(other, old);
        Add(new PlanItem(at, PlanKind.Cut, ForMs: deafMs + 100, Links: PlanItem.Link(old, heir)));
        Add(new PlanItem(at + deafMs, PlanKind.Cut, ForMs: Between(100, 900), Links: off));
        Add(new PlanItem(at + deafMs + Between(1, 20), PlanKind.Campaign, heir));
    }

    private void AddCut()
    {
        ulong links = 0;
        var nodes = _roles.Length;
        switch (Between(0, 4))
        {
            case 0: // one node off, both ways or one
                var (one, way) = (Node(), Between(0, 2));
                for (var other = 0; other < nodes; other++)
                    links |= (way != 1 ? PlanItem.Link(one, other) : 0) | (way != 2 ? PlanItem.Link(other, one) : 0);
                break;
            case 1: // two halves
                var half = _dice.Draw(Purpose.Swarm, 1, _draws++);
                for (var from = 0; from < nodes; from++)
                    for (var to = 0; to < nodes; to++)
                        if (((half >> from) & 1) != ((half >> to) & 1))
                            links |= PlanItem.Link(from, to);
                break;
            case 2: // halves with a bridge
                var bridge = Node();
                for (var from = 0; from < nodes; from++)
                    for (var to = 0; to < nodes; to++)
                        if (from != bridge && to != bridge && (from < bridge) != (to < bridge))
                            links |= PlanItem.Link(from, to);
                break;
            case 3: // each hears only its neighbours in a ring
                for (var from = 0; from < nodes; from++)
                    for (var to = 0; to < nodes; to++)
                        if (Math.Abs(from - to) is var distance && distance > 1 && distance < nodes - 1)
                            links |= PlanItem.Link(from, to);
                break;
            default:
                links = Links();
                break;
        }
        Add(new PlanItem(At(), PlanKind.Cut, ForMs: Pick((60, Between(50, 600)), (40, Between(600, 2500))), Links: links));
    }

    private ulong Links()
    {
        var density = Between(5, 60);
        ulong links = 0;
        for (var from = 0; from < _roles.Length; from++)
            for (var to = 0; to < _roles.Length; to++)
                if (from != to && Percent(density))
                    links |= PlanItem.Link(from, to);
        return links;
    }

    private void Add(PlanItem item) => _items.Add(item);
    private int At() => Between(60, _safetyMs - 1);
    private int Node() => Between(0, _roles.Length - 1);
    private static char Letter(int node) => (char)('a' + node);
    private int Between(int low, int high) => _dice.Between(low, high, Purpose.Swarm, 0, _draws++);
    private bool Percent(int percent) => Between(0, 99) < percent;

    private T Pick<T>(params ReadOnlySpan<(int Weight, T Value)> choices)
    {
        var total = 0;
        foreach (var (weight, _) in choices)
            total += weight;
        var draw = Between(0, total - 1);
        foreach (var (weight, value) in choices)
            if ((draw -= weight) < 0)
                return value;
        throw new InvalidOperationException("no choice");
    }
}
