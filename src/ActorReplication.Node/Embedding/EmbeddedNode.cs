using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Hosting;
using ActorReplication.Node.Logging;
using ActorReplication.Node.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Embedding;

/// <summary>Runs a node with somebody else's host: starts with it, hands over and stops with it, and stops it when the node can go no further.</summary>
internal sealed class EmbeddedNode(ActorReplicationOptions options, ILoggerFactory logging, IHostApplicationLifetime host) : IHostedService, IActorReplicationNode, IAsyncDisposable
{
    private NodeSettings? _settings;
    private RunningNode? _node;
    private Export? _export;
    private readonly TaskCompletionSource<string> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public event Action? Changed;

    public string Name => Settings.Name.Name;
    public bool IsLeader => Status is { Role: Role.Leader, Serving: true };
    public bool IsServing => Status.Serving;
    public string? Leader => Status.Leader?.Name;
    public string Postgres => Settings.Postgres.ToString();
    public string Http => Settings.Http.ToString();
    public Task<string> Fatal => _fatal.Task;

    /// <exception cref="InvalidOperationException">The configuration is wrong, or the node cannot start: the message says why.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _settings = Load();
        AkkaLog.Factory = logging;
        _export = Export.Start(_settings.Telemetry, Name);
        try
        {
            _node = await RunningNode.StartAsync(_settings, logging);
        }
        catch (ExitException e)
        {
            throw new InvalidOperationException(e.Message, e);
        }
        _node.Replica.Changed += _ => Changed?.Invoke();
        _ = WatchAsync(_node.Replica);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_node is null || _fatal.Task.IsCompleted) return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.StopPatience);
        await _node.HandOverAsync(patience.Token);
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _node, null) is { } node) await node.DisposeAsync();
        _export?.Dispose();
    }

    private NodeSettings Settings => _settings ?? throw new InvalidOperationException("the host has not started yet");

    private NodeStatus Status => (_node ?? throw new InvalidOperationException("the node does not run")).Replica.Status;

    private async Task WatchAsync(IReplicaNode replica)
    {
        _fatal.TrySetResult((await replica.Fatal).Message);
        host.StopApplication();
    }

    private NodeSettings Load()
    {
        if (options.ConfigFile is null == options.Hocon is null) throw new InvalidOperationException("AddActorReplication: give either ConfigFile or Hocon");
        var result = options.ConfigFile is { } file ? ConfigLoader.Load(file, ConfigLoader.OverridesOf(Environment.GetEnvironmentVariables())) : LoadText(options.Hocon!);
        return result.Settings ?? throw new InvalidOperationException("the configuration is not in order: " + string.Join("; ", result.Errors));
    }

    private static ConfigResult LoadText(string text)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            return ConfigLoader.Load(file, ConfigLoader.OverridesOf(Environment.GetEnvironmentVariables()));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
