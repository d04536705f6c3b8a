namespace ActorReplication.Journal.Format;

/// <summary>Where each field of a record lies (DESIGN.md, "Record"). All numbers are little-endian.</summary>
internal static class RecordLayout
{
    public const int Length = 0;
    public const int Checksum = 4;
    public const int Magic = 8;
    public const int Kind = 10;
    public const int Flags = 11;
    public const int PayloadBytes = 12;
    public const int SequenceNr = 16;
    public const int Timestamp = 24;
    public const int SerializerId = 32;
    public const int ManifestBytes = 36;
    public const int EventManifestBytes = 38;
    public const int WriterBytes = 40;
    public const int Reserved = 42;
    public const int HeadBytes = 48;

    /// <summary>Offsets inside the trailer, which the writing thread fills once the record's place is known.</summary>
    public const int TrailerIdentity = 0;
    public const int TrailerWriteStart = 4;
    public const int TrailerPrevious = 8;
    public const int TrailerStamp = 12;
    public const int TrailerBytes = 16;

    public const int MinBytes = HeadBytes + TrailerBytes;
    public const int Alignment = 8;
    public const ushort MagicValue = 0x4A52;

    /// <summary>Another record of the same atomic write follows.</summary>
    public const byte MoreFollows = 1;

    /// <summary>Longest payload of one event. The rest of an array's 2 GiB is left for the record's other fields and its neighbours.</summary>
    public const int MaxPayloadBytes = 1 << 30;

    public static int Align(int bytes) => (int)AlignOffset(bytes);

    public static long AlignOffset(long offset) => (offset + (Alignment - 1)) & ~(Alignment - 1L);
}

/// <summary>What a record holds.</summary>
internal enum RecordKind : byte
{
    /// <summary>First in a segment: every identity known so far; its "previous checksum" is the chain's seed.</summary>
    Opening = 1,

    /// <summary>A persistence ID seen for the first time.</summary>
    Identity = 2,

    /// <summary>One event.</summary>
    Event = 3,
}
