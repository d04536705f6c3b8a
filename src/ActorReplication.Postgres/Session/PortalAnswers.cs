using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Session.Cursors;

namespace ActorReplication.Postgres.Session;

/// <summary>What a client hears of a portal beside its rows: how it ended, or that there is more to fetch.</summary>
internal sealed class PortalAnswers(SessionContext session)
{
    private readonly RowSink _sink = new();
    private readonly SpooledRow _row = new();

    /// <summary>Execute of a portal that ran before: hands out what is left of its rows.</summary>
    public async ValueTask ContinueAsync(Portal portal, int maxRows)
    {
        if (portal.Shape is not { } shape) throw new PgException(SqlStates.ObjectNotInPrerequisiteState, $"portal \"{portal.Name}\" cannot be run");
        long rows = 0;
        if (portal.Leftover is { } leftover)
        {
            _sink.Prepare(shape, portal.ResultFormats, session.Settings.Format, session.Output, 0, null, session.Server);
            while (portal.LeftoverOffset < leftover.Bytes && (maxRows == 0 || rows < maxRows))
            {
                leftover.ReadAt(portal.LeftoverOffset, _row, out var next);
                _sink.WriteRow(_row);
                portal.LeftoverOffset = next;
                rows++;
                if (session.Output.Length >= session.Server.Options.Limits.StreamBytes && !await session.Connection.FlushAsync().ConfigureAwait(false)) return;
            }
            if (portal.LeftoverOffset < leftover.Bytes)
            {
                session.Output.PortalSuspended();
                return;
            }
            leftover.Dispose();
            portal.Leftover = null;
        }
        WriteTag(portal.Plan!.Translation, session.Output, rows, rows);
    }

    public void Complete(Portal portal, RowSink? sink, in StatementOutcome outcome, OutputBuffer output)
    {
        var translation = portal.Plan!.Translation;
        foreach (var notice in translation.Notices) session.Notice(output, new PgError(notice.SqlState, notice.Message) { Severity = notice.Severity });
        if (sink?.TakeLeftover() is { } leftover)
        {
            portal.Leftover = leftover;
            output.PortalSuspended();
            return;
        }
        WriteTag(translation, output, outcome.AffectedRows, sink?.Rows ?? outcome.RowCount);
    }

    private static void WriteTag(Translation translation, OutputBuffer output, long affected, long returned)
    {
        switch (translation.TagCount)
        {
            case TagCount.Affected: output.CommandComplete(translation.Tag, affected, insert: false); break;
            case TagCount.InsertAffected: output.CommandComplete(translation.Tag, affected, insert: true); break;
            case TagCount.Returned: output.CommandComplete(translation.Tag, returned, insert: false); break;
            default: output.CommandComplete(translation.Tag); break;
        }
    }

    public void WriteCanned(Portal portal, CannedResult canned, OutputBuffer output)
    {
        foreach (var row in canned.Rows) RowSink.WriteTextRow(output, portal.Shape!, portal.ResultFormats, row, session.Settings.Format);
        WriteTag(portal.Plan!.Translation, output, 0, canned.Rows.Count);
    }
}
