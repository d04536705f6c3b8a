using System.Globalization;
using ActorReplication.Cluster.Backups;
using ActorReplication.Core;
using ActorReplication.Node.CommandLine;
using ActorReplication.Node.Configuration;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Hosting;

/// <summary><c>restore</c>: a backup becomes the first node of a new cluster. Offline: no node runs on the data folder.</summary>
internal static class RestoreCommand
{
    public static int Run(IReadOnlyList<string> arguments)
    {
        var options = new Arguments("restore", arguments, "check", "to-latest");
        var backup = options.Text("backup") ?? throw options.Usage("--backup FOLDER is missing");
        var file = options.Text("config") ?? throw options.Usage("--config FILE is missing");
        var checkOnly = options.Flag("check");
        var archive = options.Text("archive");
        var target = TargetOf(options, archive is not null);
        options.RejectRest();

        var settings = StartCommand.Load(file);
        using var interrupted = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            interrupted.Cancel();
        };
        try
        {
            var request = new RestoreRequest(BackupFolder.Choose(FullPath(backup), target), archive is null ? null : FullPath(archive), target, ReplicaSetup.From(settings));
            var restoration = new Restoration(request, Say, interrupted.Token);
            var found = restoration.Check();
            Console.WriteLine($"{request.Backup} is whole: taken by {found.Source.Node} at {found.Source.Taken:u}, cluster {found.Source.Cluster}, position {found.Source.Position}");
            if (checkOnly)
            {
                Console.WriteLine($"it can be restored to {settings.DataFolder}, to position {found.Position}{TimeOf(found)}; nothing was changed");
                return ExitCodes.Ok;
            }
            var restored = restoration.Run(found);
            Console.WriteLine($"""
                {settings.DataFolder} is node {settings.Name} of the new cluster {restored.Cluster}, its only member, at position {restored.Position}{TimeOf(restored)}.
                The old cluster's nodes are strangers to it: stop them first, so that no client writes to them any more.
                Start it: actor-replication start --config {file}
                Each other node needs an empty node.data, and cluster.join = ["{AddressOf(settings)}"] (and remote.port) instead of cluster.initial-voters in its file: with the old file
                it would make a second, empty cluster together with the others. Then: actorctl member add NAME --address HOST:PORT
                """);
            return ExitCodes.Ok;
        }
        catch (BackupException e)
        {
            throw new ExitException(ExitCodes.DataRefused, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StorageFailure)
        {
            throw new ExitException(ExitCodes.DataRefused, $"the restore into {settings.DataFolder} could not be carried out: {e.Message}; mend that and run it again (it begins anew)");
        }
        catch (OperationCanceledException)
        {
            throw new ExitException(ExitCodes.DataRefused, $"interrupted: run it again (it begins anew), or empty {settings.DataFolder}");
        }
    }

    private static RestoreTarget TargetOf(Arguments options, bool hasArchive)
    {
        var (time, position, latest) = (options.Text("to-time"), options.Text("to-position"), options.Flag("to-latest"));
        var given = (time is null ? 0 : 1) + (position is null ? 0 : 1) + (latest ? 1 : 0);
        if (given > 1) throw options.Usage("--to-time, --to-position and --to-latest exclude each other");
        if (given > 0 && !hasArchive) throw options.Usage("--archive FOLDER is missing: a backup alone is restored as it is");
        if (position is not null)
            return long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? new RestoreTarget.Position(new LogIndex(index))
                : throw options.Usage($"--to-position {position}: the index of a log entry is expected");
        if (time is not null)
            return DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? new RestoreTarget.Time(at)
                : throw options.Usage($"--to-time {time}: a time such as 2026-03-01T12:00:00Z is expected (without a zone it is UTC)");
        return hasArchive ? new RestoreTarget.Latest() : new RestoreTarget.Backup();
    }

    private static string FullPath(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static string TimeOf(Restored restored) => restored.Time is { } time ? $" of {time.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff'Z'}" : "";

    /// <summary>As cluster.join has it.</summary>
    private static string AddressOf(NodeSettings settings) =>
        settings.InitialVoters.Where(v => v.Name == settings.Name).Select(v => $"{v.Name}@{v.Host}:{v.Port}").Single();

    private static long _saidAt;

    private static void Say(string what, long done, long total)
    {
        if (Console.IsErrorRedirected || (done < total && Environment.TickCount64 - _saidAt < 200)) return;
        _saidAt = Environment.TickCount64;
        Console.Error.Write($"\r{what}: {done >> 20} of {total >> 20} MiB   {(done == total ? "\n" : "")}");
    }
}
