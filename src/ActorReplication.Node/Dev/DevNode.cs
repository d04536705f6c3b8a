using System.Diagnostics;

namespace ActorReplication.Node.Dev;

/// <summary>One node's process. It ends with its parent: its standard input is a pipe from it.</summary>
internal sealed class DevNode(DevOptions options, int number, Action<string> tell) : IDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);
    private Process? _process;
    private StreamWriter? _log;
    private string _lastLine = "";

    public string Name { get; } = options.NameOf(number);
    public int ProcessId => _process?.Id ?? 0;
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>128 + the signal's number if one ended it.</summary>
    public int ExitCode => _process is { HasExited: true } ended ? ended.ExitCode : 0;
    public string LastLine => _lastLine;

    /// <summary>Completes when the process that runs now has ended.</summary>
    public Task Ended => _process?.WaitForExitAsync() ?? Task.CompletedTask;

    public void Start()
    {
        Dispose();
        _log = new StreamWriter(new FileStream(options.LogFileOf(number), FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, typeof(DevNode).Assembly.GetName().Name + ".dll"));
        foreach (var argument in (string[])["start", "--name", Name, "--config", options.ConfigFileOf(number), "--watch-stdin"]) start.ArgumentList.Add(argument);
        _process = Process.Start(start) ?? throw new ExitException(ExitCodes.Fatal, $"{Name} cannot be started");
        var log = _log;
        _process.OutputDataReceived += (_, line) => Keep(log, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(log, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public async Task StopAsync()
    {
        if (_process is not { HasExited: false } process) return;
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync().WaitAsync(StopPatience);
        }
        catch (TimeoutException)
        {
            tell($"{Name} does not stop; killed");
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    public void Dispose()
    {
        _process?.Dispose();
        _log?.Dispose();
        (_process, _log) = (null, null);
    }

    private void Keep(StreamWriter log, string? line)
    {
        if (line is null) return;
        _lastLine = line;
        lock (log)
        {
            if (log.BaseStream is { CanWrite: true }) log.WriteLine(line);
        }
        if (line.Contains(" error ", StringComparison.Ordinal)) tell($"{Name}: {line}");
    }
}
