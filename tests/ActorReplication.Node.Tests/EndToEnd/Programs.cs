using System.Diagnostics;
using System.Text;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <param name="Output">Standard output and error, as they came.</param>
internal sealed record Ran(int ExitCode, string Output);

/// <summary>Runs programs to their end: ours as they were built for the tests, and PostgreSQL's clients.</summary>
internal static class Programs
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static string NodeDll => Path.Combine(AppContext.BaseDirectory, "actor-replication.dll");

    public static Task<Ran> NodeAsync(params string[] arguments) => RunAsync("dotnet", [NodeDll, .. arguments]);

    public static Task<Ran> ActorctlAsync(params string[] arguments) => RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "actorctl.dll"), .. arguments]);

    /// <summary>No prompt, no start-up file, bare values.</summary>
    public static Task<Ran> PsqlAsync(string connection, params string[] commands) =>
        RunAsync(Find("psql"), ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-d", connection, .. commands.SelectMany(c => (string[])["-c", c])]);

    public static Task<Ran> PgbenchAsync(params string[] arguments) => RunAsync(Find("pgbench"), arguments);

    public static async Task<Ran> RunAsync(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill(true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} does not end; it said: {output}");
        }
        await process.WaitForExitAsync();
        lock (output) return new Ran(process.ExitCode, output.ToString());

        void Keep(string? line)
        {
            if (line is not null) lock (output) output.AppendLine(line);
        }
    }

    // Debian puts the version's own programs elsewhere than on the path.
    private static string Find(string name)
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/lib/postgresql/15/bin"))
            if (folder.Length > 0 && File.Exists(Path.Combine(folder, name))) return Path.Combine(folder, name);
        throw new InvalidOperationException($"{name} is not installed: .ci/run installs it (Debian's postgresql-client-15 and postgresql-15)");
    }
}
