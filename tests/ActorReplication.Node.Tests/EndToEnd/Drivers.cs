using System.Diagnostics;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>Drivers with their own string of several hosts, unmodified.</summary>
[Collection(SharedCluster.Name)]
public sealed class Drivers(TestCluster cluster)
{
    private const string Script = """
        import psycopg2, sys, time
        dsn = sys.argv[1]
        def connect():
            c = psycopg2.connect(dsn); c.autocommit = True; return c
        c = connect(); k = c.cursor()
        k.execute('CREATE TABLE driven (id int PRIMARY KEY)'); k.execute('INSERT INTO driven VALUES (1)')
        print(c.info.port, flush=True)
        sys.stdin.readline()
        end = time.time() + 60
        while time.time() < end:
            try:
                if c is None: c = connect(); k = c.cursor()
                k.execute('INSERT INTO driven VALUES (2) ON CONFLICT DO NOTHING')
                print(c.info.port, flush=True)
                break
            except psycopg2.Error: c = None; time.sleep(.1)
        """;

    [FactWithPsycopg2]
    public async Task Psycopg2_finds_the_next_leader_by_its_hosts()
    {
        var leader = await cluster.HealthyAsync();
        var ports = string.Join(",", Enumerable.Range(0, 3).Select(i => cluster.Options.PgPort + i));
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", Script, $"host=127.0.0.1,127.0.0.1,127.0.0.1 port={ports} user=postgres dbname=postgres target_session_attrs=read-write connect_timeout=5"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var driver = Process.Start(start)!;
        var first = await driver.StandardOutput.ReadLineAsync();
        await leader.KillAsync();
        await driver.StandardInput.WriteLineAsync();
        var second = await driver.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await driver.WaitForExitAsync();
        Assert.NotNull(second);
        Assert.NotEqual(first, second);
        Assert.Equal([1L, 2L], await cluster.IdsAsync(await cluster.HealthyAsync(), "driven"));
    }
}

/// <summary>Skipped, by name, where Debian's package python3-psycopg2 is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithPsycopg2Attribute : FactAttribute
{
    public FactWithPsycopg2Attribute()
    {
        if (!Directory.Exists("/usr/lib/python3/dist-packages/psycopg2")) Skip = "psycopg2 is not installed: .ci/run installs Debian's package python3-psycopg2";
    }
}
