using System.Runtime.InteropServices;
using System.Text;

namespace ActorReplication.Storage.Interop;

internal static unsafe class Utf8
{
    /// <summary>The text's bytes and a terminating zero.</summary>
    internal static byte[] Terminated(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    internal static string? Text(byte* terminated) => terminated is null ? null : Marshal.PtrToStringUTF8((nint)terminated);

    internal static ReadOnlySpan<byte> Span(byte* terminated) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(terminated);
}
