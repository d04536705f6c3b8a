using ActorReplication.Core;
using ActorReplication.Storage.Engine;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Backups;

/// <summary>Takes and verifies backups, one at a time. What goes wrong is the job's result: a backup's disk is not the node's.</summary>
internal sealed class BackupDesk(NodeId node, IDatabase database, TimeProvider time, ILogger logger) : IBackups, IDisposable
{
    private readonly Lock _sync = new();
    private readonly CancellationTokenSource _stopped = new();
    private volatile BackupJob? _job;
    private Thread? _thread;

    public BackupJob? Job => _job;

    public BackupJob? Take(string folder, long bytesPerSecond) => Begin(BackupJobKind.Take, folder, job =>
        [BackupFolder.Take(database, node, folder, job.Started, bytesPerSecond, Told, _stopped.Token)]);

    public BackupJob? Verify(string folder) => Begin(BackupJobKind.Verify, folder, _ => VerifyAll(folder));

    /// <summary>A job under way is broken off; what it has written so far is removed.</summary>
    public void Dispose()
    {
        _stopped.Cancel();
        Thread? running;
        lock (_sync) running = _thread;
        running?.Join();
        _stopped.Dispose();
    }

    private BackupJob? Begin(BackupJobKind kind, string folder, Func<BackupJob, IReadOnlyList<string>> work)
    {
        lock (_sync)
        {
            if (_job is { State: BackupJobState.Running } || _stopped.IsCancellationRequested) return null;
            var job = new BackupJob((_job?.Number ?? 0) + 1, kind, folder, BackupJobState.Running, 0, 0, time.GetUtcNow(), null, [], []);
            _job = job;
            _thread = new Thread(() => Run(job, work)) { Name = "backup", IsBackground = true, Priority = ThreadPriority.BelowNormal };
            _thread.Start();
            return job;
        }
    }

    private void Run(BackupJob job, Func<BackupJob, IReadOnlyList<string>> work)
    {
        try
        {
            End(BackupJobState.Done, work(job), []);
        }
        catch (OperationCanceledException)
        {
            End(BackupJobState.Failed, [], ["the node was stopped meanwhile"]);
        }
        catch (Exception e)
        {
            BackupLog.Failed(logger, job.Kind, job.Folder, e);
            End(BackupJobState.Failed, [], e.Message.Split('\n'));
        }
    }

    private IReadOnlyList<string> VerifyAll(string folder)
    {
        var found = BackupFolder.List(folder);
        if (found.Count == 0) throw new BackupException($"{folder}: no backup in it");
        var (whole, problems) = (new List<string>(), new List<string>());
        foreach (var backup in found)
        {
            try
            {
                BackupFolder.Verify(backup.Path, Told, _stopped.Token);
                whole.Add(backup.Path);
            }
            catch (BackupException e)
            {
                problems.Add(e.Message);
            }
        }
        return problems.Count == 0 ? whole : throw new BackupException(string.Join('\n', problems));
    }

    private void Told(long bytes, long total) => _job = _job! with { Bytes = bytes, Total = total };

    private void End(BackupJobState state, IReadOnlyList<string> results, IReadOnlyList<string> problems)
    {
        _job = _job! with { State = state, Ended = time.GetUtcNow(), Results = results, Problems = problems };
        BackupLog.Ended(logger, _job.Kind, _job.Folder, state);
    }
}

internal static partial class BackupLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Backup {Kind} of {Folder} failed")]
    public static partial void Failed(ILogger logger, BackupJobKind kind, string folder, Exception e);

    [LoggerMessage(Level = LogLevel.Information, Message = "Backup {Kind} of {Folder}: {State}")]
    public static partial void Ended(ILogger logger, BackupJobKind kind, string folder, BackupJobState state);
}
