using System.Buffers.Binary;
using ActorReplication.Storage.Apply;

namespace ActorReplication.Storage.Pages;

/// <summary>Writes an entry's pages into this node's database, whose bytes are those that the entry was made on.</summary>
internal sealed class PageApply(PageStore store)
{
    /// <summary>Where page 1 holds the number of the schema.</summary>
    private const int SchemaAt = 40;

    private readonly byte[] image = new byte[store.PageBytes];

    /// <summary>The last entry changed the schema.</summary>
    internal bool ChangedSchema { get; private set; }

    /// <returns>What is not as it should be, and then nothing was changed; null when the pages are committed.</returns>
    internal string? Write(PagePayload entry)
    {
        if (entry.PageBytes != store.PageBytes)
            return $"pages of {entry.PageBytes} bytes, and here they have {store.PageBytes}";
        ChangedSchema = false;
        var state = store.Begin();
        var isCommitted = false;
        try
        {
            var body = new PayloadReader(entry.Body.Span);
            uint page = 0;
            for (var left = entry.Pages; left > 0; left--)
            {
                page = PageImages.ReadNumber(ref body, page);
                // One behind the end that the database then has is no damage: SQLite had written it before a statement was taken back.
                if (page <= state.DatabasePages)
                    store.Read(state, page, image);
                else
                    image.AsSpan().Clear();
                var schema = Schema(page);
                if (!PageImages.Read(ref body, image))
                    return $"page {page} comes out with another checksum: it was not the same before";
                ChangedSchema |= schema != Schema(page);
                store.Add(page, image, left == 1 ? entry.DatabasePages : 0);
            }
            if (!body.AtEnd)
                throw body.Bad("the end");
            isCommitted = true;
            store.Commit(entry.DatabasePages);
            return null;
        }
        finally
        {
            if (!isCommitted)
                store.Abandon();
        }
    }

    private int Schema(uint page) => page == 1 ? BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(SchemaAt)) : 0;
}
