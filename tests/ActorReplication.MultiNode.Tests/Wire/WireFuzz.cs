using System.Buffers.Binary;
using System.Numerics;
using ActorReplication.Cluster.Archive;
using ActorReplication.Cluster.Backups;
using ActorReplication.Cluster.Transport;
using ActorReplication.Cluster.Wire;
using ActorReplication.MultiNode.Tests.Archive;
using ActorReplication.MultiNode.Tests.Backups;
using ActorReplication.Tests;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Wire;

/// <summary>Everything that comes from another node or another program's file, with any change: taken for what it says, or refused by the one exception that says so.</summary>
public sealed class WireFuzz(ITestOutputHelper output)
{
    [Fact]
    public void Any_log_message_is_decoded_or_refused() => Fuzzing.Run(output.WriteLine, random =>
    {
        var encoding = Encodings.All[random.Next(Encodings.All.Count)];
        var bytes = Fuzzing.Mutate(random, encoding.Bytes);
        LogCodecBadBytes.Reseal(bytes);
        Refused<WireFormatException>(() => encoding.Decode(bytes));
    });

    [Fact]
    public void Any_control_message_is_decoded_or_refused()
    {
        using var system = WireSystem.Start("fuzz");
        var serializer = new ControlSerializer(system);
        var messages = Samples.Controls.Select(serializer.ToBinary).ToArray();
        Fuzzing.Run(output.WriteLine, random => Refused<WireFormatException>(() => serializer.FromBinary(Fuzzing.Mutate(random, messages[random.Next(messages.Length)]), "1")));
    }

    [Fact]
    public void Any_stream_of_frames_is_cut_or_refused() => Fuzzing.Run(output.WriteLine, random =>
    {
        const int mostBytes = 10_000;
        var stream = new List<byte>();
        var length = new byte[FrameDecoder.HeaderBytes];
        for (var frames = random.Next(1, 20); frames > 0; frames--)
        {
            var frame = new byte[random.Next(random.Next(3) == 0 ? mostBytes : 100)];
            random.NextBytes(frame);
            BinaryPrimitives.WriteInt32LittleEndian(length, frame.Length);
            stream.AddRange(length);
            stream.AddRange(frame);
        }
        var bytes = Fuzzing.Mutate(random, stream.ToArray());
        var decoder = new FrameDecoder(mostBytes);
        var taken = 0;
        Refused<InvalidDataException>(() =>
        {
            for (var at = 0; at < bytes.Length;)
            {
                while (decoder.TryTake(out var frame)) taken += frame.Length + FrameDecoder.HeaderBytes;
                var count = Math.Min(Math.Min(random.Next(1, 5000), decoder.Free.Length), bytes.Length - at);
                Assert.NotEqual(0, count);
                bytes.AsMemory(at, count).CopyTo(decoder.Free);
                decoder.Added(count);
                at += count;
            }
            while (decoder.TryTake(out var frame)) taken += frame.Length + FrameDecoder.HeaderBytes;
        });
        Assert.InRange(taken, 0, bytes.Length);
    });

    [Fact]
    public void Any_backup_manifest_is_the_one_that_was_written_or_refused()
    {
        using var fixture = new BackupFixture();
        fixture.Run("CREATE TABLE t (a INT)");
        var file = Path.Combine(fixture.Take(), BackupManifest.FileName);
        var whole = File.ReadAllBytes(file);
        Fuzzing.Run(output.WriteLine, random =>
        {
            var bytes = Fuzzing.Mutate(random, whole);
            if (!bytes.AsSpan().SequenceEqual(whole)) Assert.Contains(file, Assert.Throws<BackupException>(() => BackupManifestCodec.Decode(file, bytes)).Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Any_archived_segment_is_the_one_that_was_written_or_refused()
    {
        using var fixture = new ArchiveFixture();
        var log = new TestLog();
        log.Add(1, 20);
        var segment = fixture.Write(log, 1, 20);
        var whole = File.ReadAllBytes(segment.Path);
        Fuzzing.Run(output.WriteLine, random =>
        {
            var bytes = Fuzzing.Mutate(random, whole);
            if (bytes.AsSpan().SequenceEqual(whole)) return;
            File.WriteAllBytes(segment.Path, bytes);
            Assert.Throws<BackupException>(() => ArchiveReader.Verify(ArchiveReader.Open(segment.Path), CancellationToken.None));
            // Read without having been verified, it is refused all the same, or gives what was written.
            Refused<BackupException>(() =>
            {
                var read = ArchiveReader.Entries(ArchiveReader.Open(segment.Path)).Select(e => e.Position).ToList();
                Assert.Equal(log.Entries.Select(e => e.Position), read);
            });
        });
    }

    private static void Refused<TException>(Action action) where TException : Exception
    {
        try
        {
            action();
        }
        catch (TException)
        {
            // The only way in which bad bytes may end.
        }
    }
}
