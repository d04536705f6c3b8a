namespace ActorReplication.Storage.Capture;

internal enum Safety : byte
{
    /// <summary>The same effect on every node that holds the same rows.</summary>
    Safe,

    /// <summary>Safe if it turns out to affect one row at most, and to draw one random number at most.</summary>
    OneRow,

    Unsafe,

    /// <summary>Cannot be repeated at all, whatever the settings say.</summary>
    Never,
}

/// <summary>Whether a statement may travel as such, and if not, why.</summary>
internal readonly record struct Verdict(Safety Safety, ShipReason Reason)
{
    internal static Verdict Safe => new(Safety.Safe, ShipReason.Method);
    internal static Verdict OneRow { get; } = new(Safety.OneRow, ShipReason.RowOrder);
    internal static Verdict Unsafe(ShipReason reason) => new(Safety.Unsafe, reason);
    internal static Verdict Never(ShipReason reason) => new(Safety.Never, reason);
}
