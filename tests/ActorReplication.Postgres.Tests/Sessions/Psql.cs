using System.Diagnostics;

namespace ActorReplication.Postgres.Tests.Sessions;

internal static class Psql
{
    /// <summary>Runs statements with psql, without any of the user's own files.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string connection, string sql, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("psql") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-X", "-w", "-A", "-t", "-d", connection, "-c", sql]) start.ArgumentList.Add(argument);
        start.Environment["PGPASSFILE"] = "/nonexistent/pgpass";
        start.Environment["HOME"] = "/nonexistent";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return (process.ExitCode, await output + await errors);
    }
}
