using System.Diagnostics;
using System.Globalization;
using System.Text;
using ActorReplication.Node.Tests.Histories;
using ActorReplication.Node.Tests.Nemesis.Clients;
using ActorReplication.Node.Tests.Nemesis.Faults;

namespace ActorReplication.Node.Tests.Nemesis;

/// <summary>What a long run has seen, written anew after each round.</summary>
/// <param name="file">Null: nothing is written.</param>
internal sealed class NemesisReport(string? file)
{
    private readonly List<string> _rounds = [];
    private readonly List<string> _anomalies = [];
    private readonly SortedDictionary<string, int> _faults = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<double>> _failovers = new(StringComparer.Ordinal);
    private readonly List<double> _convergence = [];
    private long _operations, _unknown, _failed, _undecided, _tokenRetries, _lost, _salvaged;
    private double _seconds;

    public IReadOnlyList<string> Anomalies => _anomalies;

    public void Add(NemesisResult result, Action<string> tell)
    {
        foreach (var fault in result.Faults)
        {
            _faults[fault.Kind] = _faults.GetValueOrDefault(fault.Kind) + 1;
            if (!fault.HitLeader || ServedAgain(fault, result.Recorder) is not { } served || Overlaps(fault, served, result.Faults)) continue;
            if (!_failovers.TryGetValue(fault.Kind, out var times)) _failovers[fault.Kind] = times = [];
            times.Add(Stopwatch.GetElapsedTime(fault.At, served).TotalMilliseconds);
        }
        var (ops, plan) = (result.Recorder, result.Plan);
        _operations += ops.Operations;
        _unknown += ops.Unknown;
        _failed += ops.Failed;
        _undecided += result.UndecidedKeys;
        _tokenRetries += ops.TokenRetries;
        _lost += result.LostUnderAsync;
        _salvaged += result.Salvaged;
        _seconds += plan.Duration.TotalSeconds;
        if (result.Converged is { } converged) _convergence.Add(converged.TotalMilliseconds);
        _anomalies.AddRange(result.Anomalies.Select(a => $"seed {plan.Seed}: {a}"));
        _rounds.Add(Line($"| {plan.Seed} | {plan.Nodes} | {plan.Policy} | {plan.Method} | {(result.HasNetwork ? "network" : "loopback")} | {result.Faults.Count} | {ops.Operations} | {ops.Unknown} | {ops.Failed} | {result.HighestTerm} | {result.Converged?.TotalSeconds:0.0} | {result.Anomalies.Count} |"));
        tell(Line($"so far: {_rounds.Count} rounds, {_faults.Values.Sum()} faults, {_failovers.Values.Sum(f => f.Count)} failovers measured, {_operations} operations, {_anomalies.Count} anomalies"));
        if (file is not null) File.WriteAllText(file, Text());
    }

    /// <summary>A round that did not come to its end counts as an anomaly.</summary>
    public void AddBroken(NemesisPlan plan, Exception e, Action<string> tell)
    {
        _anomalies.Add($"seed {plan.Seed}: the round broke off: {e.GetType().Name}: {e.Message.Split('\n')[0]}");
        tell($"ANOMALY the round of {plan} broke off: {e}");
        if (file is not null) File.WriteAllText(file, Text());
    }

    /// <summary>The first answer to a write that was asked for after the fault.</summary>
    private static long? ServedAgain(Injected fault, Recorder recorder)
    {
        var later = recorder.Writes.Where(w => w.InvokedAt >= fault.At).Select(w => w.CompletedAt).ToArray();
        return later.Length > 0 ? later.Min() : null;
    }

    /// <summary>Something else went on meanwhile, or had ended only just before.</summary>
    private static bool Overlaps(Injected fault, long served, IReadOnlyList<Injected> all)
    {
        var settled = Stopwatch.Frequency / 2;
        return all.Any(f => f != fault && f.At <= served && (f.Until == 0 || f.Until + settled >= fault.At));
    }

    private string Text()
    {
        var text = new StringBuilder();
        text.AppendLine("# What a long run of random faults has shown").AppendLine();
        text.AppendLine("Written by the test `RandomFaults.Break_no_promise` itself (`tests/ActorReplication.Node.Tests/Nemesis`), after each of its rounds. To repeat it:").AppendLine();
        text.AppendLine("```").AppendLine("REPLICATION_TEST_BUDGET=20m REPLICATION_TEST_SEED=<the first seed below> dotnet test tests/ActorReplication.Node.Tests --filter FullyQualifiedName~RandomFaults").AppendLine("```").AppendLine();
        text.AppendLine("A seed decides policy, method, size, and which faults are drawn in what order; the machine's scheduler decides the rest, so a seed does not repeat a run exactly. Times are of the machine that it ran on.").AppendLine();
        text.AppendLine(Line($"{_rounds.Count} rounds, {_seconds / 60:0} minutes under fault: {_faults.Values.Sum()} faults, {_operations} operations ({_unknown} of unknown outcome, {_failed} refused), {_tokenRetries} commit tokens asked for again, {_undecided} registers whose search was given up, **{_anomalies.Count} anomalies**.")).AppendLine();
        text.AppendLine(Line($"Under `async` {_lost} acknowledged rows were lost in failovers; nodes have put {_salvaged} entries aside in all rounds.")).AppendLine();
        text.AppendLine("## Failovers").AppendLine();
        text.AppendLine("From the fault until a write was acknowledged that had been asked for after it; only faults that hit the leader while nothing else went on, in milliseconds. Under `sync` nobody is served until the node is back.").AppendLine();
        text.AppendLine("| fault | count | median | p95 | max |").AppendLine("| --- | --- | --- | --- | --- |");
        foreach (var (kind, times) in _failovers) text.AppendLine(Row(kind, times));
        if (_failovers.Count > 1) text.AppendLine(Row("all", [.. _failovers.Values.SelectMany(t => t)]));
        if (_convergence.Count > 0) text.AppendLine().AppendLine(Line($"From the end of all faults until every node had applied the same, clients' last second included: median {Quantile(_convergence, 0.5):0} ms, max {_convergence.Max():0} ms."));
        text.AppendLine().AppendLine("## Faults").AppendLine().AppendLine("| fault | count |").AppendLine("| --- | --- |");
        foreach (var (kind, count) in _faults) text.AppendLine(Line($"| {kind} | {count} |"));
        text.AppendLine().AppendLine("## Rounds").AppendLine();
        text.AppendLine("| seed | nodes | policy at first | method at first | machines | faults | operations | unknown | refused | last term | converged after s | anomalies |").AppendLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var round in _rounds) text.AppendLine(round);
        if (_anomalies.Count > 0) text.AppendLine().AppendLine("## Anomalies").AppendLine();
        foreach (var anomaly in _anomalies.Take(200)) text.AppendLine($"* {anomaly.ReplaceLineEndings(" ")}");
        return text.ToString();
    }

    private static string Row(string kind, List<double> times) => Line($"| {kind} | {times.Count} | {Quantile(times, 0.5):0} | {Quantile(times, 0.95):0} | {times.Max():0} |");

    private static double Quantile(List<double> values, double q)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)(q * sorted.Length))];
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
