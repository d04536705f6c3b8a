using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;

namespace ActorReplication.Core;

/// <summary>What the journal's events add up to: fold them with <see cref="Apply"/>, then start a <see cref="Replica"/> from it.</summary>
public sealed class DurableState
{
    private bool _anchored;

    internal LogShape Log { get; } = new();

    /// <summary>The last term entered.</summary>
    public Term Term { get; private set; }

    public NodeId? VotedFor { get; private set; }

    /// <summary>The last position in the log.</summary>
    public LogPosition Last => Log.Last;

    /// <summary>First index still in the log is one more than this.</summary>
    public LogPosition LogStart => Log.Start;

    /// <summary>The latest configuration in the log; null in a journal that has none.</summary>
    public ClusterConfig? Config => Log.Config?.Config;

    /// <summary>Term of an entry in the log or at its start; null if it is not there.</summary>
    public Term? TermAt(LogIndex index) => Log.TermAt(index);

    /// <summary>Folds one event, in journal order. Payload bytes are not kept. The first events of a journal whose prefix was deleted may
    /// lie before the log's start; a later SnapshotTaken says where it is.</summary>
    /// <exception cref="InvariantBroken">The events contradict each other or leave a gap: they are not one journal, or damaged.</exception>
    public void Apply(JournalEvent e)
    {
        switch (e)
        {
            case JournalEvent.BallotCast ballot: Enter(ballot.Term, ballot.VotedFor); break;
            case JournalEvent.EntriesAppended appended: Append(appended); break;
            case JournalEvent.SnapshotTaken snapshot: Take(snapshot); break;
            default: throw new InvariantBroken($"unknown journal event {e.GetType().Name}");
        }
    }

    /// <summary>The events say where the log begins. False while a deleted prefix leaves that open; in the end, damage.</summary>
    internal bool KnowsStart => _anchored || Log.Start.Index == LogIndex.Zero;

    /// <summary>For a start after a crash between the installation of another node's snapshot and the journal's event about it: call it, after
    /// all events, with what the snapshot's own manifest says.</summary>
    /// <returns>The event to write to the journal before the replica starts; null when the journal already knows.</returns>
    public JournalEvent.SnapshotTaken? FoldInstalledSnapshot(LogPosition position, ClusterConfig config)
    {
        if (Log.Has(position) || position.Index < Log.Start.Index) return null;
        var isNewTerm = position.Term > Term;
        var taken = new JournalEvent.SnapshotTaken(position, config, isNewTerm ? position.Term : Term, isNewTerm ? null : VotedFor, DiscardsLog: true);
        Apply(taken);
        return taken;
    }

    private void Enter(Term term, NodeId? votedFor)
    {
        Invariants.Require(term >= Term, "the journal's terms only rise");
        Invariants.Require(term > Term || VotedFor is null || VotedFor == votedFor, "the journal holds one vote per term");
        (Term, VotedFor) = (term, votedFor);
    }

    private void Append(JournalEvent.EntriesAppended appended)
    {
        if (appended.From == Log.Start.Index.Next || (appended.From > Log.Start.Index && appended.From <= Log.LastIndex.Next))
        {
            if (appended.From.Value == 1) _anchored = true;
        }
        else
        {
            // The journal's beginning was deleted, perhaps between entries and a snapshot that came after them: what lies before these entries
            // is not there, and its last term is not known. A later snapshot has to say where the log begins.
            Invariants.Require(_anchored || Log.IsEmpty || appended.From <= Log.LastIndex, "the journal's entries have no gap");
            _anchored = false;
            Log.Reset(new LogPosition(Term.Zero, appended.From.Previous), null, []);
        }
        Log.CutFrom(appended.From);
        foreach (var entry in appended.Entries) Log.Append(entry.Position, entry.SizeBytes, entry.Config);
    }

    private void Take(JournalEvent.SnapshotTaken snapshot)
    {
        Enter(snapshot.Term, snapshot.VotedFor);
        var position = snapshot.Position;
        // From before what is left of the journal: a later snapshot explains the start.
        if (!snapshot.DiscardsLog && !_anchored && position.Index < Log.Start.Index) return;
        var unknownStart = !_anchored && position.Index == Log.Start.Index;
        if (!snapshot.DiscardsLog && Log.Has(position)) Log.StartAt(position, snapshot.Config, snapshot.History);
        else if (snapshot.DiscardsLog || Log.IsEmpty) Log.Reset(position, snapshot.Config, snapshot.History);
        else if (unknownStart) Log.AdoptStart(position, snapshot.Config, snapshot.History);
        else if (!_anchored && position.Index < Log.Start.Index) return;
        else throw new InvariantBroken($"the journal lacks the entries around its snapshot at {position}");
        _anchored = true;
    }
}
