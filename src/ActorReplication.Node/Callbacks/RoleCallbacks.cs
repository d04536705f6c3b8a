using ActorReplication.Cluster;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Callbacks;

/// <summary>Tells a program and a webhook of this node's roles, one call after another. What is true now counts: roles that came and went while a call was running are left out, and a role is
/// told again only after another one. A call that fails is logged; the node goes on.</summary>
internal sealed partial class RoleCallbacks : IAsyncDisposable
{
    private readonly IReplicaNode _node;
    private readonly string _cluster;
    private readonly IReadOnlyList<ICallback> _callbacks;
    private readonly TimeSpan _timeout;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _changed = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private RoleCallbacks(IReplicaNode node, string cluster, IReadOnlyList<ICallback> callbacks, TimeSpan timeout, ILogger log)
    {
        (_node, _cluster, _callbacks, _timeout, _log) = (node, cluster, callbacks, timeout, log);
        node.Changed += OnChanged;
        _running = Task.Run(RunAsync);
    }

    /// <returns>Null: nobody is to be told.</returns>
    public static RoleCallbacks? Start(IReplicaNode node, string cluster, CallbackSettings? settings, ILogger log)
    {
        if (settings is null) return null;
        var callbacks = new List<ICallback>();
        if (settings.Program is { } program) callbacks.Add(new ProgramCallback(program));
        if (settings.Webhook is { } webhook) callbacks.Add(new WebhookCallback(webhook));
        return new RoleCallbacks(node, cluster, callbacks, TimeSpan.FromMilliseconds(settings.TimeoutMs), log);
    }

    /// <summary>For tests: with callbacks of their own.</summary>
    internal static RoleCallbacks Start(IReplicaNode node, string cluster, IReadOnlyList<ICallback> callbacks, TimeSpan timeout, ILogger log) => new(node, cluster, callbacks, timeout, log);

    /// <summary>Tells that the node stops, and returns when that has been told, or has taken too long.</summary>
    public async ValueTask DisposeAsync()
    {
        _node.Changed -= OnChanged;
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _changed.Dispose();
    }

    private void OnChanged(NodeStatus status)
    {
        try
        {
            _changed.Release();
        }
        catch (ObjectDisposedException)
        {
            // The event was on its way while this stopped.
        }
    }

    private async Task RunAsync()
    {
        var told = await TellAsync(RoleEvent.Start);
        try
        {
            while (true)
            {
                // A role that began before anybody listened is a change too.
                if (RoleEvent.RoleOf(_node.Status) != told) told = await TellAsync(RoleEvent.RoleChange);
                else await _changed.WaitAsync(_stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            await TellAsync(RoleEvent.Stop);
        }
    }

    /// <returns>The role that was told.</returns>
    private async Task<string> TellAsync(string happened)
    {
        var what = RoleEvent.Of(happened, _node.Status, _cluster);
        foreach (var callback in _callbacks)
        {
            using var patience = new CancellationTokenSource(_timeout);
            try
            {
                await callback.CallAsync(what, patience.Token);
                Told(_log, callback.Name, what.Event, what.Role);
            }
            catch (OperationCanceledException)
            {
                TookTooLong(_log, callback.Name, what.Event, what.Role, (long)_timeout.TotalMilliseconds);
            }
            catch (Exception e)
            {
                Failed(_log, callback.Name, what.Event, what.Role, e.Message);
            }
        }
        return what.Role;
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Callback} was told: {Happened} {Role}")]
    private static partial void Told(ILogger log, string callback, string happened, string role);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "{Callback}, told {Happened} {Role}, took more than callbacks.timeout ({Milliseconds} ms) and was given up")]
    private static partial void TookTooLong(ILogger log, string callback, string happened, string role, long milliseconds);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "{Callback} could not be told {Happened} {Role}: {Reason}")]
    private static partial void Failed(ILogger log, string callback, string happened, string role, string reason);
}
