using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Tests.Support;

/// <summary>Cancels by itself when it was asked a number of times: no clock, no second thread.</summary>
internal sealed class Stop(int askedTimes = 0) : ICancelHandle
{
    private int asked;
    private bool cancelled;

    public bool IsCancelled => cancelled || askedTimes > 0 && ++asked > askedTimes;

    public void Cancel() => cancelled = true;
}
