using System.Buffers.Binary;
using System.Security.Cryptography;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Storage;

namespace ActorReplication.Cluster.Archive;

/// <summary>Writes one segment file: under a temporary name until all of it is durable.</summary>
internal sealed class ArchiveWriter : IDisposable
{
    private const string TemporaryEnding = ".tmp";

    private readonly string _folder;
    private readonly ClusterId _cluster;
    private readonly NodeId _node;
    private readonly LogPosition _before;
    private readonly string _temporary;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<LogPosition> _terms = [];
    private uint _chain;
    private long _firstMs;
    private long _lastMs;

    /// <param name="folder">The cluster's own in the archive; is made.</param>
    /// <param name="before">What the first entry will follow on.</param>
    public ArchiveWriter(string folder, ClusterId cluster, NodeId node, LogPosition before)
    {
        (_folder, _cluster, _node, _before, Last) = (folder, cluster, node, before, before);
        Directory.CreateDirectory(folder);
        RemoveUnfinished(folder, node);
        _temporary = Path.Combine(folder, $"{before.Index.Next.Value:D20}-{node}{TemporaryEnding}");
        _file = new FileStream(_temporary, FileMode.Create, FileAccess.Write, FileShare.None, 64 << 10);
        Write(ArchiveFormat.Magic);
        Write([ArchiveFormat.Version]);
    }

    public LogPosition Last { get; private set; }

    public long Bytes => _file.Position;

    /// <summary>Entries that follow on the last ones, as one block.</summary>
    public void Append(IReadOnlyList<LogEntry> entries)
    {
        if (entries.Count == 0) return;
        if (entries[0].Index != Last.Index.Next) throw new ArgumentException($"Entry {entries[0].Position} does not follow on {Last}.", nameof(entries));
        var counter = WireWriter.Counting();
        EntryCodec.Write(ref counter, Last, entries);
        var content = new byte[counter.Written];
        var writer = WireWriter.Into(content);
        EntryCodec.Write(ref writer, Last, entries);
        _chain = ArchiveFormat.Chain(_chain, content);
        WriteNumbers((uint)content.Length, _chain);
        Write(content);
        foreach (var entry in entries) Note(entry);
    }

    /// <summary>Makes the file durable and gives it its name.</summary>
    public ArchiveSegment Finish()
    {
        if (Last == _before) throw new InvalidOperationException("a segment without entries is not written");
        WriteNumbers(0, _chain);
        var path = Path.Combine(_folder, $"{_before.Index.Next.Value:D20}-{Last.Index.Value:D20}-{Last.Term.Value:D10}-{_node}{ArchiveSegment.Ending}");
        var segment = new ArchiveSegment(path, _cluster, _node, _before, Last, _terms, _firstMs, _lastMs, 0);
        var footer = ArchiveFormat.EncodeFooter(segment);
        Write(footer);
        WriteNumbers(Crc32C.Of(footer), (uint)footer.Length);
        _file.Write(_hash.GetHashAndReset());
        var bytes = _file.Position;
        _file.Dispose();
        DurableFile.Sync(_temporary);
        File.Move(_temporary, path, overwrite: true);
        DurableFile.Sync(_folder);
        return segment with { Bytes = bytes };
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
        File.Delete(_temporary);
    }

    /// <summary>What this node was writing when it stopped; it writes one at a time.</summary>
    private static void RemoveUnfinished(string folder, NodeId node)
    {
        foreach (var old in Directory.EnumerateFiles(folder, $"*-{node}{TemporaryEnding}")) File.Delete(old);
    }

    private void Note(LogEntry entry)
    {
        if (_terms.Count == 0 || _terms[^1].Term != entry.Term) _terms.Add(entry.Position);
        if (entry.TimeMs != 0)
        {
            if (_firstMs == 0) _firstMs = entry.TimeMs;
            _lastMs = entry.TimeMs;
        }
        Last = entry.Position;
    }

    private void WriteNumbers(uint first, uint second)
    {
        Span<byte> both = stackalloc byte[2 * sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(both, first);
        BinaryPrimitives.WriteUInt32LittleEndian(both[sizeof(uint)..], second);
        Write(both);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _hash.AppendData(bytes);
    }
}
