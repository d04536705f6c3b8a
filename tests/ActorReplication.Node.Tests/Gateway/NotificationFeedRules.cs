using System.Collections.Concurrent;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Storage.Engine;
using Xunit;

namespace ActorReplication.Node.Tests.Gateway;

/// <summary>What listeners hear, whatever happens to the table of notifications.</summary>
public sealed class NotificationFeedRules : IDisposable
{
    private readonly FakeNode _node = new();
    private readonly NotificationFeed _feed;
    private readonly BlockingCollection<string> _heard = [];

    public NotificationFeedRules() => _feed = new NotificationFeed(_node);

    public void Dispose()
    {
        _feed.Dispose();
        _heard.Dispose();
    }

    [Fact]
    public async Task Numbers_that_were_taken_back_with_a_cut_tail_are_told_when_they_are_given_again()
    {
        Say(1, "old");
        using var listening = await _feed.ListenAsync(Hear, CancellationToken.None);
        Say(2, "lost");
        Assert.Equal("lost", Next());
        lock (_node.Data.Notices) _node.Data.Notices.Clear();
        await LookedAsync();
        Say(1, "new");
        Assert.Equal("new", Next());
    }

    [Fact]
    public async Task A_failure_that_nobody_foresaw_does_not_end_the_feed()
    {
        using var listening = await _feed.ListenAsync(Hear, CancellationToken.None);
        var failures = 1;
        _node.Data.During = what =>
        {
            if (what == "notices" && Interlocked.Decrement(ref failures) == 0) throw new InvalidOperationException("unforeseen");
        };
        await LookedAsync();
        Say(1, "after");
        Assert.Equal("after", Next());
    }

    private void Hear(Notification notification) => _heard.Add(notification.Payload);

    private void Say(long number, string payload)
    {
        lock (_node.Data.Notices) _node.Data.Notices.Add(new Notice("c", payload, 7, 1) { Number = number });
    }

    private string? Next() => _heard.TryTake(out var payload, TimeSpan.FromSeconds(10)) ? payload : null;

    /// <summary>The feed has looked at the table as it is now.</summary>
    private async Task LookedAsync()
    {
        var before = _node.Data.During;
        var looks = 0;
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _node.Data.During = what =>
        {
            if (Interlocked.Increment(ref looks) == 3) looked.TrySetResult();
            before(what);
        };
        await looked.Task.WaitAsync(TimeSpan.FromSeconds(10));
        _node.Data.During = before;
    }
}
