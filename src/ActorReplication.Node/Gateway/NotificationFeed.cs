using ActorReplication.Cluster;
using ActorReplication.Cluster.Reads;
using ActorReplication.Core;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Gateway;

/// <summary>Tells sessions of committed notifications. They lie in a table that every node has; while anyone listens, the feed looks for new ones whenever something was applied.</summary>
internal sealed class NotificationFeed(IReplicaNode node) : IDisposable
{
    private const int AtATime = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Subscription> _subscriptions = [];
    private long _last;
    private bool _isRunning;

    private sealed class Subscription(Action<Notification> heard, long after)
    {
        public Action<Notification> Heard => heard;

        /// <summary>What has a higher number is for it.</summary>
        public long After { get; set; } = after;
    }

    public async ValueTask<IDisposable> ListenAsync(Action<Notification> heard, CancellationToken cancellation)
    {
        // In turn with the feed's own look: what it has told already is not new, what it has not is.
        await _turn.WaitAsync(cancellation);
        try
        {
            using var reader = await node.Database.RentReaderAsync(cancellation);
            var subscription = new Subscription(heard, reader.NewestNotice);
            lock (_subscriptions) _subscriptions.Add(subscription);
            if (!_isRunning)
            {
                _isRunning = true;
                _last = subscription.After;
                _ = Task.Run(RunAsync, CancellationToken.None);
            }
            return new Ending(this, subscription);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _stopping.Cancel();

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                // Read first: what is applied while the table is looked at makes the wait below end at once.
                var applied = node.Database.Applied.Index;
                if (await LookAsync() is not { } found) return;
                if (found == AtATime) continue;
                await node.Reads.EnterAsync(ReadLevel.Session, new LogIndex(applied + 1), _stopping.Token);
            }
            catch (Exception)
            {
                // The node stops, or its database is being replaced. Whatever it was, those that listen must not be left without a feed: it is tried again until nobody does.
                await Task.Delay(Pause);
            }
        }
    }

    /// <summary>How many there were; null: nobody listens any more.</summary>
    private async ValueTask<int?> LookAsync()
    {
        await _turn.WaitAsync(_stopping.Token);
        try
        {
            Subscription[] told;
            lock (_subscriptions) told = [.. _subscriptions];
            if (told.Length == 0)
            {
                _isRunning = false;
                return null;
            }
            using var reader = await node.Database.RentReaderAsync(_stopping.Token);
            TakeBack(reader.NewestNotice, told);
            var notices = reader.NoticesAfter(_last, AtATime);
            foreach (var notice in notices)
            {
                var notification = new Notification(notice.Channel, notice.Payload, notice.ProcessId, notice.Sender);
                foreach (var subscription in told)
                    if (notice.Number > subscription.After) subscription.Heard(notification);
                _last = notice.Number;
            }
            return notices.Count;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Numbers above the newest were taken back with a cut tail of the log, and are given again.</summary>
    private void TakeBack(long newest, Subscription[] told)
    {
        if (_last <= newest) return;
        _last = newest;
        foreach (var subscription in told) subscription.After = Math.Min(subscription.After, newest);
    }

    private sealed class Ending(NotificationFeed feed, Subscription subscription) : IDisposable
    {
        public void Dispose()
        {
            lock (feed._subscriptions) feed._subscriptions.Remove(subscription);
        }
    }
}
