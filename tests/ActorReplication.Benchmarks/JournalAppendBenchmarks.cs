using ActorReplication.Journal.Format;
using ActorReplication.Journal.Plugin;
using ActorReplication.Journal.Segments;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using BenchmarkDotNet.Attributes;

namespace ActorReplication.Benchmarks;

/// <summary>
/// One durable append at a time: the file system alone, the log without actors, and the whole way through the actor protocol,
/// on the temporary folder's disk. The differences are what the log and what the actors cost.
/// </summary>
[MemoryDiagnoser]
public class JournalAppendBenchmarks
{
    private readonly string _folder = Directory.CreateTempSubdirectory("journal-bench-").FullName;
    private byte[] _payload = [];
    private long _sequenceNr;
    private FileStream _file = null!;
    private SegmentLog _log = null!;
    private ActorSystem _system = null!;
    private IActorRef _inline = null!;
    private IActorRef _pooled = null!;
    private IActorRef _stock = null!;
    private Waiter _waiter = null!;

    [Params(1 << 10, 64 << 10)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _payload = new byte[PayloadBytes];
        Random.Shared.NextBytes(_payload);
        _file = new FileStream(Path.Combine(_folder, "raw"), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        LinuxSystemCalls.Instance.Allocate(_file.SafeFileHandle, _file.Name, 64 << 20);
        _log = SegmentLog.Open(new SegmentLogOptions(Path.Combine(_folder, "log")), LinuxSystemCalls.Instance);
        var config = ConfigurationFactory.ParseString($$"""
            akka.loglevel = WARNING
            {{SegmentJournal.Identifier}}.directory = "{{Path.Combine(_folder, "inline")}}"
            pooled {
              class = "ActorReplication.Journal.Plugin.SegmentJournal, ActorReplication.Journal"
              directory = "{{Path.Combine(_folder, "pooled")}}"
              plugin-dispatcher = "akka.actor.default-dispatcher"
            }
            stock {
              class = "ActorReplication.Benchmarks.StockJournal, ActorReplication.Benchmarks"
              directory = "{{Path.Combine(_folder, "stock")}}"
            }
            """).WithFallback(SegmentJournal.DefaultConfig());
        _system = ActorSystem.Create("bench", config);
        var persistence = Persistence.Instance.Apply(_system);
        (_inline, _pooled, _stock) = (persistence.JournalFor(SegmentJournal.Identifier), persistence.JournalFor("pooled"), persistence.JournalFor("stock"));
        _waiter = new Waiter(_system);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _system.Terminate().GetAwaiter().GetResult();
        _log.Close(mark: true);
        _file.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>pwrite and fdatasync into a preallocated file.</summary>
    [Benchmark(Baseline = true)]
    public int File()
    {
        RandomAccess.Write(_file.SafeFileHandle, _payload, _sequenceNr++ * PayloadBytes % (60 << 20));
        return LinuxSystemCalls.Instance.SyncData(_file.SafeFileHandle, _file.Name);
    }

    [Benchmark]
    public void Log()
    {
        using var write = new PreparedWrite();
        write.AddEvent(new EventFields
        {
            PersistenceId = "replica",
            SequenceNr = ++_sequenceNr,
            Timestamp = 1,
            SerializerId = 4,
            Manifest = "",
            EventManifest = "",
            Writer = "",
            Payload = _payload,
            MoreFollows = false,
        });
        _log.Append([write], _ => { });
    }

    /// <summary>The journal as its reference configuration starts it.</summary>
    [Benchmark]
    public void Journal() => Persist(_inline);

    /// <summary>The journal actor on the thread pool.</summary>
    [Benchmark]
    public void JournalOnPool() => Persist(_pooled);

    /// <summary>The same log under Akka's base class for journals.</summary>
    [Benchmark]
    public void AsyncWriteJournal() => Persist(_stock);

    private void Persist(IActorRef journal)
    {
        journal.Tell(new WriteMessages([new AtomicWrite(new Persistent(_payload, ++_sequenceNr, "replica"))], _waiter, 1));
        _waiter.Wait();
    }

    /// <summary>Receives the journal's answers on whichever thread gives them.</summary>
    private sealed class Waiter(ActorSystem system) : MinimalActorRef
    {
        private readonly SemaphoreSlim _answered = new(0);

        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "waiter";

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

        public void Wait() => _answered.Wait();

        protected override void TellInternal(object message, IActorRef sender)
        {
            if (message is WriteMessageSuccess)
                _answered.Release();
            else if (message is WriteMessagesFailed failed)
                throw failed.Cause;
        }
    }
}
