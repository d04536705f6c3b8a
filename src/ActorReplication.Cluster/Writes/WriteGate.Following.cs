using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Writes;

/// <summary>The follower's side: applying what is committed, taking back what was cut, replacing the database by a clone.</summary>
internal sealed partial class WriteGate
{
    private const int ApplyBytes = 4 << 20;
    private const int LoadAgainMs = 200;

    private readonly Action _applyCommitted;
    private IReadOnlyList<LogEntry>? _loaded;
    private bool _loading;
    private long _cuts;

    /// <summary>Of the database that is about to take the present one's place.</summary>
    private IWriter? _preparing;

    /// <summary>The database does not match the log any more and waits for a clone.</summary>
    private bool IsAwaitingSnapshot => _awaitsBecause is not null;

    /// <summary>Under _sync.</summary>
    private string? _awaitsBecause;

    /// <summary>Cuts of the log whose applied part is not taken back yet.</summary>
    private int _cutsToUndo;

    /// <summary>Of these the entries have been brought.</summary>
    private int _undosWaiting;

    private readonly ApplyDelay _delay = new();

    private bool CanApply => _commit > _applied && !_loading && !WaitsForSpace && !IsAwaitingSnapshot && _cutsToUndo == 0 && (!IsDelayed || _delay.IsOver(Environment.TickCount64));

    /// <summary>One that leads, or is about to, applies everything.</summary>
    private bool IsDelayed => _board.ApplyDelayMs > 0 && _board.LeadingTerm == Term.Zero;

    /// <summary>Nothing is applied until a snapshot is installed. For a node that finds at start that its database does not match its log.</summary>
    public void AwaitSnapshot(string why)
    {
        lock (_sync) _awaitsBecause = why;
    }

    /// <summary>An actor that has just come, or has just put a copy in place, does not know what the gate asked for before.</summary>
    private void AskAgain(IProposer proposer)
    {
        string? why;
        bool pages;
        lock (_sync) (why, pages) = (_awaitsBecause, _askedForPages);
        if (why is not null) proposer.NeedsSnapshot(why);
        if (pages) proposer.WantsPages();
    }

    private void ApplyCommitted()
    {
        LogIndex commit;
        lock (_sync) commit = _commit;
        var first = _applied.Next;
        var entries = TakeLoaded(first);
        if (entries is null && _log.TryReadCached(first, commit, ApplyBytes, out var cached)) entries = cached;
        if (entries is null)
        {
            Load(first, commit);
            return;
        }
        if (entries.Count == 0)
        {
            GiveUp($"entry {first} is committed, not applied, and no longer in this node's log");
            return;
        }
        Apply(entries, commit);
    }

    private IReadOnlyList<LogEntry>? TakeLoaded(LogIndex first)
    {
        lock (_sync)
        {
            var loaded = _loaded;
            _loaded = null;
            return loaded is null || (loaded.Count > 0 && loaded[0].Index != first) ? null : loaded;
        }
    }

    private void Load(LogIndex first, LogIndex last)
    {
        long cuts;
        lock (_sync)
        {
            _loading = true;
            cuts = _cuts;
        }
        _ = LoadAsync(first, last, cuts);
    }

    private async Task LoadAsync(LogIndex first, LogIndex last, long cuts)
    {
        IReadOnlyList<LogEntry>? entries = null;
        try
        {
            entries = await _log.ReadAsync(first, last, ApplyBytes).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The actor system is starting again, as a rule; a damaged journal ends the node by itself. Try again.
            GateLog.LoadFailed(_logger, first.Value, e);
            await Task.Delay(LoadAgainMs).ConfigureAwait(false);
        }
        finally
        {
            lock (_sync)
            {
                _loaded = cuts == _cuts ? entries : null;
                _loading = false;
                _bell.Ring();
            }
        }
    }

    private void Apply(IReadOnlyList<LogEntry> entries, LogIndex commit)
    {
        LogEntry? last = null;
        Writer.BeginBatch();
        foreach (var entry in entries)
        {
            if (entry.Index > commit) break;
            if (IsDelayed && _delay.Holds(entry, _board.ApplyDelayMs, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), Environment.TickCount64)) break;
            if (entry.Kind == EntryKind.Data && !entry.Payload.IsEmpty && Apply(entry, last) is { } why)
            {
                CommitApplied(last);
                GiveUp($"entry {entry.Position} cannot be applied: {why}");
                return;
            }
            if (entry.Config is { } config) Writer.StoreConfig(Wire.LogCodec.EncodeConfig(config));
            last = entry;
            if (!IsMarked(entry.Config)) continue;
            Writer.CommitBatch(entry.Term.Value, entry.Index.Value);
            SetApplied(entry.Index);
            PinMarked(entry.Position);
            // What follows is applied with the next batch.
            return;
        }
        CommitApplied(last);
    }

    private void CommitApplied(LogEntry? last)
    {
        if (last is null)
        {
            Writer.RollbackBatch();
            return;
        }
        Writer.CommitBatch(last.Term.Value, last.Index.Value);
        SetApplied(last.Index);
    }

    /// <param name="last">The batch's last entry so far.</param>
    /// <returns>Why it takes a clone to go on; null: it was applied.</returns>
    private string? Apply(LogEntry entry, LogEntry? last)
    {
        if (last is not null && !Writer.Takes(entry.Payload))
        {
            CommitApplied(last);
            Writer.BeginBatch();
        }
        var outcome = Writer.Apply(entry.Payload);
        if (outcome.AwaitsPages) AskForPages();
        if (outcome.Divergence is { } divergence)
        {
            _board.CountDivergence($"entry {entry.Position}: {divergence}");
            GateLog.Divergence(_logger, entry.Position.ToString(), divergence);
        }
        return outcome.CloneBecause;
    }

    /// <summary>The entries after <paramref name="before"/> are being cut from the log. From now until <see cref="Undo"/> has taken back what of them was applied,
    /// nothing is applied: neither they again, which the commit index told so far would still allow, nor the new leader's entries on top of them.</summary>
    public void OnCut(LogIndex before)
    {
        lock (_sync)
        {
            _commit = LogIndex.Min(_commit, before);
            _loaded = null;
            _cuts++;
            _cutsToUndo++;
        }
    }

    /// <summary>Completes <see cref="OnCut"/>: takes back what of the cut entries was applied.</summary>
    /// <param name="before">Position of the last entry that stays.</param>
    /// <param name="entries">The cut entries, ascending; they must reach the applied index.</param>
    public void Undo(LogPosition before, IReadOnlyList<LogEntry> entries)
    {
        lock (_sync) _undosWaiting++;
        Post(() => CarryOutUndo(before, entries));
    }

    private void CarryOutUndo(LogPosition before, IReadOnlyList<LogEntry> entries)
    {
        if (_applied > before.Index)
        {
            TakeBack(before, entries);
            // The cut is written to the journal after this: else a power failure could leave a database ahead of its log.
            _database.Checkpoint();
        }
        IProposer? proposer;
        lock (_sync)
        {
            _cutsToUndo--;
            _undosWaiting--;
            proposer = _proposer;
        }
        // Before anything else is applied and reported.
        proposer?.Undone();
    }

    private void TakeBack(LogPosition before, IReadOnlyList<LogEntry> entries)
    {
        Writer.BeginBatch();
        var next = _applied;
        for (var i = entries.Count - 1; i >= 0; i--)
        {
            var entry = entries[i];
            if (entry.Index > next) continue;
            if (entry.Index != next || (entry.Kind == EntryKind.Data && !entry.Payload.IsEmpty && !Writer.TryUndo(entry.Payload))) break;
            next = next.Previous;
        }
        if (next != before.Index)
        {
            Writer.RollbackBatch();
            GiveUp($"entry {next} was applied, then cut from the log, and cannot be undone");
            return;
        }
        Writer.CommitBatch(before.Term.Value, before.Index.Value);
        _delay.Reset();
        SetApplied(before.Index);
        GateLog.Rewound(_logger, before.ToString());
    }

    /// <summary>Puts a copy that was verified in the database's place.</summary>
    public void InstallSnapshot(string copyPath, SnapshotManifest manifest)
    {
        IProposer? asked;
        lock (_sync) asked = _proposer;
        Post(() => CarryOutInstall(copyPath, manifest, asked));
    }

    private void CarryOutInstall(string copyPath, SnapshotManifest manifest, IProposer? asked)
    {
        var position = new LogPosition(new Term(manifest.Position.Term), new LogIndex(manifest.Position.Index));
        ClusterConfig config;
        IProposer? proposer;
        lock (_sync) proposer = _proposer;
        // The actor that asked is gone, and the next one has not asked.
        if (proposer != asked) return;
        try
        {
            config = Wire.LogCodec.DecodeConfig(manifest.Position.Config);
            SnapshotInstall.Prepare(_database.Path, copyPath, manifest, isVerified: true);
        }
        catch (Exception e) when (e is StorageFailure or Wire.WireFormatException)
        {
            proposer?.SnapshotRefused(e.Message);
            return;
        }
        lock (_sync)
        {
            _awaitsBecause = null;
            _askedForPages = false;
        }
        _delay.Reset();
        var before = _applied;
        _applied = position.Index;
        _database.Replace(() => SnapshotInstall.Swap(_database.Path), next => Prepare(next, position, before));
        _board.SetApplied(_applied);
        if (proposer is not null)
        {
            proposer.SnapshotInstalled(position, config);
            // What came up while the copy was taken further was told before that, and is forgotten with it.
            AskAgain(proposer);
        }
        if (_applied > position.Index) TellApplied();
        TellCloned();
    }

    /// <summary>Takes an installed copy to where the database before it stood, if the log is at hand: readers must not see an older state after a newer one.</summary>
    private void Prepare(IDatabase copy, LogPosition position, LogIndex before)
    {
        if (copy.Applied.Index != position.Index.Value || copy.Applied.Term != position.Term.Value)
            throw new StorageFailure($"{_database.Path}: a copy that stands at {position} was put in place, and the database stands at {copy.Applied.Term}/{copy.Applied.Index}");
        LogIndex to;
        lock (_sync) to = LogIndex.Min(before, _commit);
        if (to <= position.Index || _cutsToUndo > 0 || !_log.TryReadCached(position.Index.Next, to, long.MaxValue, out var entries) || entries.Count == 0) return;
        _preparing = copy.Writer;
        Apply(entries, to);
        _preparing = null;
    }

    /// <summary>The journal knows the installed snapshot's position: the install is complete.</summary>
    public void FinishInstall() => Post(() => SnapshotInstall.Finish(_database.Path));

    private void GiveUp(string why)
    {
        IProposer? proposer;
        lock (_sync)
        {
            _awaitsBecause = why;
            proposer = _proposer;
        }
        GateLog.AwaitsSnapshot(_logger, why);
        proposer?.NeedsSnapshot(why);
    }
}

internal static partial class GateLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "This node's rows differ from the leader's at {Position}: {Divergence}")]
    public static partial void Divergence(ILogger logger, string position, string divergence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Entries from {First} on could not be read from the journal to be applied; trying again")]
    public static partial void LoadFailed(ILogger logger, long first, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Took back applied entries that the new leader does not have; the database stands at {Position}")]
    public static partial void Rewound(ILogger logger, string position);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Waiting for a snapshot from the leader: {Why}")]
    public static partial void AwaitsSnapshot(ILogger logger, string why);
}
