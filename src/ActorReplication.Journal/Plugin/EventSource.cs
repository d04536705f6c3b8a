using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Query;
using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorReplication.Journal.Plugin;

/// <summary>What a stream reads. A live one waits for events that do not exist yet.</summary>
internal sealed record EventRange(string PersistenceId, long From, long To, bool IsLive);

/// <summary>
/// Streams events from the journal actor. It asks for the next part when the last one is used up, so it holds one part at most; a
/// live stream that has everything waits to be told of a write.
/// </summary>
internal sealed class EventSource(IActorRef journal, EventRange range, long maxEvents, long maxBytes) : GraphStage<SourceShape<EventEnvelope>>
{
    private readonly Outlet<EventEnvelope> _out = new("SegmentEvents.out");

    public override SourceShape<EventEnvelope> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, journal, range, maxEvents, maxBytes);

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly EventSource _stage;
        private readonly IActorRef _journal;
        private readonly EventRange _range;
        private readonly long _maxEvents;
        private readonly long _maxBytes;
        private readonly Queue<IPersistentRepresentation> _buffer = new();
        private IActorRef _self = ActorRefs.Nobody;
        private long _next;
        private long _to;
        private bool _isReading;
        private bool _isWaiting;
        private bool _boundIsKnown;

        public Logic(EventSource stage, IActorRef journal, EventRange range, long maxEvents, long maxBytes)
            : base(stage.Shape)
        {
            (_stage, _journal, _range, _maxEvents, _maxBytes) = (stage, journal, range, maxEvents, maxBytes);
            (_next, _to) = (range.From, range.To);
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            _self = GetStageActor(Receive).Ref;
            StageActor.Watch(_journal);
            if (_range.IsLive)
                _journal.Tell(new SegmentQueryProtocol.Watch(_range.PersistenceId), _self);
        }

        public override void OnPull() => Advance();

        public override void PostStop()
        {
            if (_range.IsLive)
                _journal.Tell(new SegmentQueryProtocol.Unwatch(_range.PersistenceId), _self);
        }

        private void Receive((IActorRef Sender, object Message) received)
        {
            switch (received.Message)
            {
                case SegmentQueryProtocol.EventsRead read:
                    Take(read);
                    break;
                case SegmentQueryProtocol.EventsStored:
                    _isWaiting = false;
                    break;
                case SegmentQueryProtocol.QueryFailed failed:
                    FailStage(failed.Cause);
                    return;
                case Terminated:
                    FailStage(new InvalidOperationException($"the journal that '{_range.PersistenceId}' is read from has stopped"));
                    return;
            }

            Advance();
        }

        private void Take(SegmentQueryProtocol.EventsRead read)
        {
            _isReading = false;
            foreach (var @event in read.Events)
                _buffer.Enqueue(@event);

            // Told of a write while this part was being read: it may be missing from it, so _isWaiting was reset and it is read again.
            _next = Math.Max(_next, read.Next);
            if (_next <= read.Highest)
                _isWaiting = false;
            if (!_range.IsLive && !_boundIsKnown)
                (_to, _boundIsKnown) = (Math.Min(_to, read.Highest), true);
        }

        private void Advance()
        {
            if (!IsAvailable(_stage._out) && _buffer.Count > 0)
                return;
            if (_buffer.TryDequeue(out var @event))
                Push(_stage._out, Envelope(@event));
            if (_buffer.Count > 0)
                return;
            if (_next > _to)
                CompleteStage();
            else if (IsAvailable(_stage._out) && !_isReading && !_isWaiting)
                Read();
        }

        private void Read()
        {
            _isReading = true;
            _isWaiting = _range.IsLive;
            _journal.Tell(new SegmentQueryProtocol.ReadEvents(_range.PersistenceId, _next, _to, _maxEvents, _maxBytes), _self);
        }

        private EventEnvelope Envelope(IPersistentRepresentation @event) =>
            new(new Sequence(@event.SequenceNr), @event.PersistenceId, @event.SequenceNr, @event.Payload, @event.Timestamp, []);
    }
}
