using System.Collections.Immutable;
using ActorReplication.Journal.Segments;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace ActorReplication.Journal.Plugin;

/// <summary>
/// Akka.Persistence journal on segment files. Started by Akka from HOCON (<see cref="DefaultConfig"/>). It encodes requests and
/// hands them to the journal's own thread; that one writes, syncs and answers. When it cannot go on (a damaged or foreign folder,
/// any sync error) it publishes a <see cref="JournalTrouble"/> on the event stream and answers every request with a
/// <see cref="JournalException"/>. A full disk fails the request with <see cref="JournalFullException"/> and nothing else.
/// Akka's replay filter and circuit breaker are not used: the chain proves order, and a sequence number below the highest is refused.
/// </summary>
public sealed class SegmentJournal : WriteJournalBase
{
    /// <summary>The plugin's ID: its path in HOCON.</summary>
    public const string Identifier = "akka.persistence.journal.segments";

    private readonly EventCodec _codec;
    private readonly JournalReads _reads;
    private readonly JournalThread _thread;

    /// <summary>Called by Akka with the plugin's section.</summary>
    public SegmentJournal(Config config)
    {
        var system = (ExtendedActorSystem)Context.System;
        var section = config.WithFallback(DefaultConfig().GetConfig(Identifier));
        var calls = system.Settings.Setup.Get<SystemCallsSetup>() is { HasValue: true, Value: var setup } ? setup.Calls : LinuxSystemCalls.Instance;
        var publishes = Akka.Persistence.Persistence.Instance.Apply(system).Settings.Internal.PublishPluginCommands;

        _codec = new EventCodec(system, TimeProvider.System);
        _reads = new JournalReads(_codec, AdaptFromJournal, Self, publishes ? system.EventStream : null);
        _thread = new JournalThread(() => SegmentJournalSettings.Open(section, calls), _reads, system, Context.GetLogger(), publishes);
    }

    /// <summary>Every setting with its default and consequence.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.FromResource<SegmentJournal>("ActorReplication.Journal.Plugin.reference.conf");

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case WriteMessages request:
                _thread.Post(new JournalCommand.Write(Prepare(request)));
                return true;
            case ReplayMessages request:
                _thread.Post(new JournalCommand.Replay(request));
                return true;
            case DeleteMessagesTo request:
                _thread.Post(new JournalCommand.Delete(request));
                return true;
            case SegmentQueryProtocol.IQuery request:
                _thread.Post(new JournalCommand.Query(request, Sender));
                return true;
            case ActorIdentity { MessageId: { } replay, Subject: not null }:
                _reads.Continue(replay);
                return true;
            case ActorIdentity:
                return true;
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        // The next actor system may open the same folder as soon as this one reports its termination.
        _thread.Stop();
        base.PostStop();
    }

    private JournalWrite Prepare(WriteMessages request)
    {
        var write = new JournalWrite(request, Self);
        Akka.Serialization.Serialization.WithTransport((ExtendedActorSystem)Context.System, () =>
        {
            foreach (var atomic in request.Messages.OfType<AtomicWrite>())
                Encode(write, atomic);
            return true;
        });
        return write;
    }

    private void Encode(JournalWrite write, AtomicWrite atomic)
    {
        var before = write.Drafts.Count;
        try
        {
            var events = (IImmutableList<IPersistentRepresentation>)atomic.Payload;
            for (var i = 0; i < events.Count; i++)
                _codec.Encode(write, AdaptToJournal(events[i]), moreFollows: i + 1 < events.Count);
        }
        catch (Exception e)
        {
            // Serializers and event adapters throw what they like; the protocol's answer is a rejection of this atomic write.
            write.Rewind(before);
            write.Reject(atomic, e);
        }
    }
}
