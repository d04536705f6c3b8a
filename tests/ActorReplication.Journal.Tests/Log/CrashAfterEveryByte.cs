using ActorReplication.Journal.Format;
using ActorReplication.Journal.Segments;
using Xunit;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>The last batch stopped, or was spoilt, at each of its bytes: what was acknowledged is always there, or the log is refused.</summary>
public sealed class CrashAfterEveryByte : LogFixture
{
    private static readonly string[] Before = ["1", "2", "3"];

    /// <summary>Ends of the last batch's atomic writes, and what is to be read with that many of them.</summary>
    private readonly List<(long End, string[] Events)> _steps = [];
    private readonly byte[] _whole;
    private readonly byte[] _marker;
    private readonly long _end;

    public CrashAfterEveryByte()
    {
        var log = Open();
        Append(log, Atomic(Id, 1, "1"), Atomic(Id, 2, "2", "3"));
        log.Mark();
        _steps.Add((log.Segments[0].DurableEnd, Before));

        PreparedWrite[] batch = [Atomic(Id, 4, "4"), Atomic(Id, 5, "5", "6"), Atomic(Id, 7, "7")];
        Append(log, batch);
        string[] events = Before;
        foreach (var (write, added) in batch.Zip((string[][])[["4"], ["5", "6"], ["7"]]))
            _steps.Add((_steps[^1].End + write.Length, events = [.. events, .. added]));
        _end = log.Segments[0].DurableEnd;
        Assert.Equal(_steps[^1].End, _end);
        log.Close(mark: false);
        _whole = File.ReadAllBytes(Files.Segment(1));
        _marker = File.ReadAllBytes(Files.Marker);
    }

    public enum Spoiling
    {
        /// <summary>Nothing from here on was written; the space is preallocated.</summary>
        Zeros,

        /// <summary>Nothing from here on was written; the file ends here.</summary>
        Shortened,

        /// <summary>Something else stands from here to the batch's end.</summary>
        Garbage,

        /// <summary>This one byte differs; all behind it is as written.</summary>
        OneByte,

        /// <summary>The 16 bytes from here are missing; all behind them is as written.</summary>
        Hole,
    }

    [Theory]
    [InlineData(Spoiling.Zeros)]
    [InlineData(Spoiling.Shortened)]
    [InlineData(Spoiling.Garbage)]
    [InlineData(Spoiling.OneByte)]
    [InlineData(Spoiling.Hole)]
    public void Cuts_what_is_torn_and_keeps_what_is_whole(Spoiling spoiling)
    {
        for (var at = _steps[0].End; at < _end; at++)
        {
            if (!Spoil(spoiling, at))
                continue;
            var expected = _steps.Last(step => step.End <= at).Events;

            var log = Open();
            Assert.Equal(expected, Read(log));
            var endsBetweenWrites = spoiling is Spoiling.Zeros or Spoiling.Shortened && _steps.Exists(step => step.End == at);
            Assert.Equal(endsBetweenWrites, log.Torn is null);
            Append(log, Atomic(Id, 20, "next"));
            log.Close(mark: false);

            log = Open();
            Assert.Equal([.. expected, "next"], Read(log));
            Assert.Null(log.Torn);
            log.Close(mark: false);

            // A shortened segment counts as full, so the event above went into a second one.
            File.Delete(Files.Segment(2));
            File.WriteAllBytes(Files.Marker, _marker);
        }
    }

    [Theory]
    [InlineData(Spoiling.Zeros)]
    [InlineData(Spoiling.Shortened)]
    [InlineData(Spoiling.Garbage)]
    [InlineData(Spoiling.OneByte)]
    [InlineData(Spoiling.Hole)]
    public void Refuses_when_the_marker_says_that_it_was_acknowledged(Spoiling spoiling)
    {
        var log = Open();
        log.Mark();
        log.Close(mark: false);

        for (var at = _steps[0].End; at < _end; at++)
        {
            if (!Spoil(spoiling, at))
                continue;
            var damage = ExpectDamage();
            Assert.Equal(Files.Segment(1), damage.File);
            Assert.InRange(damage.Offset, _steps[0].End, at);
        }
    }

    /// <summary>False when the bytes happen to be the same as before.</summary>
    private bool Spoil(Spoiling spoiling, long at)
    {
        var bytes = (byte[])_whole.Clone();
        var tail = bytes.AsSpan((int)at, (int)(_end - at));
        switch (spoiling)
        {
            case Spoiling.Zeros:
                tail.Clear();
                break;
            case Spoiling.Shortened:
                bytes = bytes[..(int)at];
                break;
            case Spoiling.Garbage:
                tail.Fill(0xA5);
                break;
            case Spoiling.OneByte:
                tail[0] ^= 0x10;
                break;
            case Spoiling.Hole:
                tail[..Math.Min(16, tail.Length)].Clear();
                break;
        }

        File.WriteAllBytes(Files.Segment(1), bytes);
        return !bytes.AsSpan().SequenceEqual(_whole.AsSpan(0, bytes.Length)) || bytes.Length < _end;
    }
}
