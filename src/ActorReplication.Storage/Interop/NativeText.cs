using System.Runtime.InteropServices;

namespace ActorReplication.Storage.Interop;

/// <summary>Constant texts in memory that never moves and lives as long as the process.</summary>
internal static unsafe class NativeText
{
    internal static byte* Of(string text)
    {
        var bytes = Utf8.Terminated(text);
        var memory = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        return memory;
    }
}
