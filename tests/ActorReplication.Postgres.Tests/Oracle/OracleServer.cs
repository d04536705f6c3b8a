using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ActorReplication.Postgres.Tests.Oracle;

/// <summary>A PostgreSQL 15 on a free loopback port, in a folder that is gone afterwards.</summary>
internal sealed class OracleServer : IAsyncDisposable
{
    public const string Programs = "/usr/lib/postgresql/15/bin/";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ar-oracle-");
    private Process? _server;

    public int Port { get; } = FreePort();

    public static async Task<OracleServer> StartAsync()
    {
        var oracle = new OracleServer();
        var data = Path.Combine(oracle._folder.FullName, "data");
        // PostgreSQL does not run as root.
        if (Environment.IsPrivilegedProcess) await RunAsync("/bin/chown", "postgres", oracle._folder.FullName);
        await RunAsPostgresAsync(Programs + "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--locale=C", "-E", "UTF8", "--no-sync");
        oracle._server = Start(Programs + "postgres", "-D", data, "-p", $"{oracle.Port}", "-k", data, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "timezone=UTC");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await AnswersAsync(oracle.Port)) await Task.Delay(50, patience.Token);
        return oracle;
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            using var client = await Sessions.RawClient.ConnectAsync(port);
            await client.StartupAsync();
            return (await client.UntilReadyAsync())[^1].Type == 'Z';
        }
        catch (Exception refused) when (refused is SocketException or InvalidOperationException)
        {
            return false;
        }
    }

    private static ProcessStartInfo AsPostgres(string program, string[] arguments) =>
        Environment.IsPrivilegedProcess ? new ProcessStartInfo("/usr/bin/setpriv", ["--reuid", "postgres", "--regid", "postgres", "--clear-groups", program, .. arguments]) : new ProcessStartInfo(program, arguments);

    private static Process Start(string program, params string[] arguments)
    {
        var start = AsPostgres(program, arguments);
        start.RedirectStandardError = start.RedirectStandardOutput = true;
        start.WorkingDirectory = "/tmp";
        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private static Task RunAsPostgresAsync(string program, params string[] arguments) => EndAsync(Start(program, arguments));

    private static Task RunAsync(string program, params string[] arguments) => EndAsync(Process.Start(program, arguments));

    private static async Task EndAsync(Process process)
    {
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        if (process.ExitCode != 0) throw new InvalidOperationException($"{process.StartInfo.FileName} ended with {process.ExitCode}");
        process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
        }

        _folder.Delete(true);
    }
}
