using System.Buffers.Binary;
using System.Text;
using ActorReplication.Postgres.Tests.RealSql;
using ActorReplication.Postgres.Tests.Sessions;
using Xunit;

namespace ActorReplication.Postgres.Tests.Oracle;

/// <summary>The same statements, here and on PostgreSQL 15: columns with their types, rows, command tags, SQLSTATEs.</summary>
public sealed class SameAnswers
{
    /// <summary>Begins a case that is known to be answered otherwise; why stands behind it.</summary>
    private const string Differs = "-- differs: ";

    [FactWithOracle]
    public async Task The_cases_are_answered_as_PostgreSQL_answers_them()
    {
        await using var oracle = await OracleServer.StartAsync();
        await using var server = await SqlServer.StartAsync();
        using var theirs = await OpenAsync(oracle.Port);
        using var ours = await OpenAsync(server.Server.Port);
        var wrong = new StringBuilder();
        foreach (var text in Cases())
        {
            var expected = await AskAsync(theirs, text);
            var answered = await AskAsync(ours, text);
            if (expected == answered != text.StartsWith(Differs, StringComparison.Ordinal)) continue;
            wrong.AppendLine(text).AppendLine(expected == answered ? "is no difference any more" : $"PostgreSQL: {expected}\nhere:       {answered}").AppendLine();
        }

        Assert.True(wrong.Length == 0, wrong.ToString());
    }

    /// <summary>A case is a Query message; empty lines stand between them.</summary>
    private static IEnumerable<string> Cases() =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Oracle", "cases.sql")).ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static async Task<RawClient> OpenAsync(int port)
    {
        var client = await RawClient.ConnectAsync(port);
        await client.StartupAsync();
        await client.UntilReadyAsync();
        return client;
    }

    private static async Task<string> AskAsync(RawClient client, string sql)
    {
        await client.Query(sql).FlushAsync();
        // Notices of ours tell of other things.
        return string.Join("; ", (await client.UntilReadyAsync()).Where(r => r.Type is not ('S' or 'N')).Select(r => r.Type == 'T' ? Columns(r.Body) : r.ToString()));
    }

    /// <summary>Names, type OIDs and modifiers; where a column comes from has other numbers on each.</summary>
    private static string Columns(byte[] body)
    {
        var columns = new List<string>();
        for (var at = 2; at < body.Length;)
        {
            var end = Array.IndexOf(body, (byte)0, at);
            var name = Encoding.UTF8.GetString(body, at, end - at);
            columns.Add($"{name} {BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(end + 7))}:{BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(end + 13))}");
            at = end + 19;
        }

        return "T " + string.Join(", ", columns);
    }
}
