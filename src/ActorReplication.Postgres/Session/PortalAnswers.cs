using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session;

/// <summary>What a client hears of a portal beside its rows: how it ended, or that there is more to fetch.</summary>
internal sealed class PortalAnswers(SessionContext session)
{
    /// <summary>Execute of a portal that ran before: hands out what is left of its rows.</summary>
    public void Continue(Portal portal, int maxRows)
    {
        var output = session.Output;
        if (portal.Shape is null) throw new PgException(SqlStates.ObjectNotInPrerequisiteState, $"portal \"{portal.Name}\" cannot be run");
        long rows = 0;
        if (portal.Leftover is { } leftover)
        {
            var taken = 0;
            var bytes = leftover.Written.Span;
            while (taken < bytes.Length && (maxRows == 0 || rows < maxRows))
            {
                taken += BackendMessages.LengthOfFirst(bytes[taken..]);
                rows++;
            }
            output.Bytes(bytes[..taken]);
            if (taken < bytes.Length)
            {
                leftover.Consume(taken);
                output.PortalSuspended();
                return;
            }
            leftover.Release();
            portal.Leftover = null;
        }
        WriteTag(portal.Plan!.Translation, output, rows, rows);
    }

    public void Complete(Portal portal, RowSink? sink, in StatementOutcome outcome, OutputBuffer output)
    {
        var translation = portal.Plan!.Translation;
        foreach (var notice in translation.Notices) session.Notice(output, new PgError(notice.SqlState, notice.Message) { Severity = notice.Severity });
        if (sink?.Leftover is { } leftover)
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
