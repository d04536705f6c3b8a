using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed class SqlOverHttp(TestCluster cluster) : IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    private async Task<(int Status, JsonNode Body)> Sql(NodeProcess node, object request, string query = "")
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(cluster.Options.HttpOf(cluster.IndexOf(node)), "api/sql" + query), request);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    [Fact]
    public async Task Statements_are_one_transaction_with_parameters_and_types()
    {
        var leader = await cluster.HealthyAsync();
        await Sql(leader, new { sql = "DROP TABLE IF EXISTS web" });
        var (status, made) = await Sql(leader, new
        {
            statements = new object[]
            {
                new { sql = "CREATE TABLE web (id int PRIMARY KEY, t text, f float8, b bool, j jsonb, n numeric(6,2), at timestamptz)" },
                new { sql = "INSERT INTO web VALUES ($1, $2, $3, $4, $5, $6, $7), (2, NULL, NULL, NULL, NULL, NULL, NULL)", parameters = new object?[] { 1, "a\"b", 1.5, true, new { k = 1 }, 12.3, "2026-01-02T03:04:05Z" } },
            },
            receipt = true,
        });
        Assert.True(status == 200, made.ToJsonString());
        Assert.Equal("INSERT 0 2", (string?)made["results"]![1]!["command"]);
        Assert.True((long)made["receipt"]!["index"]! > 0);

        var read = (await Sql(leader, new { sql = "SELECT * FROM web ORDER BY id" })).Body["results"]![0]!;
        Assert.Equal("[1,\"a\\u0022b\",1.5,true,{\"k\": 1},\"12.30\",\"2026-01-02 03:04:05+00\"]", read["rows"]![0]!.ToJsonString().Replace("{\"k\":1}", "{\"k\": 1}").Replace("\\u002B", "+"));
        Assert.Equal("[2,null,null,null,null,null,null]", read["rows"]![1]!.ToJsonString());
        Assert.Equal(["integer", "text", "double precision", "boolean", "jsonb", "numeric", "timestamp with time zone"], read["columns"]!.AsArray().Select(c => (string)c!["type"]!));

        var (failed, problem) = await Sql(leader, new { statements = new object[] { new { sql = "DELETE FROM web" }, new { sql = "INSERT INTO web (id) VALUES (7), (7)" } } });
        Assert.Equal((409, "23505", 1), (failed, (string?)problem["sqlState"], (int?)problem["statement"]));
        var cut = (await Sql(leader, new { sql = "SELECT id FROM web ORDER BY id", maxRows = 1 })).Body["results"]![0]!;
        Assert.Equal((1, true), (cut["rows"]!.AsArray().Count, (bool)cut["truncated"]!));
    }

    [Fact]
    public async Task A_copy_that_is_not_known_by_its_first_word_ends_all_the_same()
    {
        var leader = await cluster.HealthyAsync();
        await Sql(leader, new { sql = "CREATE TABLE IF NOT EXISTS webcopy (id int)" });
        var (status, problem) = await Sql(leader, new { statements = new object[] { new { sql = "INSERT INTO webcopy VALUES (1)" }, new { sql = "/* not by its first word */ COPY webcopy FROM STDIN" } } });
        Assert.Equal((400, "0A000", 1), (status, (string?)problem["sqlState"], (int?)problem["statement"]));
        var given = (await Sql(leader, new { sql = "/* */ COPY (SELECT count(*), 'a' FROM webcopy) TO STDOUT CSV" })).Body["results"]![0]!;
        Assert.Equal(("COPY 1", "[[\u00220,a\u0022]]"), ((string?)given["command"], given["rows"]!.ToJsonString()));
    }

    [Fact]
    public async Task A_follower_reads_refuses_writes_and_hands_them_to_the_leader_when_asked()
    {
        var leader = await cluster.HealthyAsync();
        var follower = cluster.Nodes.First(n => n != leader);
        var read = await Sql(follower, new { sql = "SELECT 1 AS one", consistency = "local" });
        Assert.Equal((200, follower.Name, 1), (read.Status, (string?)read.Body["node"], (int)read.Body["results"]![0]!["rows"]![0]![0]!));
        var (status, problem) = await Sql(follower, new { sql = "CREATE TABLE nowhere (id int)" });
        Assert.Equal((503, "25006"), (status, (string?)problem["sqlState"]));
        Assert.Equal(leader.Name, (string?)(await Sql(follower, new { sql = "SELECT 1" }, "?leader=true")).Body["node"]);
    }

    [Fact]
    public async Task A_commit_token_makes_a_retry_harmless()
    {
        var leader = await cluster.HealthyAsync();
        await Sql(leader, new { statements = new object[] { new { sql = "DROP TABLE IF EXISTS web_once" }, new { sql = "CREATE TABLE web_once (id int)" } } });
        var request = new { sql = "INSERT INTO web_once VALUES (1)", commitToken = Guid.NewGuid().ToString() };
        for (var i = 0; i < 3; i++) Assert.Equal("INSERT 0 1", (string?)(await Sql(leader, request)).Body["results"]![0]!["command"]);
        Assert.Equal(1, (int)(await Sql(leader, new { sql = "SELECT count(*) FROM web_once" })).Body["results"]![0]!["rows"]![0]![0]!);
    }

    [Fact]
    public async Task Bad_requests_are_refused_with_what_is_wrong()
    {
        var leader = await cluster.HealthyAsync();
        (object Request, int Status)[] cases =
        [
            (new { }, 400), (new { sql = "SELECT 1", statements = Array.Empty<object>() }, 400), (new { statements = Array.Empty<object>() }, 400), (new { sql = "COMMIT" }, 400),
            (new { sql = "SELECT 1", maxRows = 0 }, 400), (new { sql = "SELECT 1", consistency = "psychic" }, 400), (new { sql = "SELECT" + "\0" }, 400), (new { sql = "SELECT 1; SELECT 2" }, 400),
            (new { sql = "SELEC 1" }, 400), (new { sql = "SELECT $1::int", parameters = new object[] { "x" } }, 400), (new { sql = "SELECT $1::int" }, 400), (new { sql = new string('x', 2 << 20) }, 413),
        ];
        foreach (var (request, expected) in cases)
        {
            var (status, problem) = await Sql(leader, request);
            Assert.True(expected == status, $"{status} {problem.ToJsonString()}");
            Assert.NotEmpty((string)problem["detail"]!);
        }
    }
}
