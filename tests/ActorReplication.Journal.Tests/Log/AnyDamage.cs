using ActorReplication.Journal.Segments;
using ActorReplication.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>Any bytes of any file of a log changed while nobody looked: it is refused, with the file's name, or everything that is known to have been acknowledged is read as it was written.</summary>
public sealed class AnyDamage : LogFixture
{
    private const int Events = 60, MarkedAt = 40, EventBytes = 700;
    private readonly ITestOutputHelper _output;
    private readonly Dictionary<string, byte[]> _files;
    private readonly List<string> _written;

    public AnyDamage(ITestOutputHelper output)
    {
        _output = output;
        var log = Open();
        for (var i = 1; i <= Events; i++)
        {
            Append(log, Atomic(Id, i, Text(i, EventBytes + i % 7)));
            if (i == MarkedAt) log.Mark();
        }
        _written = Read(log);
        log.Close(mark: false);
        // The marker tells of a change of segments by now; what comes behind that is known to nobody.
        _files = Directory.GetFiles(Folder).Where(f => f != Files.Lock).ToDictionary(f => f, File.ReadAllBytes);
    }

    [Fact]
    public void Is_refused_or_loses_nothing_that_was_acknowledged() => Fuzzing.Run(_output.WriteLine, random =>
    {
        foreach (var (path, bytes) in _files) File.WriteAllBytes(path, bytes);
        foreach (var other in Directory.GetFiles(Folder).Where(f => f != Files.Lock && !_files.ContainsKey(f))) File.Delete(other);
        var victim = _files.Keys.Order(StringComparer.Ordinal).ElementAt(random.Next(_files.Count));
        Spoil(random, victim);

        SegmentLog log;
        try
        {
            log = Open();
        }
        catch (JournalException e)
        {
            Assert.Contains(Folder, e.Trouble.Message, StringComparison.Ordinal);
            Assert.IsNotType<JournalFailed>(e.Trouble);
            return;
        }
        try
        {
            var read = Read(log);
            Assert.Equal(_written.Take(read.Count), read);
            Assert.InRange(read.Count, victim.EndsWith(".segment", StringComparison.Ordinal) ? MarkedAt : Events, Events);
            Append(log, Atomic(Id, 1000, "goes on"));
        }
        finally
        {
            log.Close(mark: false);
        }
    });

    private void Spoil(Random random, string path)
    {
        var bytes = _files[path];
        switch (random.Next(5))
        {
            case 0: File.WriteAllBytes(path, bytes[..random.Next(bytes.Length)]); break;
            case 1: File.WriteAllBytes(path, [.. bytes, .. new byte[random.Next(1, 9000)]]); break;
            // An older copy of a file, or another one of the log in its place.
            case 2: File.WriteAllBytes(path, _files.Values.ElementAt(random.Next(_files.Count))); break;
            default: File.WriteAllBytes(path, Fuzzing.Mutate(random, bytes)); break;
        }
    }
}
