using System.Text.Json;
using ActorReplication.Cluster.Salvage;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;
using Xunit;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>The text of salvage files: exact values, and no change of it that goes unnoticed.</summary>
public sealed class SalvageFileRules : IDisposable
{
    private static readonly ClusterId Cluster = new(new Guid("00112233-4455-6677-8899-aabbccddeeff"));
    private readonly string _folder = Directory.CreateTempSubdirectory("salvage").FullName;
    private readonly IDatabase _database;
    private readonly string _text;

    public SalvageFileRules()
    {
        _database = Database.Open(new DatabaseOptions(Path.Combine(_folder, "data.sqlite")));
        Run("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
        List<LogEntry> entries =
        [
            new(new LogPosition(new Term(3), new LogIndex(9)), EntryKind.Barrier, default),
            new(new LogPosition(new Term(3), new LogIndex(10)), EntryKind.Data, Run("INSERT INTO t VALUES (1, 1), (2, 1.0), (3, 'é\"\n'), (4, x'00ff'), (5, NULL), (6, 1e300)")),
            new(new LogPosition(new Term(3), new LogIndex(11)), EntryKind.Data, Run("UPDATE t SET v = 'y' WHERE id = 1")),
        ];
        _text = SalvageFile.Write(Cluster, new NodeId("n1"), entries, _database.ReadNames());
    }

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void What_was_written_is_read_back_with_its_types()
    {
        var file = SalvageFile.Read(_text);
        Assert.Equal((Cluster, "n1", 3, 10, 11, 2), (file.Cluster, file.Node, file.Term, file.From, file.To, file.Transactions));
        Assert.Equal(new object?[] { 1L, 1.0, "é\"\n", new byte[] { 0, 255 }, null, 1e300 }, file.Changes.Take(6).Select(c => c.After!["v"]));
        Assert.IsType<double>(file.Changes[1].After!["v"]);
        Assert.Equal(["id"], file.Changes[0].KeyColumns!);
        Assert.Equal((1L, 1L, "y"), (file.Changes[6].Key[0], file.Changes[6].Before!["v"], file.Changes[6].After!["v"]));
    }

    [Fact]
    public void First_line_is_as_it_always_was() =>
        Assert.Equal("""{"salvage":2,"cluster":"00112233445566778899aabbccddeeff","node":"n1","term":3,"from":10,"to":11,"crc":"563e78cd"}""", _text.Split('\n')[0]);

    [Fact]
    public void Every_line_is_JSON() => Assert.All(_text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonDocument.Parse(line).Dispose());

    [Fact]
    public void No_byte_can_be_changed_and_no_line_left_out_doubled_or_moved()
    {
        for (var i = 0; i < _text.Length; i++)
        {
            var edited = _text[..i] + (_text[i] == '7' ? '8' : '7') + _text[(i + 1)..];
            Assert.Throws<SalvageException>(() => SalvageFile.Read(edited));
        }
        var lines = _text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < lines.Length; i++)
        {
            Assert.Throws<SalvageException>(() => SalvageFile.Read(Text(lines.Where((_, n) => n != i))));
            Assert.Throws<SalvageException>(() => SalvageFile.Read(Text(lines.Take(i + 1).Concat(lines.Skip(i)))));
        }
        Assert.Throws<SalvageException>(() => SalvageFile.Read(Text([lines[0], lines[2], lines[1], .. lines[3..]])));
        Assert.Throws<SalvageException>(() => SalvageFile.Read(_text[..^1]));
        Assert.Throws<SalvageException>(() => SalvageFile.Read(""));
    }

    private static string Text(IEnumerable<string> lines) => string.Concat(lines.Select(l => l + "\n"));

    private ReadOnlyMemory<byte> Run(string sql)
    {
        _database.Writer.BeginBatch();
        _database.Writer.BeginTransaction();
        Assert.True(_database.Writer.Execute(new SqlCall(sql), long.MaxValue, null).Succeeded);
        var payload = _database.Writer.EndTransaction().Payload;
        _database.Writer.CommitBatch(1, 1);
        return payload;
    }
}
