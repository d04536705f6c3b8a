namespace ActorReplication.Node.Callbacks;

/// <summary>Who is told that this node has started, changed its role, or stops.</summary>
/// <param name="Program">Run with three arguments, as Patroni's callbacks are: what happened, the role now, the cluster's name; null: none.</param>
/// <param name="Webhook">Is sent a JSON object by POST; null: none.</param>
/// <param name="TimeoutMs">How long each may take; then the program is ended, the request given up.</param>
internal sealed record CallbackSettings(string? Program, Uri? Webhook, int TimeoutMs);
