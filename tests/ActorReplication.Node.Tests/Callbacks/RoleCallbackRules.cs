using System.Collections.Concurrent;
using ActorReplication.Core;
using ActorReplication.Node.Callbacks;
using ActorReplication.Node.Tests.Gateway;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ActorReplication.Node.Tests.Callbacks;

public sealed class RoleCallbackRules
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly FakeNode _node = new();
    private readonly Heard _heard = new();

    [Fact]
    public async Task Start_role_changes_and_stop_are_told_in_order()
    {
        _node.Become(Role.Follower, 1, "n2", false);
        await using (Listen())
        {
            Assert.Equal(new RoleEvent("on_start", "n1", "replica", "replication", 1, "n2"), await _heard.NextAsync());
            _node.Become(Role.Leader, 2, "n1", true);
            Assert.Equal(new RoleEvent("on_role_change", "n1", "primary", "replication", 2, "n1"), await _heard.NextAsync());
            _node.Become(Role.Follower, 3, null, false);
            Assert.Equal(new RoleEvent("on_role_change", "n1", "replica", "replication", 3, null), await _heard.NextAsync());
        }
        Assert.Equal("on_stop", (await _heard.NextAsync()).Event);
    }

    [Fact]
    public async Task A_leader_that_does_not_serve_is_no_primary_yet()
    {
        _node.Become(Role.Leader, 2, "n1", false);
        await using var callbacks = Listen();
        Assert.Equal("replica", (await _heard.NextAsync()).Role);
        _node.Become(Role.Leader, 2, "n1", true);
        Assert.Equal("primary", (await _heard.NextAsync()).Role);
    }

    [Fact]
    public async Task Another_term_or_leader_alone_is_not_told()
    {
        _node.Become(Role.Follower, 1, "n2", false);
        await using (Listen())
        {
            await _heard.NextAsync();
            _node.Become(Role.Follower, 2, "n3", false);
            _node.Become(Role.Candidate, 3, null, false);
        }
        Assert.Equal("on_stop", (await _heard.NextAsync()).Event);
    }

    [Fact]
    public async Task What_came_and_went_during_a_call_is_left_out()
    {
        _node.Become(Role.Follower, 1, "n2", false);
        await using (Listen())
        {
            await _heard.NextAsync();
            _heard.Hold();
            _node.Become(Role.Leader, 2, "n1", true);
            Assert.Equal("primary", (await _heard.NextAsync()).Role);
            _node.Become(Role.Follower, 3, "n2", false);
            _node.Become(Role.Leader, 4, "n1", true);
            _node.Become(Role.Follower, 5, "n3", false);
            _heard.Release();
            Assert.Equal(new RoleEvent("on_role_change", "n1", "replica", "replication", 5, "n3"), await _heard.NextAsync());
        }
        Assert.Equal("on_stop", (await _heard.NextAsync()).Event);
    }

    [Fact]
    public async Task One_that_fails_or_hangs_does_not_keep_others_from_being_told()
    {
        var (failing, hanging) = (new Fails(), new Hangs());
        await using (RoleCallbacks.Start(_node, "replication", [failing, hanging, _heard], TimeSpan.FromMilliseconds(50), NullLogger.Instance))
        {
            Assert.Equal("on_start", (await _heard.NextAsync()).Event);
            _node.Become(Role.Follower, 3, "n2", false);
            Assert.Equal("on_role_change", (await _heard.NextAsync()).Event);
        }
        Assert.Equal("on_stop", (await _heard.NextAsync()).Event);
        Assert.Equal(3, failing.Calls);
    }

    private RoleCallbacks Listen() => RoleCallbacks.Start(_node, "replication", [_heard], Patience, NullLogger.Instance);

    private sealed class Heard : ICallback
    {
        private readonly BlockingCollection<RoleEvent> _events = [];
        private TaskCompletionSource? _held;

        public string Name => "a test";

        public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => Interlocked.Exchange(ref _held, null)!.SetResult();

        public Task CallAsync(RoleEvent what, CancellationToken cancellation)
        {
            var held = _held?.Task ?? Task.CompletedTask;
            _events.Add(what, CancellationToken.None);
            return held;
        }

        public Task<RoleEvent> NextAsync() => Task.Run(() => _events.TryTake(out var e, Patience) ? e : throw new TimeoutException("nothing was told"));
    }

    private sealed class Fails : ICallback
    {
        public int Calls { get; private set; }
        public string Name => "fails";

        public Task CallAsync(RoleEvent what, CancellationToken cancellation)
        {
            Calls++;
            throw new InvalidOperationException("no");
        }
    }

    private sealed class Hangs : ICallback
    {
        public string Name => "hangs";
        public Task CallAsync(RoleEvent what, CancellationToken cancellation) => Task.Delay(Timeout.Infinite, cancellation);
    }
}
