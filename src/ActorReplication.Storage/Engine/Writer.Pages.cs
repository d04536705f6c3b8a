using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Pages;

namespace ActorReplication.Storage.Engine;

/// <summary>Entries of pages. As long as they alone write the file, its bytes are those of every other node at the same entry; so positions that change no data (barriers,
/// configurations) stay in memory, and come to the file with the next entry's pages.</summary>
internal sealed partial class Writer
{
    private readonly DatabaseOptions options;
    private PageStore? store;
    private PageCapture? pageCapture;
    private PageApply? pageApply;
    private PageLineage lineage;
    private object lineageId = Guid.Empty;
    private bool pagesChangedSchema;

    /// <summary>A configuration that is applied and not in the file yet.</summary>
    private ReadOnlyMemory<byte>? configToStore;

    /// <summary>The payload looked at last: <see cref="Takes"/> and <see cref="Apply"/> ask for the same.</summary>
    private (ReadOnlyMemory<byte> Payload, PagePayload? Entry) decoded;

    public Guid Lineage => (Guid)Volatile.Read(ref lineageId);

    private PageStore Store => store ??= new PageStore(options);

    private void SetLineage(PageLineage now)
    {
        if (now.Id != lineage.Id)
            Volatile.Write(ref lineageId, now.Id);
        lineage = now;
    }

    public void EndLineage()
    {
        Require(Batch.None);
        SetLineage(default);
    }

    public bool CommitPages(long term, long index, bool withRows, Func<ReadOnlyMemory<byte>, bool> decide)
    {
        Require(Batch.Leading);
        if (leader.IsTransactionOpen)
            throw new InvalidOperationException("a client transaction is still open");
        var before = lineage;
        var after = new PageLineage(before.IsNone ? Guid.NewGuid() : before.Id, term, index);
        leader.BeginPosition();
        leaderState.Write(after);
        if ((newConfig ?? configToStore) is { } config)
            leaderState.WriteConfig(config);
        var isTooLarge = false;
        if (!leader.TryCommitPages((frame, page, databasePages) =>
        {
            var payload = TryMakeEntry(after, before, withRows, frame, page, databasePages);
            isTooLarge = payload is null;
            return payload is not null && decide(payload);
        }))
            return isTooLarge ? throw new EntryTooLargeException() : false;
        followerIsStale |= leader.ChangedSchema;
        configToStore = null;
        SetLineage(after);
        EndBatch(term, index, leader.ChangedSchema);
        return true;
    }

    /// <returns>Null: it is too large. An exception would end the node, and the next leader with the same transaction.</returns>
    private byte[]? TryMakeEntry(PageLineage after, PageLineage before, bool withRows, uint frame, uint page, uint databasePages)
    {
        pageCapture ??= new PageCapture(Store, options.MaxEntryBytes);
        try
        {
            pageCapture.Take(frame, page);
            return new PagePayload(after, before, Store.PageBytes, databasePages, pageCapture.Pages, withRows ? leader.BatchPayloads : []).Encode(pageCapture.Body, options.MaxEntryBytes);
        }
        catch (Exception e) when (e is PayloadTooLargeException or OutOfMemoryException)
        {
            return null;
        }
        finally
        {
            pageCapture.Release();
        }
    }

    private Batch WayOfPages(ReadOnlyMemory<byte> payload) =>
        Decode(payload).Before == lineage && !lineage.IsNone && batch is not (Batch.Following or Batch.Repeating) ? Batch.Paging : Batch.Following;

    private ApplyOutcome ApplyPages(ReadOnlyMemory<byte> payload)
    {
        var entry = Decode(payload);
        if (WayOfPages(payload) == Batch.Paging)
        {
            if (batch != Batch.Paging)
                Require(Batch.Open);
            batch = Batch.Paging;
            return WritePages(entry);
        }
        if (entry.Rows.Count == 0)
        {
            return new ApplyOutcome(0, null)
            {
                CloneBecause = $"an entry of pages is for the file of {Name(entry.Before)}, and this one is {Name(lineage)}",
            };
        }
        Follow();
        long rows = 0;
        string? divergence = null;
        foreach (var part in entry.Rows)
        {
            var outcome = follower.Apply(part);
            rows += outcome.Rows;
            divergence ??= outcome.Divergence;
        }
        return new ApplyOutcome(rows, divergence) { AwaitsPages = true };
    }

    private ApplyOutcome WritePages(PagePayload entry)
    {
        pageApply ??= new PageApply(Store);
        if (pageApply.Write(entry) is { } difference)
            return new ApplyOutcome(0, null) { CloneBecause = difference };
        SetLineage(entry.After);
        configToStore = null;
        pagesChangedSchema |= pageApply.ChangedSchema;
        return new ApplyOutcome(entry.Pages, null);
    }

    /// <summary>The data is in the file with its own position; only this node needs to know of what comes after.</summary>
    private void CommitInMemory(long term, long index)
    {
        configToStore = newConfig ?? configToStore;
        var changedSchema = pagesChangedSchema;
        pagesChangedSchema = false;
        leaderIsStale |= changedSchema;
        followerIsStale |= changedSchema;
        EndBatch(term, index, changedSchema);
    }

    private PagePayload Decode(ReadOnlyMemory<byte> payload)
    {
        if (decoded.Entry is null || !decoded.Payload.Equals(payload))
            decoded = (payload, PagePayload.Decode(payload));
        return decoded.Entry!;
    }

    private static string Name(PageLineage lineage) => lineage.IsNone ? "of no lineage" : $"lineage {lineage.Id:N} at {lineage.Term}/{lineage.Index}";
}
