using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;

namespace ActorReplication.Journal.Plugin;

/// <summary>What the read journal's streams and the journal actor of the same actor system say to each other.</summary>
internal static class SegmentQueryProtocol
{
    /// <summary>Sent by a stream.</summary>
    public interface IQuery : INoSerializationVerificationNeeded;

    /// <summary>Asks for durable events, answered by <see cref="EventsRead"/>; at least one when there is one, however large.</summary>
    public sealed record ReadEvents(string PersistenceId, long From, long To, long MaxEvents, long MaxBytes) : IQuery;

    /// <summary>Asks to be told by <see cref="EventsStored"/> of each later write.</summary>
    public sealed record Watch(string PersistenceId) : IQuery;

    /// <summary>Ends a <see cref="Watch"/>.</summary>
    public sealed record Unwatch(string PersistenceId) : IQuery;

    /// <summary>Asks for the persistence IDs that have ever stored an event, answered by <see cref="PersistenceIds"/>.</summary>
    public sealed record ListPersistenceIds : IQuery
    {
        public static ListPersistenceIds Instance { get; } = new();
    }

    /// <param name="Events">In order, adapted.</param>
    /// <param name="Next">Sequence number to ask for next.</param>
    /// <param name="Highest">Highest sequence number durable when this was read.</param>
    public sealed record EventsRead(ImmutableArray<IPersistentRepresentation> Events, long Next, long Highest) : INoSerializationVerificationNeeded;

    public sealed record EventsStored : INoSerializationVerificationNeeded
    {
        public static EventsStored Instance { get; } = new();
    }

    public sealed record PersistenceIds(ImmutableArray<string> Ids) : INoSerializationVerificationNeeded;

    public sealed record QueryFailed(Exception Cause) : INoSerializationVerificationNeeded;
}
