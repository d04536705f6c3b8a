using ActorReplication.Cluster;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Logging;
using ActorReplication.Node.Telemetry;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Hosting;

/// <summary>A node from start to end: folder and ports first, then the replica, SQL, HTTP; and down in the opposite order.</summary>
internal static partial class NodeHost
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    /// <param name="alter">For the tests' own program, which plants bugs.</param>
    public static async Task<int> RunAsync(NodeSettings settings, ShutdownSignal shutdown, Func<ReplicaNodeOptions, ReplicaNodeOptions>? alter = null)
    {
        PortProbe.Require(PortsOf(settings));
        using var logging = LoggerFactory.Create(l => Export.AddTo(l.AddNodeConsole(NodeLogging.Level(settings.LogLevel)), settings.Telemetry, settings.Name.Name));
        using var export = Export.Start(settings.Telemetry, settings.Name.Name);
        var log = logging.CreateLogger(NodeLogging.Lifecycle);
        AkkaLog.Factory = logging;
        Starting(log, settings.Name.Name, settings.DataFolder);

        using var manager = ServiceManager.From(Environment.GetEnvironmentVariable);
        await using var node = await RunningNode.StartAsync(settings, logging, alter);
        var replica = node.Replica;
        replica.Changed += status =>
        {
            RoleChanged(log, RoleOf(status), status.Term.Value, status.Leader?.Name ?? "nobody", status.Serving);
            manager.Status(Line(status));
        };
        Started(log, settings.Name.Name, settings.Postgres.ToString(), settings.Http.ToString(), Environment.ProcessId);
        manager.Ready(Line(replica.Status), () => !replica.Fatal.IsCompleted);

        var ended = await Task.WhenAny(shutdown.Requested, replica.Fatal);
        if (ended == replica.Fatal) return Fail(log, await replica.Fatal);
        Stopping(log, settings.Name.Name);
        manager.Stopping();
        using var patience = new CancellationTokenSource(StopPatience);
        await node.HandOverAsync(patience.Token);
        await node.DisposeAsync();
        Stopped(log, settings.Name.Name);
        return ExitCodes.Ok;
    }

    private static string RoleOf(NodeStatus status) => status.Role.ToString().ToLowerInvariant();

    private static string Line(NodeStatus status) => $"{RoleOf(status)} in term {status.Term}, leader {status.Leader?.Name ?? "nobody"}{(status.Serving ? "" : ", not serving")}";

    private static WantedPort[] PortsOf(NodeSettings settings) =>
    [
        new(settings.Postgres.Address, settings.Postgres.Port, "postgres.port"),
        new(settings.Http.Address, settings.Http.Port, "http.port"),
        new(System.Net.IPAddress.TryParse(settings.RemoteHost, out var address) ? address : System.Net.IPAddress.Any, settings.RemotePort, "this node in cluster.initial-voters, or remote.port"),
    ];

    // The state that the process holds can no longer be trusted: nothing is closed in good order, the journal is what counts.
    private static int Fail(ILogger log, NodeFailure failure)
    {
        Fatal(log, failure.Message);
        Console.Error.WriteLine("actor-replication: fatal: " + failure.Message);
        Console.Error.Flush();
        var code = ExitCodes.Of(failure.Start);
        Environment.Exit(code);
        return code;
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Name} starts on {Folder}")]
    private static partial void Starting(ILogger log, string name, string folder);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "{Name} is up: SQL on {Postgres}, HTTP on {Http}, process {Process}")]
    private static partial void Started(ILogger log, string name, string postgres, string http, int process);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "{Role} in term {Term}, leader {Leader}, serving {Serving}")]
    private static partial void RoleChanged(ILogger log, string role, long term, string leader, bool serving);

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "{Name} stops")]
    private static partial void Stopping(ILogger log, string name);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "{Name} has stopped")]
    private static partial void Stopped(ILogger log, string name);

    [LoggerMessage(EventId = 6, Level = LogLevel.Critical, Message = "cannot go on: {Reason}")]
    private static partial void Fatal(ILogger log, string reason);
}
