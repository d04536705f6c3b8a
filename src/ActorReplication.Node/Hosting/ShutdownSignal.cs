using System.Runtime.InteropServices;

namespace ActorReplication.Node.Hosting;

/// <summary>Completes when the process is asked to stop: SIGTERM, SIGINT (Ctrl-C), SIGHUP, or, if watched, the end of standard input.
/// A second request does nothing more; SIGKILL stays for the impatient.</summary>
internal sealed class ShutdownSignal : IDisposable
{
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _signals;

    public ShutdownSignal()
    {
        _signals = [Register(PosixSignal.SIGTERM), Register(PosixSignal.SIGINT), Register(PosixSignal.SIGHUP)];
    }

    public Task Requested => _requested.Task;

    public void Request() => _requested.TrySetResult();

    /// <summary>For a child of <c>dev</c>: its standard input is a pipe from the parent, which ends when the parent dies, however it dies.</summary>
    public void WatchStandardInput()
    {
        var thread = new Thread(() =>
        {
            using var input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[64];
            while (input.Read(ignored) > 0) { }
            Request();
        }) { IsBackground = true, Name = "parent-watch" };
        thread.Start();
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        Request();
    });
}
