namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>One direction between two nodes: whether bytes get through, how late and how fast. Changed by the test, obeyed by every connection
/// between the two. Thread-safe.</summary>
internal sealed class Link
{
    private readonly Lock sync = new();
    private TaskCompletionSource? closed;
    private int delayMs;
    private int bytesPerSecond;

    /// <summary>Holds everything back, as a network that drops every packet does to TCP: nothing arrives, nothing is refused; what was under way comes after <see cref="Open"/>.</summary>
    public void Close()
    {
        lock (sync)
            closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Open()
    {
        lock (sync)
        {
            closed?.SetResult();
            closed = null;
        }
    }

    /// <summary>0 = not slowed.</summary>
    public void Slow(int delay, int rate)
    {
        lock (sync)
            (delayMs, bytesPerSecond) = (delay, rate);
    }

    public int DelayMs
    {
        get
        {
            lock (sync)
                return delayMs;
        }
    }

    /// <summary>Completes when so many bytes may go.</summary>
    public async ValueTask PassAsync(int bytes, CancellationToken cancellation)
    {
        var rate = 0;
        while (true)
        {
            Task? opened;
            lock (sync)
                (opened, rate) = (closed?.Task, bytesPerSecond);
            if (opened is null)
                break;
            await opened.WaitAsync(cancellation);
        }

        if (rate > 0)
            await Task.Delay(TimeSpan.FromSeconds((double)bytes / rate), cancellation);
    }
}
