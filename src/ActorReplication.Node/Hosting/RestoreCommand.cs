using ActorReplication.Cluster.Backups;
using ActorReplication.Node.CommandLine;

namespace ActorReplication.Node.Hosting;

/// <summary><c>restore</c>: a backup becomes the first node of a new cluster. Offline: no node runs on the data folder.</summary>
internal static class RestoreCommand
{
    public static int Run(IReadOnlyList<string> arguments)
    {
        var options = new Arguments("restore", arguments, "check");
        var backup = options.Text("backup") ?? throw options.Usage("--backup FOLDER is missing");
        var file = options.Text("config") ?? throw options.Usage("--config FILE is missing");
        var checkOnly = options.Flag("check");
        options.RejectRest();

        var settings = StartCommand.Load(file);
        var request = new RestoreRequest(Path.TrimEndingDirectorySeparator(Path.GetFullPath(backup)), ReplicaSetup.From(settings));
        using var interrupted = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            interrupted.Cancel();
        };
        try
        {
            var restoration = new Restoration(request, Say, interrupted.Token);
            var found = restoration.Check();
            Console.WriteLine($"{request.Backup} is whole: taken by {found.Source.Node} at {found.Source.Taken:u}, cluster {found.Source.Cluster}, position {found.Source.Position}");
            if (checkOnly)
            {
                Console.WriteLine($"it can be restored to {settings.DataFolder}, to position {found.Position}; nothing was changed");
                return ExitCodes.Ok;
            }
            var restored = restoration.Run(found);
            Console.WriteLine($"""
                {settings.DataFolder} is node {settings.Name} of the new cluster {restored.Cluster}, its only member, at position {restored.Position}.
                Start it: actor-replication start --config {file}
                The old cluster's nodes are strangers to it. Give each an empty data folder before it is added: what they hold is of another history.
                """);
            return ExitCodes.Ok;
        }
        catch (BackupException e)
        {
            throw new ExitException(ExitCodes.DataRefused, e.Message);
        }
        catch (OperationCanceledException)
        {
            throw new ExitException(ExitCodes.DataRefused, $"interrupted: run it again (it begins anew), or empty {settings.DataFolder}");
        }
    }

    private static long _saidAt;

    private static void Say(string what, long done, long total)
    {
        if (Console.IsErrorRedirected || (done < total && Environment.TickCount64 - _saidAt < 200)) return;
        _saidAt = Environment.TickCount64;
        Console.Error.Write($"\r{what}: {done >> 20} of {total >> 20} MiB   {(done == total ? "\n" : "")}");
    }
}
