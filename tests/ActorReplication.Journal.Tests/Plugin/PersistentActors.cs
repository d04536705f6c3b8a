using ActorReplication.Journal.Tests.Conformance;
using Akka.Actor;
using Akka.Persistence;
using Xunit;

namespace ActorReplication.Journal.Tests.Plugin;

/// <summary>Real persistent actors on the journal, over restarts of the actor system.</summary>
public sealed class PersistentActors : JournalSystem
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public PersistentActors()
        : base("akka.persistence.journal.segments.segment-bytes = 64 KiB")
    {
    }

    [Fact]
    public async Task Recover_in_a_new_actor_system_what_they_persisted()
    {
        var actor = Sys.ActorOf(Keeper.Props("k"));
        for (var i = 1; i <= 200; i++)
            await actor.Ask<string>($"event {i} {new string('x', 1000)}", Patience);
        await actor.Ask<string>(new Keeper.PersistTogether(["a", "b", "c"]), Patience);
        await Sys.Terminate();

        using var second = ActorSystem.Create("second", Setup(Folder, "akka.persistence.journal.segments.segment-bytes = 64 KiB", null));
        var recovered = await second.ActorOf(Keeper.Props("k")).Ask<Keeper.State>("state", Patience);
        Assert.Equal(203, recovered.Events.Count);
        Assert.StartsWith("event 200 ", recovered.Events[199], StringComparison.Ordinal);
        Assert.Equal(["a", "b", "c"], recovered.Events.Skip(200));
        await second.Terminate();
    }

    [Fact]
    public async Task Continue_after_their_own_restart_and_after_deletion()
    {
        var actor = Sys.ActorOf(Keeper.Props("k"));
        for (var i = 1; i <= 10; i++)
            await actor.Ask<string>($"{i}", Patience);
        Assert.Equal("deleted 8", await actor.Ask<string>(new Keeper.DeleteTo(8), Patience));
        await actor.GracefulStop(Patience);

        actor = Sys.ActorOf(Keeper.Props("k"));
        Assert.Equal(["9", "10"], (await actor.Ask<Keeper.State>("state", Patience)).Events);
        await actor.Ask<string>("11", Patience);
        Assert.Equal(11, (await actor.Ask<Keeper.State>("state", Patience)).LastSequenceNr);
    }

    [Fact]
    public async Task Write_side_by_side()
    {
        var ids = Enumerable.Range(1, 20).Select(i => $"k{i}").ToList();
        var actors = ids.ConvertAll(id => Sys.ActorOf(Keeper.Props(id)));
        await Task.WhenAll(Enumerable.Range(1, 50).SelectMany(i => actors.Select(actor => actor.Ask<string>($"{i} {new string('y', 300)}", Patience))));
        await Task.WhenAll(actors.Select(actor => actor.GracefulStop(Patience)));

        foreach (var id in ids)
        {
            var state = await Sys.ActorOf(Keeper.Props(id)).Ask<Keeper.State>("state", Patience);
            Assert.Equal(Enumerable.Range(1, 50).Select(i => $"{i} {new string('y', 300)}"), state.Events);
        }
    }

    [Fact]
    public async Task Recover_more_than_one_step_of_a_replay()
    {
        var actor = Sys.ActorOf(Keeper.Props("large"));
        for (var i = 1; i <= 12; i++)
            await actor.Ask<string>($"{i} {new string('z', 1 << 20)}", Patience);
        await actor.GracefulStop(Patience);

        var state = await Sys.ActorOf(Keeper.Props("large")).Ask<Keeper.State>("state", Patience);
        Assert.Equal(Enumerable.Range(1, 12), state.Events.Select(e => int.Parse(e.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>Keeps what it is told, durably.</summary>
    private sealed class Keeper : ReceivePersistentActor
    {
        private readonly List<string> _events = [];
        private IActorRef _asker = ActorRefs.Nobody;

        public Keeper(string id)
        {
            PersistenceId = id;
            Recover<string>(_events.Add);
            Command<string>(text => text == "state", _ => Sender.Tell(new State([.. _events], LastSequenceNr)));
            Command<string>(text => Persist(text, Kept));
            Command<PersistTogether>(together => PersistAll(together.Events, Kept));
            Command<DeleteTo>(delete =>
            {
                _asker = Sender;
                DeleteMessages(delete.SequenceNr);
            });
            Command<DeleteMessagesSuccess>(success => _asker.Tell($"deleted {success.ToSequenceNr}"));
        }

        public override string PersistenceId { get; }

        public static Props Props(string id) => Akka.Actor.Props.Create(() => new Keeper(id));

        private void Kept(string text)
        {
            _events.Add(text);
            Sender.Tell(text);
        }

        internal sealed record State(List<string> Events, long LastSequenceNr);

        internal sealed record PersistTogether(List<string> Events);

        internal sealed record DeleteTo(long SequenceNr);
    }
}
