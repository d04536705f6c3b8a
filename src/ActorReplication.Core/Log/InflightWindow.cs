namespace ActorReplication.Core.Log;

/// <summary>The entry messages under way to one peer.</summary>
internal sealed class InflightWindow
{
    /// <summary>Most messages under way, whatever their size.</summary>
    public const int Most = 512;

    private readonly Queue<(LogIndex Last, long Bytes, Instant SentAt)> _messages = [];

    public long Bytes { get; private set; }
    public bool IsEmpty => _messages.Count == 0;

    /// <summary>When the oldest message without an answer was sent.</summary>
    public Instant OldestSentAt => _messages.Peek().SentAt;

    /// <summary>One message fits always, however large: otherwise an entry larger than the window would never go.</summary>
    public bool HasRoomFor(long bytes, int windowBytes) => IsEmpty || (_messages.Count < Most && Bytes + bytes <= windowBytes);

    public void Add(LogIndex last, long bytes, Instant now)
    {
        _messages.Enqueue((last, bytes, now));
        Bytes += bytes;
    }

    public void FreeUpTo(LogIndex received)
    {
        while (_messages.TryPeek(out var oldest) && oldest.Last <= received)
        {
            _messages.Dequeue();
            Bytes -= oldest.Bytes;
        }
    }

    public void Clear()
    {
        _messages.Clear();
        Bytes = 0;
    }
}
