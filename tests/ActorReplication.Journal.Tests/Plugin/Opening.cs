using ActorReplication.Journal.Plugin;
using ActorReplication.Journal.Segments;
using ActorReplication.Journal.Tests.Conformance;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Xunit;

namespace ActorReplication.Journal.Tests.Plugin;

/// <summary>How the plugin starts: from HOCON alone, and what it refuses.</summary>
public sealed class Opening : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Has_a_reference_configuration_with_the_documented_defaults()
    {
        var config = SegmentJournal.DefaultConfig().WithFallback(ConfigurationFactory.ParseString($"{SegmentJournal.Identifier}.directory = x"));
        var section = ConfigurationFactory.ParseString("directory = x").WithFallback(config.GetConfig(SegmentJournal.Identifier));
        var settings = SegmentJournalSettings.Read(section);
        Assert.Equal((64L << 20, 8L << 20, TimeSpan.FromSeconds(1)), (settings.Log.SegmentBytes, settings.Log.MaxBatchBytes, settings.MarkerInterval));
        Assert.Equal((Guid.Empty, Guid.Empty), (settings.Log.Node, settings.Log.Cluster));
        Assert.Equal(typeof(SegmentJournal), Type.GetType(section.GetString("class"), throwOnError: true));
        Assert.Equal(typeof(SegmentReadJournalProvider), Type.GetType(config.GetString("akka.persistence.query.segments.class"), throwOnError: true));
    }

    [Fact]
    public async Task Works_from_hocon_alone_without_the_reference_configuration()
    {
        using var system = ActorSystem.Create("alone", ConfigurationFactory.ParseString($$"""
            akka.persistence.journal.plugin = "akka.persistence.journal.segments"
            akka.persistence.journal.segments {
              class = "ActorReplication.Journal.Plugin.SegmentJournal, ActorReplication.Journal"
              directory = "{{_folder.Path}}"
            }
            """));
        var answer = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asker = system.ActorOf(Props.Create(() => new Asker(answer)));
        Persistence.Instance.Apply(system).JournalFor(null).Tell(new WriteMessages([new AtomicWrite(new Persistent("a", 1, "x"))], asker, 1));
        Assert.IsType<WriteMessagesSuccessful>(await answer.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        await system.Terminate();
    }

    [Theory]
    [InlineData("directory = \"\"", "directory")]
    [InlineData("node-id = nonsense", "node-id")]
    [InlineData("cluster-id = nonsense", "cluster-id")]
    [InlineData("segment-bytes = 100", "segment-bytes")]
    [InlineData("segment-bytes = 2 GiB", "segment-bytes")]
    [InlineData("max-batch = 0", "max-batch")]
    [InlineData("marker-interval = 0s", "marker-interval")]
    public async Task Refuses_a_wrong_setting_by_name(string setting, string key)
    {
        var refusal = await Refusal(setting);
        Assert.Contains($"'{key}'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_another_nodes_folder()
    {
        var (own, other) = (Guid.NewGuid(), Guid.NewGuid());
        SegmentLog.Open(new SegmentLogOptions(_folder.Path) { Node = other, SegmentBytes = 8192 }, LinuxSystemCalls.Instance).Close(mark: true);
        var refusal = Assert.IsType<JournalForeign>(await Refusal($"node-id = \"{own}\""));
        Assert.Equal((own, other), (refusal.Expected, refusal.Found));
        Assert.Contains("another node", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_damaged_log_on_the_event_stream_and_to_every_request()
    {
        SegmentLog.Open(new SegmentLogOptions(_folder.Path) { SegmentBytes = 8192 }, LinuxSystemCalls.Instance).Close(mark: true);
        var segment = new LogFiles(_folder.Path).Segment(1);
        File.WriteAllText(segment, "not a segment");
        Assert.Equal(segment, Assert.IsType<JournalDamaged>(await Refusal("")).File);
    }

    [Fact]
    public async Task Refuses_a_folder_that_another_actor_system_has_open()
    {
        var log = SegmentLog.Open(new SegmentLogOptions(_folder.Path) { SegmentBytes = 8192 }, LinuxSystemCalls.Instance);
        Assert.Contains("open in another process", (await Refusal("")).Message, StringComparison.Ordinal);
        log.Close(mark: true);
    }

    /// <summary>Starts the plugin, and returns why it refuses, as told both on the event stream and in an answer.</summary>
    private async Task<JournalTrouble> Refusal(string settings)
    {
        using var system = ActorSystem.Create("refused", JournalSystem.Setup(_folder.Path, $"{SegmentJournal.Identifier} {{ {settings} }}", null));
        var published = new TaskCompletionSource<JournalTrouble>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Listener(published))), typeof(JournalTrouble));

        var answer = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asker = system.ActorOf(Props.Create(() => new Asker(answer)));
        Persistence.Instance.Apply(system).JournalFor(null).Tell(new ReplayMessages(1, 9, 9, "x", asker));

        var cause = Assert.IsType<JournalException>(Assert.IsType<ReplayMessagesFailure>(await answer.Task.WaitAsync(TimeSpan.FromSeconds(30))).Cause);
        Assert.Same(cause.Trouble, await published.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        await system.Terminate();
        return cause.Trouble;
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(TaskCompletionSource<JournalTrouble> heard) => Receive<JournalTrouble>(trouble => heard.TrySetResult(trouble));
    }

    private sealed class Asker : ReceiveActor
    {
        public Asker(TaskCompletionSource<object> heard) => ReceiveAny(message => heard.TrySetResult(message));
    }
}
