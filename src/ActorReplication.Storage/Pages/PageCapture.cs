using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Pages;

/// <summary>Makes the body of an entry of pages out of the frames of a transaction that is in the log and not committed yet.</summary>
internal sealed class PageCapture(PageStore store, int mostBytes)
{
    private const int FramesAtOnce = 64;

    private readonly PageDifference difference = new();
    private readonly PayloadBuffer body = new();
    private readonly List<(uint Page, uint Frame)> frames = [];
    private readonly byte[] chunk = new byte[FramesAtOnce * (store.PageBytes + WalFormat.FrameHeaderBytes)];
    private readonly byte[] before = new byte[store.PageBytes], after = new byte[store.PageBytes];

    /// <summary>Distinct pages in <see cref="Body"/>.</summary>
    internal int Pages { get; private set; }

    internal ReadOnlySpan<byte> Body => body.Written;

    /// <summary>The body is not needed any more.</summary>
    internal void Release() => body.Clear();

    /// <param name="last">The transaction's last frame; its header is not in the log yet.</param>
    /// <param name="lastPage">What that header says.</param>
    internal void Take(uint last, uint lastPage)
    {
        var committed = store.Committed();
        Collect(committed.Frames + 1, last, lastPage);
        body.Clear();
        Pages = 0;
        uint previous = 0;
        for (var i = 0; i < frames.Count; i++)
        {
            var (page, frame) = frames[i];
            // The later frame of the same page counts.
            if (i + 1 < frames.Count && frames[i + 1].Page == page)
                continue;
            store.ReadImage(frame, after);
            var isKnown = page <= committed.DatabasePages;
            if (isKnown)
            {
                store.Read(committed, page, before);
                if (!difference.Find(before, after))
                    continue;
            }
            PageImages.Write(body, page - previous, isKnown ? difference : null, after);
            if (body.Length > mostBytes)
                throw new PayloadTooLargeException(mostBytes);
            previous = page;
            Pages++;
        }
    }

    private void Collect(uint first, uint last, uint lastPage)
    {
        frames.Clear();
        var frameBytes = store.PageBytes + WalFormat.FrameHeaderBytes;
        for (var at = first; at < last; at += FramesAtOnce)
        {
            var count = (int)Math.Min(FramesAtOnce, last - at);
            var read = chunk.AsSpan(0, count * frameBytes);
            store.ReadFrames(at, read);
            for (var i = 0; i < count; i++)
                frames.Add((WalFormat.PageOf(read[(i * frameBytes)..]), at + (uint)i));
        }
        frames.Add((lastPage, last));
        frames.Sort();
    }
}
