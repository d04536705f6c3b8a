using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Engine;

/// <summary>What the authorizer saw of a statement, in more detail than running it needs: for judging whether it has the same effect everywhere.</summary>
internal sealed class StatementDetail
{
    /// <summary>Functions that the statement, its triggers and its views call. What defaults and generated columns call is not among them.</summary>
    internal HashSet<string> Functions { get; } = new(StringComparer.OrdinalIgnoreCase);

    internal HashSet<string> TablesRead { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Triggers and views that are part of it.</summary>
    internal HashSet<string> Objects { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Columns that the statement itself, not a trigger of it, updates.</summary>
    internal HashSet<(string Table, string Column)> Updated { get; } = [];

    /// <summary>Judged at the first execution.</summary>
    internal Verdict? Verdict { get; set; }

    internal bool ReadsLastRowid { get; set; }
    internal bool ReadsChanges { get; set; }
}
