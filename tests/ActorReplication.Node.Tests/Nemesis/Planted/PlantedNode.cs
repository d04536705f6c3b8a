using ActorReplication.Cluster.Membership;
using ActorReplication.Core;
using ActorReplication.Journal.Plugin;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Hosting;
using ActorReplication.Storage.Apply;

namespace ActorReplication.Node.Tests.Nemesis.Planted;

/// <summary>The program <c>actor-replication start</c> with one bug in it, on a disk that forgets at a kill what was not synced. The shipped program has no way to turn these on.</summary>
internal static class PlantedNode
{
    /// <summary>How a node with this bug is started.</summary>
    public static IReadOnlyList<string> Program(Bug bug) => ["dotnet", typeof(PlantedNode).Assembly.Location, bug.ToString()];

    /// <summary>How a node is started whose program is from before the newest format: it announces, reads and writes only the oldest.</summary>
    public static IReadOnlyList<string> OlderProgram { get; } = ["dotnet", typeof(PlantedNode).Assembly.Location, Older];

    private const string Older = "Older";

    /// <summary>While this file exists, nothing that the node's journal writes becomes durable.</summary>
    public static string HoldFileOf(string dataFolder) => Path.TrimEndingDirectorySeparator(dataFolder) + ".held";

    public static async Task<int> Main(string[] arguments)
    {
        var bug = Bug.None;
        if (arguments.Length < 2 || (arguments[0] != Older && !Enum.TryParse(arguments[0], out bug)))
        {
            Console.Error.WriteLine($"this assembly holds tests; as a program it is a node with a planted bug: {string.Join(", ", Enum.GetNames<Bug>())}; or {Older}, one of the oldest format; then start --config FILE");
            return ExitCodes.Usage;
        }
        try
        {
            var settings = StartCommand.Load(arguments[Array.IndexOf(arguments, "--config") + 1]);
            using var shutdown = new ShutdownSignal();
            if (arguments.Contains("--watch-stdin")) shutdown.WatchStandardInput();
            if (arguments[0] == Older) return await NodeHost.RunAsync(settings, shutdown, options => options with { NewestFormat = ClusterFormat.Oldest });
            return await RunAsync(settings, shutdown, bug);
        }
        catch (ExitException e)
        {
            Console.Error.WriteLine("planted node: " + e.Message);
            return e.Code;
        }
    }

    private static Task<int> RunAsync(NodeSettings settings, ShutdownSignal shutdown, Bug bug)
    {
        ImageCheck.Skips = bug == Bug.SkipBeforeImages;
        return NodeHost.RunAsync(settings, shutdown, options => options with
        {
            Defects = bug == Bug.AcknowledgeBeforeFsync ? Defects.AcknowledgeBeforeFsync : Defects.None,
            AdmitsEveryRead = bug == Bug.ReadWithoutQuorum,
            Setup = new SystemCallsSetup(bug == Bug.NeverSync ? new UnsyncedDisk() : new ForgetfulDisk(HoldFileOf(settings.DataFolder))),
        });
    }
}
