namespace ActorReplication.Storage.Capture;

/// <summary>What making a table's row changes again, and locking its rows, depends on.</summary>
/// <param name="HasTriggers">They would run once more.</param>
/// <param name="IsReferenced">A foreign key of some table points here: deleting a row may do more than that.</param>
/// <param name="ReferencesItself">Its own foreign key points to it: of several rows changed at once, one may need another.</param>
/// <param name="UniqueKeys">Columns of each unique index that is made of whole columns and holds all rows.</param>
/// <param name="Queries">Of each other unique index.</param>
internal sealed record TableTraits(bool HasTriggers, bool IsReferenced, bool ReferencesItself, int[][] UniqueKeys, IndexQuery[] Queries);
