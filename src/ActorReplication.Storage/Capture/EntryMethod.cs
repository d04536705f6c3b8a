using ActorReplication.Storage.Apply;

namespace ActorReplication.Storage.Capture;

/// <summary>How an entry's payload holds what its transaction did, and why that way.</summary>
/// <param name="Name">row, statement, mixed (statements and rows in one entry), page, or unknown.</param>
/// <param name="Reasons">Why each part travels as it does, each reason once.</param>
/// <param name="At">When the transaction began, by the leader's clock; null if the payload does not say.</param>
public sealed record EntryMethod(string Name, IReadOnlyList<string> Reasons, DateTimeOffset? At)
{
    /// <exception cref="InvalidDataException">The bytes are no payload.</exception>
    public static EntryMethod Of(ReadOnlyMemory<byte> payload)
    {
        if (payload.IsEmpty || payload.Span[0] == PayloadFormat.RowsVersion1)
            return new EntryMethod("row", ["the replication method is row"], null);
        if (Pages.PagePayload.Is(payload.Span))
            return new EntryMethod("page", ["the replication method is page"], null);
        if (!BlockReader.IsBlocks(payload.Span))
            return new EntryMethod("unknown", [$"format {payload.Span[0]} is not known to this version"], null);
        var reasons = new List<string>();
        bool rows = false, statements = false;
        var blocks = new BlockReader();
        blocks.Open(payload);
        while (blocks.Next())
        {
            if (blocks.Reason != ShipReason.Token)
            {
                rows |= blocks.Statement is null;
                statements |= blocks.Statement is not null;
            }
            var reason = blocks.Statement is { } statement && statement.Has(PayloadFormat.Unsafe) ? $"let through although {blocks.Reason.Text()}" : blocks.Reason.Text();
            if (!reasons.Contains(reason))
                reasons.Add(reason);
        }
        return new EntryMethod(statements ? rows ? "mixed" : "statement" : "row", reasons, DateTimeOffset.UnixEpoch.AddTicks(blocks.Time * TimeSpan.TicksPerMicrosecond));
    }
}
