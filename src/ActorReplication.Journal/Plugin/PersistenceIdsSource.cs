using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorReplication.Journal.Plugin;

/// <summary>Asks the journal actor once for its persistence IDs and streams them.</summary>
internal sealed class PersistenceIdsSource(IActorRef journal) : GraphStage<SourceShape<string>>
{
    private readonly Outlet<string> _out = new("SegmentPersistenceIds.out");

    public override SourceShape<string> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, journal);

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly PersistenceIdsSource _stage;
        private readonly IActorRef _journal;
        private bool _asked;

        public Logic(PersistenceIdsSource stage, IActorRef journal)
            : base(stage.Shape)
        {
            (_stage, _journal) = (stage, journal);
            SetHandler(stage._out, this);
        }

        public override void PreStart() => GetStageActor(Receive).Watch(_journal);

        public override void OnPull()
        {
            if (_asked)
                return;
            _asked = true;
            _journal.Tell(SegmentQueryProtocol.ListPersistenceIds.Instance, StageActor.Ref);
        }

        private void Receive((IActorRef Sender, object Message) received)
        {
            switch (received.Message)
            {
                case SegmentQueryProtocol.PersistenceIds(var ids):
                    EmitMultiple(_stage._out, ids, Complete);
                    break;
                case SegmentQueryProtocol.QueryFailed failed:
                    FailStage(failed.Cause);
                    break;
                case Terminated:
                    FailStage(new InvalidOperationException("the journal has stopped"));
                    break;
            }
        }

        private void Complete() => CompleteStage();
    }
}
