using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary><c>dev</c>, as someone runs it who has just cloned the repository.</summary>
[Collection(SharedCluster.Name)]
public sealed class DevCluster
{
    private const int SigInterrupt = 2, SigKill = 9;
    private readonly StringBuilder _said = new();

    [Fact]
    public async Task Starts_shows_a_killed_node_stops_cleanly_and_finds_its_data_again()
    {
        var folder = Directory.CreateTempSubdirectory("ar-dev-");
        string[] arguments = ["dev", "--data", folder.FullName, "--pg-port", $"{FreePorts.TakeRow(3)}", "--http-port", $"{FreePorts.TakeRow(3)}", "--akka-port", $"{FreePorts.TakeRow(3)}"];
        var children = new List<int>();
        using (var dev = Start(arguments))
        {
            var uri = (await SaysAsync(dev, @"psql ""(postgresql://[^""]+)""")).Groups[1].Value;
            var created = await Programs.PsqlAsync(uri, "CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (1), (2)");
            Assert.True(created.ExitCode == 0, created.Output);
            children.AddRange(Regex.Matches(Said, @"n\d is (\d+)").Select(m => int.Parse(m.Groups[1].Value)));
            Assert.Equal(3, children.Count);
            Assert.All(children, c => Assert.Contains("--name", File.ReadAllText($"/proc/{c}/cmdline")));

            Assert.Equal(0, SendSignal(children[2], SigKill));
            await SaysAsync(dev, "n3 .process .*was ended by signal 9");
            Assert.Equal(0, SendSignal(dev.Id, SigInterrupt));
            await EndsAsync(dev);
            Assert.True(dev.ExitCode == 0, Said);
        }
        Assert.All(children, c => Assert.False(Directory.Exists($"/proc/{c}"), $"process {c} is still there"));

        using (var dev = Start(arguments))
        {
            var uri = (await SaysAsync(dev, @"psql ""(postgresql://[^""]+)""")).Groups[1].Value;
            Assert.Equal("2\n", (await Programs.PsqlAsync(uri, "SELECT count(*) FROM kept")).Output);
            // However the parent dies, its nodes die with it.
            children = [.. Regex.Matches(Said, @"n\d is (\d+)").Select(m => int.Parse(m.Groups[1].Value))];
            dev.Kill();
            await dev.WaitForExitAsync();
        }
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (children.Any(c => Directory.Exists($"/proc/{c}"))) await Task.Delay(50, patience.Token);
        folder.Delete(true);
    }

    private string Said
    {
        get { lock (_said) return _said.ToString(); }
    }

    private Process Start(string[] arguments)
    {
        lock (_said) _said.Clear();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in (string[])[Programs.NodeDll, .. arguments]) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => { lock (_said) _said.AppendLine(line.Data); };
        process.ErrorDataReceived += (_, line) => { lock (_said) _said.AppendLine(line.Data); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task EndsAsync(Process dev)
    {
        try
        {
            await dev.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            dev.Kill(true);
            throw new InvalidOperationException($"an interrupt did not end it (is SIGINT ignored here, as a shell does for what it starts in the background?), and it said: {Said}");
        }
    }

    private async Task<Match> SaysAsync(Process dev, string pattern)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (true)
        {
            if (Regex.Match(Said, pattern) is { Success: true } match) return match;
            if (dev.HasExited || patience.IsCancellationRequested)
            {
                if (!dev.HasExited) dev.Kill(true);
                throw new InvalidOperationException($"dev never said {pattern}, but: {Said}");
            }
            await Task.Delay(25);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
