using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage.Engine;

/// <summary>The definition of a table is not changed under an open transaction that wrote it: that one's rows, noted under the old definition, would be made again under the new. Who writes a table beside others shares
/// it until its end, who changes its definition has to have it alone. A client transaction that writes rows need not ask: it is over before another one changes anything.</summary>
internal sealed unsafe partial class LeaderSession
{
    /// <summary>What the client transaction was to change while others had written it.</summary>
    private ulong? tableTaken;

    /// <summary>Stands for the table itself among the locks.</summary>
    private static ulong LockOf(TableShape shape) => RowDigest.Hash("table"u8, shape.NameHash);

    private ulong? WhichTableIsTaken(StatementFacts facts, IRowLocks held)
    {
        foreach (var (table, _) in facts.Writes)
            if (catalog.Find(table) is { IsLocal: false } shape && LockOf(shape) is var key && held.IsTaken(key, RowLockMode.Share))
                return key;
        return null;
    }

    /// <returns>Null: it can be changed. Else <see cref="Taken"/> tells what to wait for.</returns>
    private SqlOutcome? WaitForWriters(string table)
    {
        if (locks is null || catalog.Find(table) is not { } shape || !locks.IsTaken(LockOf(shape), RowLockMode.Write))
            return null;
        tableTaken ??= LockOf(shape);
        return new SqlOutcome(new SqlFailure(SqliteCode.Busy, $"open transactions have written table {shape.Name}"), 0, 0, false);
    }
}
