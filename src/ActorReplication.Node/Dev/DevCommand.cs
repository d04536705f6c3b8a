using ActorReplication.Node.Hosting;
using ActorReplication.Node.Http;

namespace ActorReplication.Node.Dev;

/// <summary><c>dev</c>: a cluster on this machine, each node a process of its own, until Ctrl-C.</summary>
internal sealed class DevCommand : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);
    private readonly DevOptions _options;
    private readonly ShutdownSignal _shutdown = new();
    private readonly Screen _screen = new();
    private readonly DevNode[] _nodes;
    private readonly DevWatch _watch;
    private readonly HashSet<DevNode> _toldDead = [];

    private DevCommand(DevOptions options)
    {
        _options = options;
        _nodes = [.. Enumerable.Range(0, options.Nodes).Select(i => new DevNode(options, i, _screen.Tell))];
        _watch = new DevWatch(options);
    }

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var options = DevOptions.Parse(arguments);
        PortProbe.Require(options.Ports);
        DevConfigFile.WriteAll(options);
        using var command = new DevCommand(options);
        return await command.RunAsync();
    }

    public void Dispose()
    {
        foreach (var node in _nodes) node.Dispose();
        _watch.Dispose();
        _shutdown.Dispose();
    }

    private async Task<int> RunAsync()
    {
        _screen.Tell($"starting {_options.Nodes} nodes, data in {_options.Data} …");
        try
        {
            foreach (var node in _nodes) node.Start();
            if (await FirstLeaderAsync() is not { } leader) return ExitCodes.Ok;
            _screen.Tell(DevHelp.Text(_options, leader, _nodes));
            return await FollowAsync();
        }
        finally
        {
            _screen.LeaveBottom();
            await Task.WhenAll(_nodes.Select(n => n.StopAsync()));
            _screen.Tell("all nodes have stopped");
        }
    }

    /// <summary>Null: asked to stop meanwhile.</summary>
    private async Task<NodeView?> FirstLeaderAsync()
    {
        using var patience = new CancellationTokenSource(StartPatience);
        while (!patience.IsCancellationRequested)
        {
            if (_nodes.FirstOrDefault(n => !n.IsRunning) is { } dead)
                throw new ExitException(dead.ExitCode is > 0 and < 128 ? dead.ExitCode : ExitCodes.Fatal, $"{dead.Name} ended with code {dead.ExitCode}: {dead.LastLine}");
            var views = await _watch.AskAsync();
            // Up means: every node answers, so that the connection help holds for each port.
            if (DevWatch.Leader(views) is { } leader && views.All(v => v is { Serving: true })) return leader;
            if (await StopsWithin(Between)) return null;
        }
        throw new ExitException(ExitCodes.Fatal, $"no leader within {StartPatience.TotalSeconds:0} s; the nodes' logs in {_options.Data} say why");
    }

    private async Task<int> FollowAsync()
    {
        do
        {
            foreach (var node in _nodes.Where(n => !n.IsRunning && _toldDead.Add(n)).ToArray()) Died(node);
            if (_toldDead.Count == _nodes.Length) throw new ExitException(ExitCodes.Fatal, $"no node is left; their logs are in {_options.Data}");
            var (line, change) = _watch.Describe(await _watch.AskAsync());
            _screen.Bottom(line, change);
        }
        while (!await StopsWithin(Between));
        return ExitCodes.Ok;
    }

    private void Died(DevNode node)
    {
        var how = node.ExitCode > 128 ? $"was ended by signal {node.ExitCode - 128}" : $"ended with code {node.ExitCode}: {node.LastLine}";
        _screen.Tell($"{node.Name} (process {node.ProcessId}) {how}");
        if (!_options.Respawn) return;
        node.Start();
        _toldDead.Remove(node);
        _screen.Tell($"{node.Name} is started again, process {node.ProcessId}");
    }

    private async Task<bool> StopsWithin(TimeSpan time)
    {
        await Task.WhenAny(_shutdown.Requested, Task.Delay(time));
        return _shutdown.Requested.IsCompleted;
    }
}
