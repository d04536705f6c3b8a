using System.Globalization;
using ActorReplication.Node.Tests.Histories;

namespace ActorReplication.Node.Tests.Nemesis.Clients;

/// <summary>Inserts rows that are asked for once; or, with a commit token, again and again until one answer comes.</summary>
internal sealed class InsertClient(int number, Endpoints endpoints, Recorder recorder, int seed, bool withTokens) : Client(number, endpoints, recorder, seed)
{
    // Nothing is unique, so that a second effect would show.
    public const string Schema = "CREATE TABLE inserted (id bigint NOT NULL); CREATE TABLE tokened (id bigint NOT NULL)";

    private long? _open;
    private bool _isRetry;

    protected override async Task OnceAsync(Session session)
    {
        session.SeekLeader();
        var id = _open ?? Recorder.NextValue();
        var invoked = Recorder.Now;
        var outcome = await session.RunAsync(async (connection, stage) =>
        {
            if (withTokens) await Session.RunAsync(connection, $"SET replication.commit_token = 't{id.ToString(CultureInfo.InvariantCulture)}'");
            stage.BeginEffect();
            var rows = await Session.RunAsync(connection, $"INSERT INTO {(withTokens ? "tokened" : "inserted")} VALUES ($1)", id);
            if (rows != 1) Recorder.Anomalies.Enqueue(new Anomaly("wrong answer", $"an insert of {id} was answered as {rows} rows"));
        });
        Recorder.Count(outcome);
        if (outcome == Outcome.Ok) NoteWrite(session, invoked);
        if (!withTokens) Recorder.Inserts.Enqueue(new InsertOp(id, outcome));
        else NoteToken(id, outcome);
    }

    /// <summary>A token's row that nobody was told of at the end may be there or not.</summary>
    public void End()
    {
        if (_open is { } id) Recorder.Tokens.Enqueue(new InsertOp(id, Outcome.Unknown));
    }

    private void NoteToken(long id, Outcome outcome)
    {
        if (outcome == Outcome.Ok)
        {
            Recorder.Tokens.Enqueue(new InsertOp(id, Outcome.Ok));
            (_open, _isRetry) = (null, false);
            return;
        }
        if (_isRetry || outcome == Outcome.Unknown) Interlocked.Increment(ref Recorder.TokenRetries);
        (_open, _isRetry) = (id, true);
    }
}
