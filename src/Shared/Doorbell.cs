using System.Runtime.InteropServices;

namespace ActorReplication.Threading;

/// <summary>What one thread sleeps on until another rings. On Linux that is one futex call on each side: .NET's Monitor wakes a waiter twice, for the condition and for
/// the lock behind it, which for work of a few microseconds is most of its price. A ring while nobody sleeps is kept for the next sleep.</summary>
internal sealed partial class Doorbell
{
    private const int Idle = 0, Rung = 1, Asleep = 2;
    private const int WaitPrivate = 128, WakePrivate = 129;

    /// <summary>The system call's number; 0 where there is none.</summary>
    private static readonly nint Futex = !OperatingSystem.IsLinux() ? 0 : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 => 98,
        _ => 0,
    };

    // Pinned, for the kernel, and a cache line long.
    private readonly int[] _state = GC.AllocateArray<int>(16, pinned: true);
    private readonly AutoResetEvent? _event = Futex == 0 ? new AutoResetEvent(false) : null;

    /// <summary>Wakes the sleeper, or keeps it from its next sleep. Any thread, after what it is to see has been changed.</summary>
    public void Ring()
    {
        if (Interlocked.Exchange(ref _state[0], Rung) != Asleep) return;
        if (_event is { } fallback) fallback.Set();
        else Call(WakePrivate, 1, 0);
    }

    /// <summary>Sleeps until rung, and sometimes less. By one thread alone, which looks afterwards at what may have changed.</summary>
    /// <param name="milliseconds">At most so long; -1: without limit.</param>
    public unsafe void Sleep(int milliseconds = -1)
    {
        if (Interlocked.CompareExchange(ref _state[0], Asleep, Idle) == Idle)
        {
            var limit = new TimeSpec(milliseconds / 1000, milliseconds % 1000 * 1_000_000L);
            if (_event is { } fallback) fallback.WaitOne(milliseconds);
            else Call(WaitPrivate, Asleep, milliseconds < 0 ? 0 : (nint)(&limit));
        }
        Interlocked.Exchange(ref _state[0], Idle);
    }

    /// <summary>Sleeps without the lock, which the thread holds once, and has it again afterwards.</summary>
    public void SleepWithout(object sync, int milliseconds = -1)
    {
        Monitor.Exit(sync);
        Sleep(milliseconds);
        Monitor.Enter(sync);
    }

    /// <summary>Forgets a ring that was kept. By the thread that sleeps here.</summary>
    public void Clear() => Interlocked.Exchange(ref _state[0], Idle);

    private unsafe void Call(nint operation, nint value, nint timeout) =>
        SystemCall(Futex, (nint)Unsafe(_state), operation, value, timeout, 0, 0);

    private static unsafe void* Unsafe(int[] pinned) => System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint word, nint operation, nint value, nint timeout, nint word2, nint value3);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }
}
