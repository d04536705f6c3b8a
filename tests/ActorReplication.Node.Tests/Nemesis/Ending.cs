using System.Globalization;
using ActorReplication.Node.Tests.Histories;
using ActorReplication.Node.Tests.Nemesis.Clients;
using Npgsql;

namespace ActorReplication.Node.Tests.Nemesis;

/// <summary>All tables at the end, as every node has them.</summary>
internal sealed record Ending(IReadOnlyCollection<long> Inserted, IReadOnlyCollection<long> Tokened)
{
    private static readonly (string Table, string Sql)[] Tables =
    [
        ("inserted", "SELECT id::text FROM inserted ORDER BY id"),
        ("tokened", "SELECT id::text FROM tokened ORDER BY id"),
        ("registers", "SELECT k::text || '=' || v::text FROM registers ORDER BY k"),
        ("lists", "SELECT k::text || '=' || v FROM lists ORDER BY k"),
        ("accounts", "SELECT id::text || '=' || balance::text FROM accounts ORDER BY id"),
    ];

    /// <summary>Reads all nodes, notes where they differ, and adds the leader's answers to the histories as reads after everything.</summary>
    public static async Task<Ending> ReadAsync(NemesisCluster cluster, Endpoints endpoints, Recorder recorder, List<Anomaly> anomalies)
    {
        var leader = await cluster.FindLeaderAsync();
        var invoked = Recorder.Now;
        var truth = await TablesOfAsync(endpoints, leader);
        var completed = Recorder.Now;
        for (var node = 0; node < endpoints.Count; node++)
        {
            if (node == leader) continue;
            var tables = await TablesOfAsync(endpoints, node);
            foreach (var (table, _) in Tables)
                if (!truth[table].SequenceEqual(tables[table]))
                    anomalies.Add(new Anomaly("nodes differ", $"{table} on {NemesisCluster.NameOf(node)} and on the leader {NemesisCluster.NameOf(leader)}: only there {Some(tables[table].Except(truth[table]))}; only on the leader {Some(truth[table].Except(tables[table]))}"));
        }
        AddToHistories(recorder, truth, invoked, completed);
        return new Ending([.. truth["inserted"].Select(Number)], [.. truth["tokened"].Select(Number)]);
    }

    private static void AddToHistories(Recorder recorder, Dictionary<string, List<string>> truth, long invoked, long completed)
    {
        var values = truth["registers"].Select(r => r.Split('=')).ToDictionary(p => Number(p[0]), p => (long?)Number(p[1]));
        foreach (var key in recorder.Registers.Select(r => r.Key).Distinct().ToArray())
            recorder.Registers.Enqueue(new RegisterOp(0, key, RegisterAction.Read, values.GetValueOrDefault(key), invoked, completed, Outcome.Ok));
        var lists = truth["lists"].Select(r => r.Split('=')).ToDictionary(p => Number(p[0]), p => ListClient.Parse([p[1]]));
        var keys = recorder.Lists.SelectMany(t => t.Ops.Select(o => o.Key)).Distinct();
        recorder.Lists.Enqueue(new ListTransaction(recorder.NextTransaction(), 0, Outcome.Ok, [.. keys.Select(k => new ListOp.Read(k, lists.GetValueOrDefault(k, [])))], invoked, completed));
        recorder.Bank.Enqueue(new BankRead(0, "the leader at the end", [.. truth["accounts"].Select(a => Number(a.Split('=')[1]))]));
    }

    private static async Task<Dictionary<string, List<string>>> TablesOfAsync(Endpoints endpoints, int node)
    {
        await using var connection = endpoints.Source(node).CreateConnection();
        await connection.OpenAsync();
        var tables = new Dictionary<string, List<string>>();
        foreach (var (table, sql) in Tables)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 30 };
            await using var reader = await command.ExecuteReaderAsync();
            tables[table] = [];
            while (await reader.ReadAsync()) tables[table].Add(reader.GetString(0));
        }
        return tables;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string Some(IEnumerable<string> rows) => string.Join(", ", rows.Take(5)) is { Length: > 0 } some ? some : "nothing";
}
