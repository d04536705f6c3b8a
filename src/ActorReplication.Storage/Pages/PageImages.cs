using System.Numerics;
using System.Runtime.InteropServices;
using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Pages;

/// <summary>Page after page in an entry's body: its number, its whole image or what changed in it, and the checksum of what comes out.</summary>
internal static class PageImages
{
    /// <summary>Numbers ascend: each is written as its distance from the one before.</summary>
    /// <param name="difference">Found between the image before and this one; null: the whole image goes.</param>
    internal static void Write(PayloadBuffer into, uint distance, PageDifference? difference, ReadOnlySpan<byte> after)
    {
        into.Varint(distance);
        if (difference is null || difference.Cost >= after.Length)
        {
            into.Varint(0);
            into.Raw(after);
        }
        else
        {
            difference.Write(into, after);
        }
        into.UInt32(Sum(after));
    }

    /// <summary>The next page's number; <see cref="Read"/> reads the rest.</summary>
    internal static uint ReadNumber(ref PayloadReader body, uint last)
    {
        var number = last + body.Varint();
        return number is > 0 and <= uint.MaxValue && number > last ? (uint)number : throw body.Bad("a distance to the next page before it");
    }

    /// <summary>Makes the image out of the one before, in place.</summary>
    /// <returns>Whether the checksum is right.</returns>
    internal static bool Read(ref PayloadReader body, Span<byte> image)
    {
        var ranges = body.Int32();
        if (ranges == 0)
            body.Raw(image.Length).CopyTo(image);
        for (var at = 0; ranges > 1; ranges--)
        {
            var from = body.Int32();
            var bytes = body.Bytes();
            if (from > image.Length - at || bytes.Length > image.Length - at - from)
                throw body.Bad("a range within the page before it");
            bytes.CopyTo(image[(at + from)..]);
            at += from + bytes.Length;
        }
        return body.UInt32() == Sum(image);
    }

    /// <summary>CRC-32C.</summary>
    internal static uint Sum(ReadOnlySpan<byte> image)
    {
        var sum = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(image))
            sum = BitOperations.Crc32C(sum, word);
        return ~sum;
    }
}
