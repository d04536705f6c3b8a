using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.Core.Tests.Rules;

/// <summary>One replica with a journal and a state machine in memory, each of which can be made to wait.</summary>
internal sealed class TestNode
{
    private readonly List<JournalEvent> _journal = [];
    private readonly List<(PersistTicket Ticket, JournalEvent Event)> _unsynced = [];
    private readonly SortedDictionary<long, LogEntry> _entries = [];
    private LogIndex _applyTo;
    private Input.SnapshotInstalled? _manifest;

    public TestNode(ReplicaOptions options, Instant now)
    {
        Options = options;
        Replica = new Replica(options, new DurableState(), LogIndex.Zero, now);
    }

    public ReplicaOptions Options { get; set; }
    public NodeId Id => Options.Self;
    public Replica Replica { get; private set; }
    public bool IsDown { get; private set; }

    /// <summary>The disk answers at once; otherwise on <see cref="Sync"/>.</summary>
    public bool SyncsAtOnce { get; set; } = true;

    /// <summary>The state machine keeps up; otherwise on <see cref="Apply"/>.</summary>
    public bool AppliesAtOnce { get; set; } = true;

    /// <summary>Every output since the start, in order.</summary>
    public List<Output> Trace { get; } = [];

    /// <summary>Sees each output as it is carried out.</summary>
    public Action<Output>? Observer { get; set; }

    /// <summary>Messages to send, in order.</summary>
    public Queue<(NodeId To, Message Message)> Outbox { get; } = [];

    /// <summary>Peers that wait for a snapshot.</summary>
    public Queue<NodeId> Snapshots { get; } = [];

    public LogEntry? EntryAt(long index) => _entries.GetValueOrDefault(index);
    public IReadOnlyCollection<LogEntry> Entries => _entries.Values;
    public IReadOnlyList<JournalEvent> Journal => _journal;

    public IReadOnlyList<Output> Step(Instant now, Input input)
    {
        if (IsDown) return [];
        if (input is Input.SnapshotInstalled installed) _manifest = installed;
        var outputs = Replica.Step(now, input).ToArray();
        Trace.AddRange(outputs);
        foreach (var output in outputs) CarryOut(output);
        if (SyncsAtOnce && _unsynced.Count > 0) Sync(now);
        if (AppliesAtOnce && _applyTo > Replica.Applied && Replica.Commit >= _applyTo) Step(now, new Input.Applied(_applyTo));
        return outputs;
    }

    /// <summary>Everything handed to the journal becomes durable.</summary>
    public void Sync(Instant now)
    {
        if (_unsynced.Count == 0) return;
        var last = _unsynced[^1].Ticket;
        _journal.AddRange(_unsynced.Select(u => u.Event));
        _unsynced.Clear();
        Step(now, new Input.Persisted(last));
    }

    public void Apply(Instant now)
    {
        if (_applyTo > Replica.Applied) Step(now, new Input.Applied(LogIndex.Min(_applyTo, Replica.Commit)));
    }

    /// <summary>What was not durable is lost.</summary>
    public void Crash()
    {
        IsDown = true;
        _unsynced.Clear();
        Outbox.Clear();
        Snapshots.Clear();
    }

    public void Restart(Instant now, ulong seed)
    {
        var applied = Replica.Applied;
        var durable = new DurableState();
        foreach (var e in _journal) durable.Apply(e);
        if (_manifest is { } manifest && durable.FoldInstalledSnapshot(manifest.Position, manifest.Config) is { } taken) _journal.Add(taken);
        _entries.Clear();
        foreach (var e in _journal) Hold(e);
        Options = Options with { Seed = seed };
        _applyTo = applied;
        Replica = new Replica(Options, durable, applied, now);
        IsDown = false;
    }

    private void CarryOut(Output output)
    {
        Observer?.Invoke(output);
        switch (output)
        {
            case Output.Persist persist:
                _unsynced.Add((persist.Ticket, persist.Event));
                Hold(persist.Event);
                break;
            case Output.Send send:
                Outbox.Enqueue((send.To, send.Message));
                break;
            case Output.SendEntries send:
                var entries = new List<LogEntry>();
                for (var i = send.Range.First.Value; i <= send.Range.Last.Value; i++)
                {
                    if (EntryAt(i) is not { } entry) return;
                    entries.Add(send.WithoutPayloads ? entry with { Payload = default } : entry);
                }
                Outbox.Enqueue((send.To, send.Header with { Entries = entries }));
                break;
            case Output.SendSnapshot snapshot:
                Snapshots.Enqueue(snapshot.To);
                break;
            case Output.CommitAdvanced advanced:
                _applyTo = advanced.Commit;
                break;
            case Output.EntriesCut cut:
                _applyTo = LogIndex.Min(_applyTo, cut.Range.First.Previous);
                break;
        }
    }

    private void Hold(JournalEvent e)
    {
        if (e is JournalEvent.EntriesAppended appended)
        {
            Drop(i => i >= appended.From.Value);
            foreach (var entry in appended.Entries) _entries[entry.Index.Value] = entry;
        }
        else if (e is JournalEvent.SnapshotTaken { DiscardsLog: true }) _entries.Clear();
        else if (e is JournalEvent.SnapshotTaken snapshot) Drop(i => i <= snapshot.Position.Index.Value);
    }

    private void Drop(Func<long, bool> gone)
    {
        foreach (var index in _entries.Keys.Where(gone).ToArray()) _entries.Remove(index);
    }
}
