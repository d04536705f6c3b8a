using Akka.Actor;
using Akka.Actor.Setup;
using ActorReplication.Cluster.Archive;
using ActorReplication.Cluster.Backups;
using ActorReplication.Cluster.Membership;
using ActorReplication.Cluster.Reads;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Salvage;
using ActorReplication.Cluster.Wire;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster;

/// <summary>A running node: its data folder, database and write gate, and an actor system that is started again whenever it ends by itself.</summary>
public sealed class ReplicaNode : IReplicaNode
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HandoverTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HandoverLook = TimeSpan.FromMilliseconds(50);

    private readonly ReplicaNodeOptions _options;
    private readonly FileStream _lock;
    private readonly DatabaseHolder _database;
    private readonly ReplicaContext _context;
    private readonly Checkpointer _checkpointer;
    private readonly BackupDesk _backups;
    private readonly Archiver? _archiver;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource<NodeFailure> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _lifecycle = new(1);
    private ActorSystem? _system;
    private volatile IActorRef _replica = ActorRefs.Nobody;
    private bool _stopping;

    private ReplicaNode(ReplicaNodeOptions options, ILoggerFactory loggers, TimeProvider time, FileStream folderLock)
    {
        _options = options;
        _lock = folderLock;
        _logger = loggers.CreateLogger("node");
        var identity = NodeIdentity.Open(options.DataFolder, options.Name);
        var database = options.Database with { Path = Path.Combine(options.DataFolder, "db", "data.sqlite") };
        Directory.CreateDirectory(Path.GetDirectoryName(database.Path)!);
        if (SnapshotInstall.Pending(database.Path) is not null) SnapshotInstall.Swap(database.Path);
        RemoveUnfinishedCopies(Path.GetDirectoryName(database.Path)!);
        _database = new DatabaseHolder(database);
        var board = new ReplicaBoard { Format = new Wire.FormatInForce(options.NewestFormat) };
        var clock = new MonotonicClock(time);
        var cache = new EntryCache(options.EntryCacheBytes);
        var map = new JournalMap();
        Log = new LogReader(cache, map, ReplicaActor.PersistenceIdOf(GroupId.Default));
        var gate = new WriteGate(
            new GateLimits(options.GateQueueLength, options.BatchTransactions, options.BatchBytes, options.IdleInTransactionTimeoutMs),
            _database, Log, board, loggers.CreateLogger("gate"), Fail, OnDiskFull);
        _archiver = options.Archive is { } archive
            ? new Archiver(archive, options.Name, new ArchivedLog(board, map, Log), time, loggers.CreateLogger("archive"))
            : null;
        var salvage = new SalvageStore(Path.Combine(options.DataFolder, "salvage"), options.Name, () => identity.Cluster, _database.ReadNames);
        Salvage = new SalvageDesk(salvage, gate, () => identity.Cluster);
        _context = new ReplicaContext(
            options, identity, new PeerRegistry(options.DataFolder), new AddressBook(options.SystemName, options.InitialVoters.Concat(options.Contacts)), board, gate, _database, cache, map,
            salvage,
            new ElectionRing(time), clock, loggers, Fail, (system, reason) => _ = RestartAsync(system, reason), status => Changed?.Invoke(status)) { Archiver = _archiver };
        Entries = new LogAccess(Log, map, board);
        Reads = new ReadGate(board, clock, ConfirmReadAsync, options.AdmitsEveryRead);
        _backups = new BackupDesk(options.Name, _database, time, loggers.CreateLogger("backup"));
        gate.Start();
        _checkpointer = new Checkpointer(_database, options.CheckpointBytes, state => _replica.Tell(new ReplicaProtocol.Checkpointed(state)), Fail, board);
    }

    internal LogReader Log { get; }

    internal ReplicaBoard Board => _context.Board;

    /// <summary>The present actor system; another one after a restart.</summary>
    internal ActorSystem? System => _system;

    public NodeStatus Status => _context.Board.Status ?? Starting();

    public event Action<NodeStatus>? Changed;

    public IDatabase Database => _database;

    public IWriteGate Writes => _context.Gate;

    public IReadGate Reads { get; }

    public IBackups Backups => _backups;

    public ArchiveStatus? Archive => _archiver?.Status;

    public IReplicaLog Entries { get; }

    public ISalvage Salvage { get; }

    public IReadOnlyList<ElectionRecord> Elections => _context.Elections.Snapshot();

    public Task<NodeFailure> Fatal => _fatal.Task;

    /// <summary>Log positions as of now, finer than <see cref="Status"/>.</summary>
    public (LogIndex Last, LogIndex Commit, LogIndex Applied) Progress => (_context.Board.Last, _context.Board.Commit, _context.Board.Applied);

    /// <exception cref="NodeStartException">It cannot start: the message says what to do.</exception>
    public static async Task<ReplicaNode> StartAsync(ReplicaNodeOptions options, ILoggerFactory loggers, CancellationToken cancellation)
    {
        Directory.CreateDirectory(options.DataFolder);
        var folderLock = FolderLock.Take(options.DataFolder);
        ReplicaNode? node = null;
        try
        {
            RestorePlan.RefuseUnfinished(options.DataFolder);
            node = new ReplicaNode(options, loggers, TimeProvider.System, folderLock);
            node.TakeFormat();
            node.StartSystem();
            cancellation.ThrowIfCancellationRequested();
            return node;
        }
        catch (Exception e)
        {
            if (node is not null) await node.DisposeAsync().ConfigureAwait(false);
            else await folderLock.DisposeAsync().ConfigureAwait(false);
            if (e is StorageFailure) throw new NodeStartException(StartFailure.DataFolder, e.Message, e);
            throw;
        }
    }

    /// <summary>What the database has of the configuration is committed.</summary>
    private void TakeFormat()
    {
        if (_database.Applied.Config.IsEmpty) return;
        var config = ReadConfig(_database.Applied.Config);
        if (ClusterFormat.ProblemWith(config, _options.NewestFormat) is { } problem) throw new NodeStartException(StartFailure.DataFolder, problem);
        _context.Board.Format.RaiseTo((byte)ClusterFormat.Of(config.Settings));
    }

    private static ClusterConfig ReadConfig(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return Wire.LogCodec.DecodeConfig(bytes);
        }
        catch (Wire.WireFormatException e)
        {
            throw new NodeStartException(StartFailure.DataFolder, $"the configuration in the database cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Clones that were on their way when the process ended. One that was to be put in place is in place by now.</summary>
    private static void RemoveUnfinishedCopies(string folder)
    {
        foreach (var pattern in (string[])["incoming-*", "outgoing-*"])
            foreach (var file in Directory.EnumerateFiles(folder, pattern)) File.Delete(file);
    }

    private void StartSystem()
    {
        ActorSystem system;
        try
        {
            var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(ClusterHocon.Compose(_options, _context.Identity)));
            setup = setup.And(new Wire.FormatSetup(_context.Board.Format));
            if (_options.Setup is not null) setup = setup.And(_options.Setup);
            system = ActorSystem.Create(_options.SystemName, setup);
        }
        catch (Exception e) when (Unwrap(e) is global::System.Net.Sockets.SocketException { SocketErrorCode: global::System.Net.Sockets.SocketError.AddressAlreadyInUse })
        {
            throw new NodeStartException(StartFailure.PortInUse, "the Akka.Remote port is in use: stop the other process, or set another remote.port", e);
        }
        Log.Attach(system, system.Settings.Config.GetString(ClusterHocon.ReadJournalKey));
        _system = system;
        _replica = system.ActorOf(ReplicaActor.Props(_context, Log), ReplicaActor.Name);
        system.ActorOf(MembershipActor.Props(_context, _replica, reason => _ = RestartAsync(system, reason)), "membership");
        _ = system.WhenTerminated.ContinueWith(_ => RestartAsync(system, "the actor system ended"), TaskScheduler.Default);
    }

    private static Exception Unwrap(Exception e) => e.InnerException is { } inner ? Unwrap(inner) : e;

    /// <summary>Ends the actor system if it still runs and starts another on the same data.</summary>
    private async Task RestartAsync(ActorSystem ended, string reason)
    {
        await _lifecycle.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_stopping || _fatal.Task.IsCompleted || !ReferenceEquals(ended, _system)) return;
            NodeLog.Restarting(_logger, reason);
            _context.Board.LastProblem = reason;
            _system = null;
            _replica = ActorRefs.Nobody;
            await ended.Terminate().ConfigureAwait(false);
            await Task.Delay(RestartDelay).ConfigureAwait(false);
            StartSystem();
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    /// <summary>A leader that cannot write its database lets another one lead: it starts again, as a follower.</summary>
    private void OnDiskFull(string problem, bool isLeading)
    {
        _context.Board.LastProblem = problem;
        if (isLeading && _system is { } system) _ = RestartAsync(system, problem);
    }

    private void Fail(Exception e)
    {
        if (_fatal.TrySetResult(new NodeFailure((e as NodeStartException)?.Failure, e.Message))) NodeLog.Fatal(_logger, e);
        _context?.Gate.OnNotServing();
    }

    private async Task<LogIndex?> ConfirmReadAsync(CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<LogIndex?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_replica.IsNobody()) return null;
        _replica.Tell(new ReplicaProtocol.ConfirmRead(answer));
        return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    public Task<MarkedState> PinAtAsync(string marker) => _context.Gate.PinAtAsync(marker);

    public async Task<string?> CloneAsync(CancellationToken cancellation)
    {
        var cloned = _context.Gate.WhenCloned();
        var begun = await ReinitAsync(cancellation).ConfigureAwait(false);
        if (!begun.Succeeded) return begun.Message;
        await cloned.WaitAsync(cancellation).ConfigureAwait(false);
        return null;
    }

    public async Task<CommitReceipt?> ReceiptAsync(LogPosition position, CancellationToken cancellation)
    {
        if (_replica.IsNobody()) return null;
        var answer = new TaskCompletionSource<CommitReceipt?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _replica.Tell(new ReplicaProtocol.Receipt(position, answer));
        return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    public void CancelElsewhere(long key, Func<string, bool> isMeant) => _replica.Tell(new ReplicaProtocol.CancelElsewhere(key, isMeant));

    public event Action<long>? CancelAsked
    {
        add => Board.CancelAsked += value;
        remove => Board.CancelAsked -= value;
    }

    public Task<ControlResult> ChangeConfigAsync(ConfigChange change, CancellationToken cancellation) =>
        AskAsync(answer => new ReplicaProtocol.ChangeConfig(change, answer, cancellation), cancellation);

    public async Task<ControlResult?> ChangeSettingAsync(ConfigChange.SetSetting change, SettingsBasis basis, CancellationToken cancellation)
    {
        if (_replica.IsNobody()) return new ControlResult(RefusalReason.NotLeader, "the node is starting: try again");
        var answer = new TaskCompletionSource<ControlResult?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _replica.Tell(new ReplicaProtocol.ChangeSetting(change, basis, answer, cancellation));
        return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    public Task<ControlResult> TransferLeadershipAsync(NodeId? to, CancellationToken cancellation) =>
        AskAsync(answer => new ReplicaProtocol.Transfer(to, answer, cancellation), cancellation);

    public Task<ControlResult> CampaignAsync(CancellationToken cancellation) =>
        AskAsync(answer => new ReplicaProtocol.Campaign(answer), cancellation);

    public Task<ControlResult> ReinitAsync(CancellationToken cancellation) =>
        AskAsync(answer => new ReplicaProtocol.Reinit(answer), cancellation);

    private async Task<ControlResult> AskAsync(Func<TaskCompletionSource<ControlResult>, object> request, CancellationToken cancellation)
    {
        if (_replica.IsNobody()) return new ControlResult(RefusalReason.NotReady, "the node is starting: try again");
        var answer = new TaskCompletionSource<ControlResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _replica.Tell(request(answer));
        return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        if (Status is { Role: Role.Leader, Serving: true, Config.Members.Count: > 1 })
        {
            try
            {
                await HandOverAsync(cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                NodeLog.HandoverTimedOut(_logger);
            }
        }
        await DisposeAsync().ConfigureAwait(false);
    }

    private async Task HandOverAsync(CancellationToken cancellation)
    {
        var handover = TransferLeadershipAsync(null, cancellation);
        var until = Environment.TickCount64 + (long)HandoverTime.TotalMilliseconds;
        while (!handover.IsCompleted)
        {
            await Task.WhenAny(handover, Task.Delay(HandoverLook, cancellation)).ConfigureAwait(false);
            if (handover.IsCompleted) break;
            if (IsAlone(Status))
            {
                NodeLog.NobodyToHandOverTo(_logger);
                return;
            }
            if (Environment.TickCount64 < until && !cancellation.IsCancellationRequested) continue;
            NodeLog.HandoverTimedOut(_logger);
            return;
        }
        await handover.ConfigureAwait(false);
    }

    /// <summary>Still leading, and no other voter has been heard of for longer than a living one is silent: they are stopping too.</summary>
    private bool IsAlone(NodeStatus status) =>
        status.Role == Role.Leader && status.Peers.All(p => p.Kind != MemberKind.Voter || p.LastHeardMs > _options.ElectionTimeoutMs / 2);

    public async ValueTask DisposeAsync()
    {
        await _lifecycle.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_stopping) return;
            _stopping = true;
            _replica = ActorRefs.Nobody;
            // It reads the log through the actor system.
            _archiver?.Dispose();
            if (_system is not null) await _system.Terminate().ConfigureAwait(false);
            _backups.Dispose();
            _checkpointer.Dispose();
            _context.Gate.Dispose();
            _database.Dispose();
            await _lock.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    private NodeStatus Starting() => new(
        _options.Name, _context.Identity.Incarnation, _context.Identity.Cluster, Role.Follower, Term.Zero, null, false, LogPosition.Zero, LogIndex.Zero, LogIndex.Zero,
        _context.Board.Applied, null, [], _context.Board.Divergences, _context.Board.Salvaged, _context.Board.LastProblem);
}

internal static partial class NodeLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Starting the actor system again: {Reason}")]
    public static partial void Restarting(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "This node cannot go on")]
    public static partial void Fatal(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Information, Message = "No other voter answers any more; stopping without a handover")]
    public static partial void NobodyToHandOverTo(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The handover did not end in time; stopping without it")]
    public static partial void HandoverTimedOut(ILogger logger);
}
