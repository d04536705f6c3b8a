using ActorReplication.Cluster;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;
using ActorReplication.Node.Http;
using ActorReplication.Node.Logging;
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
        using var logging = LoggerFactory.Create(l => l.AddNodeConsole(NodeLogging.Level(settings.LogLevel)));
        var log = logging.CreateLogger(NodeLogging.Lifecycle);
        AkkaLog.Factory = logging;
        Starting(log, settings.Name.Name, settings.DataFolder);

        var replica = await StartReplicaAsync(settings, logging, alter);
        try
        {
            using var gateway = new SqlGateway(replica, settings.InitialPolicy, settings.Storage.Readers);
            await using var postgres = await SqlFrontEnd.StartAsync(gateway, settings, logging);
            replica.CancelAsked += key =>
            {
                var (processId, secret) = Postgres.Session.SessionNumbers.Parts(key);
                postgres.Cancel(processId, secret);
            };
            await using var http = await HttpApi.StartAsync(replica, settings, logging, postgres.OpenInside, CancellationToken.None);
            replica.Changed += status => RoleChanged(log, status.Role.ToString().ToLowerInvariant(), status.Term.Value, status.Leader?.Name ?? "nobody", status.Serving);
            Started(log, settings.Name.Name, settings.Postgres.ToString(), settings.Http.ToString(), Environment.ProcessId);

            var ended = await Task.WhenAny(shutdown.Requested, replica.Fatal);
            if (ended == replica.Fatal) return Fail(log, await replica.Fatal);
            Stopping(log, settings.Name.Name);
            // Hands over first, while the sessions are still there to be told where to go.
            using var patience = new CancellationTokenSource(StopPatience);
            await replica.StopAsync(patience.Token);
            return ExitCodes.Ok;
        }
        finally
        {
            await replica.DisposeAsync();
            Stopped(log, settings.Name.Name);
        }
    }

    private static async Task<IReplicaNode> StartReplicaAsync(NodeSettings settings, ILoggerFactory logging, Func<ReplicaNodeOptions, ReplicaNodeOptions>? alter)
    {
        try
        {
            var options = ReplicaSetup.From(settings);
            return await ReplicaNode.StartAsync(alter is null ? options : alter(options), logging, CancellationToken.None);
        }
        catch (NodeStartException e)
        {
            throw new ExitException(CodeOf(e.Failure), e.Message);
        }
    }

    private static int CodeOf(StartFailure? failure) => failure switch
    {
        StartFailure.PortInUse => ExitCodes.PortInUse,
        StartFailure.Configuration => ExitCodes.Usage,
        StartFailure.DataFolder => ExitCodes.DataRefused,
        _ => ExitCodes.Fatal,
    };

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
        var code = CodeOf(failure.Start);
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
