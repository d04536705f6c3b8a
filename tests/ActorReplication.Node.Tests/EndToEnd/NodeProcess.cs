using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>A node's process. It ends with the test host: its standard input is a pipe from it.</summary>
/// <param name="launch">What starts it: a program and its first arguments, which end in the node's own. Null: dotnet, and the program as it was built.</param>
internal sealed class NodeProcess(string name, string configFile, IReadOnlyList<string>? launch = null) : IDisposable
{
    private const int SigTerminate = 15, SigContinue = 18, SigStop = 19;
    private static readonly IReadOnlyList<string> Built = ["dotnet", Programs.NodeDll];
    private IReadOnlyList<string> _launch = launch ?? Built;
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);
    private readonly ConcurrentQueue<string> _lines = new();
    private Process? _process;

    public string Name { get; } = name;

    /// <summary>Happens to its disk when it is killed, before anybody starts it again.</summary>
    public Action? WhenKilled { get; init; }
    public bool IsRunning => _process is { HasExited: false };
    public int ExitCode => _process!.ExitCode;
    public int Id => _process!.Id;

    /// <summary>What it has logged since the first start.</summary>
    public string Log => string.Join('\n', _lines);

    /// <summary>The next start is of another program; null: as it was built.</summary>
    public void Replace(IReadOnlyList<string>? program) => _launch = program ?? Built;

    public void Start()
    {
        _process?.Dispose();
        var start = new ProcessStartInfo(_launch[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[.. _launch.Skip(1), "start", "--name", Name, "--config", configFile, "--watch-stdin"]) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>kill -9. Returns when it is gone.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        WhenKilled?.Invoke();
    }

    /// <summary>SIGSTOP: it neither works nor answers, and its connections stay.</summary>
    public void Freeze() => Signal(SigStop);

    public void Thaw() => Signal(SigContinue);

    /// <summary>SIGTERM. Returns when it is gone.</summary>
    public async Task<int> TerminateAsync()
    {
        Signal(SigTerminate);
        await _process!.WaitForExitAsync().WaitAsync(StopPatience);
        return _process.ExitCode;
    }

    /// <summary>It ends by itself.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(StopPatience);
        return _process.ExitCode;
    }

    public async Task<int> StopAsync()
    {
        _process!.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(StopPatience);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit(TimeSpan.FromSeconds(5));
        }
        _process?.Dispose();
    }

    private void Signal(int signal) => Signals.Send(_process!.Id, signal);

    private void Keep(string? line)
    {
        if (line is not null) _lines.Enqueue(line);
    }
}

internal static class Signals
{
    public static void Send(int process, int signal)
    {
        if (SendSignal(process, signal) != 0) throw new InvalidOperationException($"process {process} cannot be signalled: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
