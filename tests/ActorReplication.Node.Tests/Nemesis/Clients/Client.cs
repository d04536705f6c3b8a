namespace ActorReplication.Node.Tests.Nemesis.Clients;

/// <summary>Somebody who asks for one thing after another until told to stop.</summary>
internal abstract class Client(int number, Endpoints endpoints, Recorder recorder, int seed)
{
    private const int LeastPauseMs = 5, MostPauseMs = 30;

    protected int Number => number;
    protected Recorder Recorder => recorder;
    protected Random Random { get; } = new(seed);

    public async Task RunAsync(CancellationToken stop)
    {
        using var session = new Session(endpoints, recorder, Random) { Greeting = Greeting };
        while (!stop.IsCancellationRequested)
        {
            await OnceAsync(session);
            await Task.Delay(Random.Next(LeastPauseMs, MostPauseMs), CancellationToken.None);
        }
    }

    protected virtual string Greeting => "";

    protected abstract Task OnceAsync(Session session);

    protected void NoteWrite(Session session, long invokedAt)
    {
        recorder.Writes.Enqueue(new Acknowledged(invokedAt, Recorder.Now));
        endpoints.LeaderHint = session.Node;
    }
}
