using System.Net;
using System.Net.Sockets;
using ActorReplication.Cluster;
using ActorReplication.Cluster.Reads;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Storage.Engine;
using Akka.Actor;
using Akka.Event;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>A role's node: a data folder that stays, and the <see cref="ReplicaNode"/> that runs on it, until it crashes or stops and is started again.</summary>
public sealed class SpecNode
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private const int PortTries = 5;

    private readonly SpecNetwork network;
    private readonly SpecLog log;
    private readonly Func<int, ReplicaNodeOptions> options;
    private ReplicaNode? running;
    private Freeze? freeze;

    internal SpecNode(RoleName role, string folder, SpecNetwork network, SpecLog log, Func<SpecNode, int, ReplicaNodeOptions> options)
    {
        Role = role;
        Folder = folder;
        this.network = network;
        this.log = log;
        this.options = port => options(this, port);
    }

    public RoleName Role { get; }

    public string Folder { get; }

    /// <summary>Host and port that the others know it by; the same over all starts.</summary>
    public NodeAddress Address => new(Role.Id, "127.0.0.1", network.Proxy(Role).Port);

    public bool IsRunning => running is not null;

    internal ReplicaNode Node => running ?? throw new InvalidOperationException($"{Role} is not running.");

    public NodeStatus Status => Node.Status;

    /// <summary>Log positions as of now; <see cref="Status"/> is up to a tenth of a second old.</summary>
    public (LogIndex Last, LogIndex Commit, LogIndex Applied) Progress => Node.Progress;

    /// <summary>Leads and takes writes.</summary>
    public bool Serves => running?.Status is { Role: Core.Role.Leader, Serving: true };

    public async Task StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            network.Proxy(Role).BehindPort = port;
            try
            {
                running = await ReplicaNode.StartAsync(options(port), log.For(Role), CancellationToken.None);
                ShowErrors(running.System!);
                log.Line(Role.Name, $"started behind port {port}, advertised as {Address.Port}");
                return;
            }
            // Somebody else took the port between the look and the start.
            catch (NodeStartException taken) when (taken.Failure == StartFailure.PortInUse && attempt < PortTries)
            {
                log.Line(Role.Name, taken.Message);
            }
        }
    }

    /// <summary>Hands over if it leads, then stops.</summary>
    public async Task StopAsync()
    {
        await Node.StopAsync(CancellationToken.None).WaitAsync(Patience);
        Gone();
    }

    /// <summary>The end of a process that is killed: from one moment on nothing it does reaches a peer or its journal. Its connections are reset, and its journal is
    /// what the folder held at that moment.</summary>
    public async Task CrashAsync()
    {
        log.Line(Role.Name, "crashes");
        var node = Node;
        using var held = freeze ?? await Freeze.OfAsync(node.System!);
        network.Proxy(Role).BehindPort = 0;
        network.Sever(Role);
        var journal = Path.Combine(Folder, "journal");
        var found = Path.Combine(Folder, "journal-as-found");
        CopyFolder(journal, found);
        // The stop overtakes every message that waits in the mailbox: the replica takes none of them any more.
        var system = (ExtendedActorSystem)node.System!;
        ((IInternalActorRef)system.Provider.ResolveActorRef(new RootActorPath(system.Provider.DefaultAddress) / "user" / ReplicaActor.Name)).Stop();
        held.Dispose();
        await node.DisposeAsync().AsTask().WaitAsync(Patience);
        if (Directory.Exists(found))
        {
            Directory.Delete(journal, recursive: true);
            Directory.Move(found, journal);
        }

        Gone();
    }

    /// <summary>Until <see cref="Resume"/> the node stands still with its connections open.</summary>
    public async Task PauseAsync() => freeze = await Freeze.OfAsync(Node.System!);

    public void Resume()
    {
        freeze?.Dispose();
        freeze = null;
    }

    /// <summary>Runs the statements as one transaction.</summary>
    public Task<WriteResult> WriteAsync(params IReadOnlyList<string> statements) => WriteAsync(statements.Select(s => new SqlCall(s)).ToArray());

    public Task<WriteResult> WriteAsync(SqlCall[] calls, AckLevel level = AckLevel.Committed) =>
        Node.Writes.RunAsync(new WriteRequest(calls, level, long.MaxValue, null));

    /// <summary>As <see cref="WriteAsync(IReadOnlyList{string})"/>; anything but a commit fails the test.</summary>
    public async Task<WriteResult> CommitAsync(params IReadOnlyList<string> statements)
    {
        var result = await WriteAsync(statements).WaitAsync(Patience);
        Assert.True(
            result.Status == WriteStatus.Committed,
            $"{Role}: {statements[0]} ended as {result.Status} {result.Statements?.LastOrDefault().Failure}");
        return result;
    }

    /// <summary>Rows at this level; null: the read was not admitted.</summary>
    public async Task<IReadOnlyList<string[]>?> QueryAsync(string sql, ReadLevel level = ReadLevel.Local, LogIndex atLeast = default)
    {
        using var patience = new CancellationTokenSource(Patience);
        if (await Node.Reads.EnterAsync(level, atLeast, patience.Token) != ReadAdmission.Admitted)
            return null;
        using var reader = await Node.Database.RentReaderAsync(patience.Token);
        var rows = new Rows();
        var outcome = reader.Execute(new SqlCall(sql, Rows: rows), long.MaxValue, null);
        Assert.True(outcome.Succeeded, $"{Role}: {sql}: {outcome.Failure}");
        return rows.All;
    }

    /// <summary>First value of the first row.</summary>
    public async Task<string> ValueAsync(string sql) => (await QueryAsync(sql))![0][0];

    /// <summary>Every table's hash, as text to compare.</summary>
    public string Contents() => string.Join("; ", Node.Database.HashTables().OrderBy(t => t.Table, StringComparer.Ordinal).Select(t => $"{t.Table}: {t.Rows} rows {t.Hash}"));

    /// <summary>What a failed test shows of it.</summary>
    public override string ToString() => running?.Status is { } s
        ? $"{Role}: {s.Role} term {s.Term} leader {s.Leader?.Name ?? "-"} serving {s.Serving} last {s.Last} durable {s.Durable} commit {s.Commit} applied {s.Applied} problem {s.LastProblem ?? "-"}"
        : $"{Role}: not running";

    /// <summary>Whether the node has logged such a line since the spec began.</summary>
    public bool Logged(string text) => log.Has(Role.Name, text);

    /// <summary>End of the spec.</summary>
    internal async Task EndAsync()
    {
        Resume();
        if (running is { } node)
            await node.DisposeAsync().AsTask().WaitAsync(Patience);
        Gone();
    }

    private void Gone()
    {
        network.Proxy(Role).BehindPort = 0;
        freeze = null;
        running = null;
    }

    private void ShowErrors(ActorSystem system) =>
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new ErrorListener(log, Role.Name))), typeof(Error));

    private sealed class ErrorListener : ReceiveActor
    {
        public ErrorListener(SpecLog log, string node) => Receive<Error>(error => log.Line(node, $"Akka {error.LogSource}: {error.Message} {error.Cause}"));
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void CopyFolder(string from, string to)
    {
        if (!Directory.Exists(from))
            return;
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from).Where(f => Path.GetFileName(f) != "lock"))
        {
            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var target = File.Create(Path.Combine(to, Path.GetFileName(file)));
            source.CopyTo(target);
        }
    }
}
