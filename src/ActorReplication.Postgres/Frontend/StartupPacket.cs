using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Frontend;

/// <summary>The first packet of a connection; it has a length but no type byte.</summary>
internal abstract record StartupPacket
{
    private StartupPacket() { }

    public const int MinBytes = 8, MaxBytes = 10_000;

    private const int SslCode = (1234 << 16) | 5679, GssCode = (1234 << 16) | 5680, CancelCode = (1234 << 16) | 5678;

    public sealed record SslRequest : StartupPacket;
    public sealed record GssEncRequest : StartupPacket;
    public sealed record CancelRequest(int ProcessId, int Secret) : StartupPacket;

    /// <param name="MinorVersion">Of protocol 3; above 0 it is to be negotiated down.</param>
    /// <param name="Parameters">In the order sent.</param>
    public sealed record Startup(int MinorVersion, IReadOnlyList<KeyValuePair<string, string>> Parameters) : StartupPacket
    {
        public string? Value(string name)
        {
            foreach (var parameter in Parameters)
                if (parameter.Key == name) return parameter.Value;
            return null;
        }
    }

    /// <param name="body">Without the length.</param>
    /// <exception cref="PgException">FATAL 08P01 or 0A000.</exception>
    public static StartupPacket Read(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var code = reader.Int32();
        switch (code)
        {
            case SslCode: return new SslRequest();
            case GssCode: return new GssEncRequest();
            case CancelCode when reader.Remaining == 8: return new CancelRequest(reader.Int32(), reader.Int32());
            case CancelCode: throw Fatal(SqlStates.ProtocolViolation, "invalid length of query cancel packet");
        }
        var (major, minor) = (code >>> 16, code & 0xffff);
        if (major != 3) throw Fatal(SqlStates.FeatureNotSupported, $"unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.0");
        return new Startup(minor, Pairs(ref reader));
    }

    private static List<KeyValuePair<string, string>> Pairs(ref MessageReader reader)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        try
        {
            while (true)
            {
                var name = reader.Text();
                if (name.Length == 0) break;
                pairs.Add(new(name, reader.Text()));
            }
            reader.End();
            return pairs;
        }
        catch (PgException malformed) when (malformed.Error.SqlState == SqlStates.ProtocolViolation)
        {
            throw Fatal(SqlStates.ProtocolViolation, "invalid startup packet layout: expected terminator as last byte");
        }
    }

    private static PgException Fatal(string sqlState, string message) => new(PgError.FatalError(sqlState, message));
}
