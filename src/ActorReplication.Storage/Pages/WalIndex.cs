using System.Runtime.CompilerServices;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage.Pages;

/// <summary>SQLite's index of its write-ahead log, in memory that all connections share (sqlite.org/walformat.html): which frames are committed, and which holds
/// a page. Changed only with the log's write lock.</summary>
internal sealed unsafe class WalIndex(SqliteFile database, string path)
{
    private const int RegionBytes = 32 << 10;
    private const int RegionFrames = 4096, Slots = 2 * RegionFrames, HashMultiplier = 383;
    private const int HashAt = RegionFrames * sizeof(uint);
    private const int HeaderBytes = 136, FirstRegionFrames = RegionFrames - HeaderBytes / sizeof(uint);

    private const int WriteLock = 0, FirstReadLock = 3, ReadLocks = 5;
    private const uint UnusedMark = uint.MaxValue;

    private readonly List<nint> regions = [];

    /// <summary>Both copies of the header, when they are equal and whole.</summary>
    /// <returns>False: it is being written, or nobody has recovered the log since the process started.</returns>
    internal bool TryRead(out WalIndexHeader header)
    {
        var memory = Region(0);
        header = Unsafe.ReadUnaligned<WalIndexHeader>(memory);
        database.Barrier();
        var second = Unsafe.ReadUnaligned<WalIndexHeader>(memory + sizeof(WalIndexHeader));
        return header.Equals(second) && header.IsInitialized != 0 && header.Sum == header.SumOf();
    }

    /// <summary>From here on readers see what the header says.</summary>
    internal void Publish(ref WalIndexHeader header)
    {
        header.Sum = header.SumOf();
        var memory = Region(0);
        Unsafe.WriteUnaligned(memory + sizeof(WalIndexHeader), header);
        database.Barrier();
        Unsafe.WriteUnaligned(memory, header);
        database.Barrier();
    }

    internal bool TryLockForWriting() => database.TryLock(WriteLock, 1);

    internal void UnlockForWriting() => database.Unlock(WriteLock, 1);

    /// <summary>So many frames are in the database file already.</summary>
    internal uint Backfilled => Volatile.Read(ref *Info);

    /// <summary>Frames, marks of the readers behind them, and again frames.</summary>
    private uint* Info => (uint*)(Region(0) + 2 * sizeof(WalIndexHeader));

    /// <summary>If all frames are in the database file and nobody reads from the log, it may begin anew: as SQLite's writers do it.</summary>
    internal bool TryRestart(ref WalIndexHeader header)
    {
        if (header.Frames == 0 || Backfilled != header.Frames || !database.TryLock(FirstReadLock + 1, ReadLocks - 1))
            return false;
        header.Frames = 0;
        header.RenewSalts();
        Publish(ref header);
        var info = Info;
        Volatile.Write(ref info[0], 0);
        info[8] = 0; // What a checkpoint has attempted to move.
        info[2] = 0;
        for (var i = 2; i < ReadLocks; i++)
            info[1 + i] = UnusedMark;
        database.Unlock(FirstReadLock + 1, ReadLocks - 1);
        return true;
    }

    /// <summary>The last of the first <paramref name="frames"/> frames that holds the page; 0 = none does.</summary>
    internal uint Find(uint page, uint frames)
    {
        if (frames == 0)
            return 0;
        for (var region = RegionOf(frames); region >= 0; region--)
        {
            var (pages, hash, zero) = Table(region);
            uint found = 0;
            var slot = HashOf(page);
            for (var steps = 0; hash[slot] is var entry && entry != 0; slot = Next(slot))
            {
                if (++steps > Slots)
                    throw new StorageFailure($"{path}: the index of its log is damaged: a table without an empty place");
                if (entry + zero <= frames && pages[entry - 1] == page && entry + zero > found)
                    found = entry + zero;
            }
            if (found != 0)
                return found;
        }
        return 0;
    }

    /// <summary>Forgets what a transaction that was not committed has left behind the last frame.</summary>
    private void CleanBehind(uint frames)
    {
        var (pages, hash, zero) = Table(RegionOf(frames));
        var last = frames - zero;
        for (var slot = 0; slot < Slots; slot++)
        {
            if (hash[slot] > last)
                hash[slot] = 0;
        }
        new Span<byte>(pages + last, (int)((byte*)hash - (byte*)(pages + last))).Clear();
    }

    /// <summary>Enters a frame, the next after the last entered.</summary>
    internal void Append(uint frame, uint page)
    {
        var (pages, hash, zero) = Table(RegionOf(frame));
        var place = frame - zero;
        if (place == 1)
            new Span<byte>(pages, (int)((byte*)(hash + Slots) - (byte*)pages)).Clear();
        else if (pages[place - 1] != 0)
            CleanBehind(frame - 1);
        var slot = HashOf(page);
        for (var steps = 0; hash[slot] != 0; slot = Next(slot))
        {
            if (++steps > Slots)
                throw new StorageFailure($"{path}: the index of its log is damaged: a table without an empty place");
        }
        pages[place - 1] = page;
        Volatile.Write(ref hash[slot], (ushort)place);
    }

    private static int RegionOf(uint frame) => (int)((frame + RegionFrames - FirstRegionFrames - 1) / RegionFrames);

    private static int HashOf(uint page) => (int)(page * HashMultiplier & (Slots - 1));

    private static int Next(int slot) => slot + 1 & (Slots - 1);

    private RegionTable Table(int region)
    {
        var memory = Region(region);
        return region == 0
            ? new RegionTable((uint*)(memory + HeaderBytes), (ushort*)(memory + HashAt), 0)
            : new RegionTable((uint*)memory, (ushort*)(memory + HashAt), (uint)(FirstRegionFrames + (region - 1) * RegionFrames));
    }

    /// <summary>The page numbers of a region's frames, its hash table, and the number of the frame before its first.</summary>
    private readonly ref struct RegionTable(uint* pages, ushort* hash, uint zero)
    {
        private readonly uint* pages = pages;
        private readonly ushort* hash = hash;

        internal void Deconstruct(out uint* numbers, out ushort* table, out uint before)
        {
            numbers = pages;
            table = hash;
            before = zero;
        }
    }

    private byte* Region(int number)
    {
        while (regions.Count <= number)
        {
            byte* memory;
            var code = database.Map(regions.Count, RegionBytes, &memory);
            if (code != SqliteCode.Ok || memory is null)
                throw new StorageFailure($"{path}-shm: cannot be mapped (SQLite code {code})");
            regions.Add((nint)memory);
        }
        return (byte*)regions[number];
    }
}
