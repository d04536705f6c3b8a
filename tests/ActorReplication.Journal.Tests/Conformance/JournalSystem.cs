using ActorReplication.Journal.Plugin;
using ActorReplication.Journal.Segments;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Akka.TestKit.Xunit2;
using Xunit;

namespace ActorReplication.Journal.Tests.Conformance;

/// <summary>A test with an actor system whose default journal is a segment journal in a folder of its own, with small segments.</summary>
public abstract class JournalSystem : TestKit, IAsyncLifetime
{
    internal const int InstanceId = 5;

    private readonly TestFolder _folder;

    protected JournalSystem(string moreConfig = "")
        : this(new TestFolder(), moreConfig, null)
    {
    }

    internal JournalSystem(ISystemCalls calls, string moreConfig = "")
        : this(new TestFolder(), moreConfig, calls)
    {
    }

    private JournalSystem(TestFolder folder, string moreConfig, ISystemCalls? calls)
        : base(Setup(folder.Path, moreConfig, calls), "journal") => _folder = folder;

    protected string Folder => _folder.Path;

    protected IActorRef Journal => Persistence.Instance.Apply(Sys).JournalFor(null);

    protected string Writer { get; } = Guid.NewGuid().ToString();

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>The journal must have let go of its folder before that is removed.</summary>
    public Task DisposeAsync() => Sys.Terminate();

    internal static ActorSystemSetup Setup(string folder, string moreConfig, ISystemCalls? calls)
    {
        var config = ConfigurationFactory.ParseString(moreConfig).WithFallback(ConfigurationFactory.ParseString($$"""
            akka.loglevel = WARNING
            akka.persistence.publish-plugin-commands = on
            akka.persistence.journal.plugin = "akka.persistence.journal.segments"
            akka.persistence.journal.segments {
              class = "ActorReplication.Journal.Plugin.SegmentJournal, ActorReplication.Journal"
              directory = "{{folder}}"
              segment-bytes = 16 KiB
            }
            """)).WithFallback(SegmentJournal.DefaultConfig()).WithFallback(DefaultConfig);
        var setup = ActorSystemSetup.Empty.And(BootstrapSetup.Create().WithConfig(config));
        return calls is null ? setup : setup.And(new SystemCallsSetup(calls));
    }

    protected AtomicWrite Events(string persistenceId, long first, params object[] payloads) =>
        new([.. payloads.Select((payload, i) => new Persistent(payload, first + i, persistenceId, "", false, ActorRefs.NoSender, Writer))]);

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }
}
