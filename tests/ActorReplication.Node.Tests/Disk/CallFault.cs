using System.Diagnostics;
using System.Globalization;
using ActorReplication.Node.Tests.EndToEnd;

namespace ActorReplication.Node.Tests.Disk;

/// <summary>System calls of a running process fail, by strace, from here until this is disposed.</summary>
internal sealed class CallFault : IDisposable
{
    private const int SigInterrupt = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Process _strace;
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CallFault(int process, string calls, string error, IReadOnlyList<string> files)
    {
        var start = new ProcessStartInfo("strace") { RedirectStandardError = true, RedirectStandardOutput = true };
        string[] arguments = ["-f", "-p", process.ToString(CultureInfo.InvariantCulture), "-o", "/dev/null", "-e", "trace=" + calls, "-e", $"inject={calls}:error={error}", .. files.SelectMany(f => (string[])["-P", f])];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        _strace = Process.Start(start)!;
        _strace.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("attached", StringComparison.Ordinal) == true) _attached.TrySetResult();
            else if (line.Data?.Contains("Operation not permitted", StringComparison.Ordinal) == true) _attached.TrySetException(new InvalidOperationException("strace: " + line.Data));
        };
        _strace.BeginErrorReadLine();
        _strace.BeginOutputReadLine();
    }

    /// <param name="calls">One or several, with commas.</param>
    /// <param name="error">As errno is written: EIO.</param>
    /// <param name="files">Only calls on these; none: all.</param>
    public static async Task<CallFault> InjectAsync(NodeProcess node, string calls, string error, params IReadOnlyList<string> files)
    {
        var fault = new CallFault(node.Id, calls, error, files);
        await fault._attached.Task.WaitAsync(Patience);
        return fault;
    }

    public void Dispose()
    {
        // It lets go of its threads when it is interrupted.
        if (!_strace.HasExited) Signals.Send(_strace.Id, SigInterrupt);
        if (!_strace.WaitForExit(Patience)) _strace.Kill();
        _strace.Dispose();
    }
}
