using System.Buffers;
using System.Net;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Frontend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;

namespace ActorReplication.Postgres.Session;

/// <summary>From the connection's first byte to its first ReadyForQuery, or to its refusal.</summary>
internal static class SessionStartup
{
    /// <summary>First byte of a TLS handshake. A startup packet begins with its length's highest byte, which is 0.</summary>
    private const byte TlsHandshake = 0x16;

    /// <summary>Reads packets until the real startup packet; encrypts if the client asks for it and <paramref name="tls"/> is on, or begins with it.</summary>
    /// <returns>The startup or cancel packet; null if the client went away.</returns>
    /// <exception cref="PgException">FATAL.</exception>
    /// <exception cref="IOException">Or AuthenticationException: the TLS handshake failed.</exception>
    public static async ValueTask<StartupPacket?> ReadAsync(Connection connection, ServerTls? tls)
    {
        if (tls is { Mode: TlsMode.Off }) tls = null;
        bool sslAsked = false, gssAsked = false;
        if (tls is not null && await BeginsWithTlsAsync(connection).ConfigureAwait(false))
        {
            sslAsked = true;
            if (await connection.EncryptAsync(tls.Options()).ConfigureAwait(false) != ServerTls.Protocol)
                throw Fatal(SqlStates.ProtocolViolation, "received direct SSL connection request without ALPN protocol negotiation extension");
        }
        while (await NextAsync(connection).ConfigureAwait(false) is var (packet, hasMore))
        {
            switch (packet)
            {
                case StartupPacket.SslRequest when !sslAsked: sslAsked = true; break;
                case StartupPacket.GssEncRequest when !gssAsked: gssAsked = true; break;
                case StartupPacket.SslRequest or StartupPacket.GssEncRequest:
                    throw Fatal(SqlStates.FeatureNotSupported, "unsupported frontend protocol 1234.5679: server supports 3.0 to 3.0");
                default: return packet;
            }
            if (hasMore)
            {
                throw new PgException(PgError.FatalError(SqlStates.ProtocolViolation, packet is StartupPacket.SslRequest ? "received unencrypted data after SSL request" : "received unencrypted data after GSSAPI encryption request") with
                {
                    Detail = "This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.",
                });
            }
            var encrypts = packet is StartupPacket.SslRequest && tls is not null;
            connection.Output.Byte((byte)(encrypts ? 'S' : 'N'));
            await connection.FlushAsync().ConfigureAwait(false);
            // What was sent in plain text since is part of the handshake, or breaks it: it never counts as part of the encrypted stream.
            if (encrypts) await connection.EncryptAsync(tls!.Options()).ConfigureAwait(false);
        }
        return null;
    }

    /// <summary>Checks what the client, who is let in, comes for, and takes the settings.</summary>
    /// <exception cref="PgException">FATAL.</exception>
    public static void Accept(SessionContext session, StartupPacket.Startup packet)
    {
        var options = session.Server.Options;
        var user = packet.Value("user")!;
        session.User = user;
        session.Database = packet.Value("database") is { Length: > 0 } database ? database : user;
        if (packet.Value("replication") is { } replication && Settings.Setting.CanonicalBool(replication) != "off")
            throw Fatal(SqlStates.FeatureNotSupported, "the streaming replication protocol is not supported");
        if (session.Database != options.Database && session.Database != "postgres") throw Fatal(SqlStates.InvalidDatabase, $"database \"{session.Database}\" does not exist");
        TakeSettings(session, packet);
    }

    /// <summary>Everything that follows a successful authentication.</summary>
    public static void Welcome(SessionContext session, SettingView settings, int secret)
    {
        var output = session.Output;
        output.AuthenticationOk();
        settings.Report(output);
        output.BackendKeyData(session.ProcessId, secret);
        output.ReadyForQuery((byte)'I');
    }

    /// <summary>Says what of the client's wishes we do not speak; before anything else is said.</summary>
    public static void Negotiate(OutputBuffer output, StartupPacket.Startup packet)
    {
        var unknown = new List<string>();
        foreach (var (name, _) in packet.Parameters)
            if (name.StartsWith("_pq_.", StringComparison.Ordinal)) unknown.Add(name);
        if (packet.MinorVersion > 0 || unknown.Count > 0) output.NegotiateProtocolVersion(0, unknown);
    }

    private static void TakeSettings(SessionContext session, StartupPacket.Startup packet)
    {
        foreach (var (name, value) in session.Server.Options.Settings) session.Settings.SetDefault(name, value);
        try
        {
            foreach (var (name, value) in StartupOptions.Parse(packet.Value("options") ?? "")) SetDefault(session, name, value);
            foreach (var (name, value) in packet.Parameters)
                if (name is not ("user" or "database" or "options" or "replication") && !name.StartsWith("_pq_.", StringComparison.Ordinal)) SetDefault(session, name, value);
        }
        catch (PgException wrong)
        {
            throw new PgException(wrong.Error with { Severity = PgError.Fatal });
        }
        session.Transaction.SettingsAtStart = session.Settings.Snapshot();
    }

    private static void SetDefault(SessionContext session, string name, string value)
    {
        if (Settings.KnownSettings.All.TryGetValue(name, out var known) && known.Fixed) throw new PgException(SqlStates.CannotChangeNow, $"parameter \"{known.Name}\" cannot be changed");
        session.Settings.SetDefault(name, value);
    }

    private static async ValueTask<bool> BeginsWithTlsAsync(Connection connection)
    {
        var read = await connection.Input.ReadAsync().ConfigureAwait(false);
        var isTls = !read.Buffer.IsEmpty && read.Buffer.FirstSpan[0] == TlsHandshake;
        connection.Input.AdvanceTo(read.Buffer.Start);
        return isTls;
    }

    private static async ValueTask<(StartupPacket Packet, bool HasMore)?> NextAsync(Connection connection)
    {
        while (true)
        {
            var read = await connection.Input.ReadAsync().ConfigureAwait(false);
            var buffer = read.Buffer;
            if (MessageFrame.TryReadStartup(ref buffer, out var body))
            {
                var packet = StartupPacket.Read(body.ToArray());
                var hasMore = !buffer.IsEmpty;
                connection.Input.AdvanceTo(buffer.Start);
                return (packet, hasMore);
            }
            connection.Input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) return null;
        }
    }

    private static PgException Fatal(string sqlState, string message) => new(PgError.FatalError(sqlState, message));
}
