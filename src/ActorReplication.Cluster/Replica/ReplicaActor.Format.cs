using System.Globalization;
using ActorReplication.Cluster.Membership;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Replica;

/// <summary>The format of the log and of messages during an upgrade. The leader raises it, by an entry in the old one, when all members' programs can do the next; each node writes the new one from
/// when that entry is committed, and marks its journal so that an older program does not start on it.</summary>
internal sealed partial class ReplicaActor
{
    /// <summary>A member that was silent for so long may have gone. No shorter: a loaded machine is silent for some tenths of a second now and then, and the format would never be raised. No program is replaced in less.</summary>
    private const int GoneAfterMs = 1_000;

    private Instant? _raisableSince;
    private bool _isJournalMarked;

    /// <summary>From when it is committed, since an entry that is not may be taken back, by an older program too.</summary>
    private void TakeFormat()
    {
        if (Replica.Config is { } config && config.At.Index > LogIndex.Zero && Replica.Commit >= config.At.Index)
        {
            if (ClusterFormat.ProblemWith(config, _context.Options.NewestFormat) is { } problem)
            {
                _context.Fatal(new NodeStartException(StartFailure.DataFolder, problem));
                return;
            }
            if (_context.Board.Format.RaiseTo((byte)ClusterFormat.Of(config.Settings))) ReplicaLog.FormatRaised(_logger, _context.Board.Format.Written);
        }
        if (_isJournalMarked || _context.Board.Format.Written == ClusterFormat.Oldest || _persistsHeld is not null) return;
        _isJournalMarked = true;
        MarkJournal();
    }

    /// <summary>An event that changes nothing, in the new format. Without one a cluster that nobody writes to would let an older program start on a journal that says nothing of it.</summary>
    private void MarkJournal() =>
        PersistAsync(new JournalEvent.EntriesAppended(Replica.Last.Index.Next, []), _ => _context.Map.Passed(LastSequenceNr));

    /// <summary>Only when all have been there for a while: one that just went may come back as the older program, and membership hears of that a little later.</summary>
    private void RaiseFormat(Instant now)
    {
        if (!Replica.IsServing || Replica.Config is not { } config || ClusterFormat.Next(config, _context.Board.Formats) is not { } next
            || Replica.Peers().Any(p => p.LastHeardMs > GoneAfterMs))
        {
            _raisableSince = null;
            return;
        }
        _raisableSince ??= now;
        if (now - _raisableSince.Value < _context.Options.FinalizeAfterMs || _controls.Count > 0) return;
        _raisableSince = null;
        Run(new Input.ConfigChangeRequested(NextRequest(), new ConfigChange.SetSetting(ClusterFormat.Setting, next.ToString(CultureInfo.InvariantCulture))));
    }
}

internal static partial class ReplicaLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Format {Format} is in force: programs that cannot do it do not start on this data any more")]
    public static partial void FormatRaised(ILogger logger, int format);
}
