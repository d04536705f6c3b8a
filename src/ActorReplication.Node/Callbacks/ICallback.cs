namespace ActorReplication.Node.Callbacks;

/// <summary>Somebody who is told of roles.</summary>
internal interface ICallback
{
    /// <summary>For the log.</summary>
    string Name { get; }

    /// <summary>Completes when it has been taken; throws when it was not, for whatever reason.</summary>
    Task CallAsync(RoleEvent what, CancellationToken cancellation);
}
