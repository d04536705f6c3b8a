using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Tests.Dialect;
using ActorReplication.Postgres.Tests.RealSql;
using ActorReplication.Postgres.Tests.Sessions;
using ActorReplication.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Postgres.Tests.Fuzz;

/// <summary>Statements made of PostgreSQL's grammar, and damaged ones: each is answered, with a result or with an error that has a code of its own; none is too much for the server.</summary>
public sealed class SqlFuzz(ITestOutputHelper output)
{
    [Fact]
    public void Any_statement_is_translated_or_refused()
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        Fuzzing.Run(output.WriteLine, random =>
        {
            var sql = new SqlGrammar(random).Statement();
            if (random.Next(3) == 0) sql = Fuzzing.Mutate(random, sql);
            try
            {
                foreach (var statement in db.Translator.Parse(sql)) db.Translator.Translate(statement, default, db.Schema);
            }
            catch (DialectException refused)
            {
                Assert.Equal(5, refused.SqlState.Length);
                Assert.InRange(refused.Position, 0, sql.Length + 1);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                throw new InvalidOperationException($"{e.GetType().Name}: {e.Message}\n{sql}", e);
            }
        });
    }

    [Fact]
    public async Task Any_statement_is_answered_and_none_is_the_servers_own_fault()
    {
        await using var server = await SqlServer.StartAsync();
        using var client = await server.OpenAsync(ResultCases.Setup, "SET statement_timeout = 1000");
        await Fuzzing.RunAsync(output.WriteLine, async random =>
        {
            var sql = new SqlGrammar(random).Statement();
            if (random.Next(5) == 0) sql = Fuzzing.Mutate(random, sql).Replace('\0', ' ');
            var answers = await client.Query("BEGIN").Query(sql).Query("ROLLBACK").AskAsync();
            await client.UntilReadyAsync();
            var last = (await client.UntilReadyAsync()).Select(r => r.ToString()).ToArray();
            Assert.True(last.Contains("Z I"), sql);
            Assert.False(answers.Any(a => a.StartsWith("E XX", StringComparison.Ordinal)), sql);
        });
    }
}
