using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session.Notifications;

/// <summary>A session's part in LISTEN and NOTIFY: what its transaction wants to say and to hear, which counts when it commits; and what it has heard and not told
/// its client yet. Used by the session's thread, but for <see cref="Heard"/>.</summary>
internal sealed class Mailbox(ServerContext server, int processId) : IDisposable
{
    /// <summary>What a transaction may say: it travels in one log entry, and every node keeps it for its listeners.</summary>
    public const int MostSaid = 10_000;
    public const long MostSaidBytes = 16 << 20;

    private readonly List<Wish> _wishes = [];
    private readonly HashSet<(string Channel, string Payload)> _said = [];
    private readonly List<(string Savepoint, int Wishes)> _marks = [];
    private readonly Queue<Notification> _waiting = new();
    private readonly long _sender = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));
    private volatile ImmutableSortedSet<string> _channels = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private volatile bool _hasWaiting;
    private long _waitingBytes;
    private bool _isFull;
    private long _saidBytes;
    private IDisposable? _subscription;

    private abstract record Wish
    {
        public sealed record Listen(string Channel) : Wish;

        /// <summary>Null: all.</summary>
        public sealed record Unlisten(string? Channel) : Wish;
        public sealed record Say(Notification Notification) : Wish;
    }

    /// <summary>Called, on any thread, when there is something to tell, or (true, once) too much: then all that waited is dropped, and nothing is heard any more.</summary>
    public Action<bool>? OnHeard { get; set; }

    public bool HasWaiting => _hasWaiting;

    /// <summary>Committed LISTENs, sorted.</summary>
    public IReadOnlyCollection<string> Channels => _channels;

    public async ValueTask ListenAsync(string channel, CancellationToken cancellation)
    {
        RequireName(channel);
        // Before the commit, so that nothing that comes after it is missed.
        if (_subscription is null)
        {
            _subscription = await server.Gateway.ListenAsync(Heard, cancellation).ConfigureAwait(false);
            if (IsFull) Dispose();
        }
        _wishes.Add(new Wish.Listen(channel));
    }

    /// <param name="channel">Null: all.</param>
    public void Unlisten(string? channel) => _wishes.Add(new Wish.Unlisten(channel));

    /// <summary>54000.</summary>
    public static PgError TooMuch() => new(SqlStates.ProgramLimitExceeded, "too many notifications in the transaction")
    {
        Detail = $"A transaction may have {MostSaid} notifications and {MostSaidBytes >> 20} MiB of them.",
        Hint = "Commit more often, or notify once that there is news and let listeners read it from a table.",
    };

    /// <summary>The same said twice in a transaction is said once.</summary>
    /// <exception cref="PgException">22023; 54000: more than a transaction may say.</exception>
    public void Say(string channel, string payload)
    {
        RequireName(channel);
        if (Encoding.UTF8.GetByteCount(payload) >= 8000) throw new PgException(SqlStates.InvalidParameterValue, "payload string too long");
        if (_said.Contains((channel, payload))) return;
        var notification = new Notification(channel, payload, processId, _sender);
        if (_said.Count >= MostSaid || _saidBytes + BytesOf(notification) > MostSaidBytes) throw new PgException(TooMuch());
        _said.Add((channel, payload));
        _saidBytes += BytesOf(notification);
        _wishes.Add(new Wish.Say(notification));
    }

    /// <summary>What the transaction that is about to commit says; null: nothing.</summary>
    public IReadOnlyList<Notification>? Said()
    {
        if (_said.Count == 0) return null;
        return [.. _wishes.OfType<Wish.Say>().Select(say => say.Notification)];
    }

    public void Savepoint(string name) => _marks.Add((name, _wishes.Count));

    public void Release(string name)
    {
        if (_marks.FindLastIndex(mark => mark.Savepoint == name) is >= 0 and var at) _marks.RemoveRange(at, _marks.Count - at);
    }

    public void RollbackTo(string name)
    {
        if (_marks.FindLastIndex(mark => mark.Savepoint == name) is not (>= 0 and var at)) return;
        Cut(_marks[at].Wishes);
        _marks.RemoveRange(at + 1, _marks.Count - at - 1);
    }

    /// <summary>The transaction is committed. What it said itself on its own channels is told at once, before the others'.</summary>
    public void Committed()
    {
        _marks.Clear();
        if (_wishes.Count == 0) return;
        foreach (var wish in _wishes)
        {
            switch (wish)
            {
                case Wish.Listen listen: _channels = _channels.Add(listen.Channel); break;
                case Wish.Unlisten { Channel: null }: _channels = _channels.Clear(); break;
                case Wish.Unlisten unlisten: _channels = _channels.Remove(unlisten.Channel!); break;
            }
        }
        foreach (var wish in _wishes)
            if (wish is Wish.Say say && _channels.Contains(say.Notification.Channel)) Put(say.Notification);
        RolledBack();
        if (_channels.IsEmpty) Dispose();
    }

    public void RolledBack()
    {
        _wishes.Clear();
        _said.Clear();
        _saidBytes = 0;
        _marks.Clear();
    }

    /// <summary>DISCARD ALL.</summary>
    public void UnlistenAll()
    {
        _channels = _channels.Clear();
        Dispose();
    }

    /// <summary>Writes what has been heard.</summary>
    public void Tell(OutputBuffer output)
    {
        if (!_hasWaiting) return;
        lock (_waiting)
        {
            while (_waiting.TryDequeue(out var notification)) output.NotificationResponse(notification.ProcessId, notification.Channel, notification.Payload);
            _waitingBytes = 0;
            _hasWaiting = false;
        }
    }

    public void Dispose()
    {
        Interlocked.Exchange(ref _subscription, null)?.Dispose();
    }

    private void Heard(Notification notification)
    {
        if (notification.Sender == _sender || !_channels.Contains(notification.Channel)) return;
        if (Put(notification)) OnHeard?.Invoke(false);
    }

    private bool IsFull
    {
        get { lock (_waiting) return _isFull; }
    }

    /// <summary>False: it was one too many, and is dropped with the rest.</summary>
    private bool Put(Notification notification)
    {
        lock (_waiting)
        {
            if (_isFull) return false;
            _waitingBytes += SizeOf(notification);
            _isFull = _waitingBytes > server.Options.Limits.NotificationBytes;
            if (!_isFull) _waiting.Enqueue(notification);
            else _waiting.Clear();
            _hasWaiting = !_isFull;
            if (!_isFull) return true;
        }
        Dispose();
        OnHeard?.Invoke(true);
        return false;
    }

    private void Cut(int wishes)
    {
        if (_wishes.Count <= wishes) return;
        foreach (var wish in _wishes[wishes..])
        {
            if (wish is not Wish.Say say) continue;
            _said.Remove((say.Notification.Channel, say.Notification.Payload));
            _saidBytes -= BytesOf(say.Notification);
        }
        _wishes.RemoveRange(wishes, _wishes.Count - wishes);
    }

    private static long SizeOf(Notification notification) => 100 + 2L * (notification.Channel.Length + notification.Payload.Length);

    private static long BytesOf(Notification notification) => Encoding.UTF8.GetByteCount(notification.Channel) + Encoding.UTF8.GetByteCount(notification.Payload);

    private static void RequireName(string channel)
    {
        if (channel.Length == 0) throw new PgException(SqlStates.InvalidParameterValue, "channel name cannot be empty");
        if (Encoding.UTF8.GetByteCount(channel) >= 64) throw new PgException(SqlStates.InvalidParameterValue, "channel name too long");
    }
}
