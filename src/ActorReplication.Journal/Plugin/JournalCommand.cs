using Akka.Actor;
using Akka.Persistence;

namespace ActorReplication.Journal.Plugin;

/// <summary>What the journal's thread does, in the order received, so that a read or deletion comes after the writes before it.</summary>
internal abstract record JournalCommand
{
    private JournalCommand()
    {
    }

    internal sealed record Write(JournalWrite Prepared) : JournalCommand;

    internal sealed record Replay(ReplayMessages Request) : JournalCommand;

    internal sealed record Delete(DeleteMessagesTo Request) : JournalCommand;

    internal sealed record Query(SegmentQueryProtocol.IQuery Request, IActorRef ReplyTo) : JournalCommand;

    internal sealed record Stop : JournalCommand
    {
        public static Stop Instance { get; } = new();
    }
}
