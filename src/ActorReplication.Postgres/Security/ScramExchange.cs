using System.Security.Cryptography;
using System.Text;

namespace ActorReplication.Postgres.Security;

/// <summary>Why an exchange ended.</summary>
internal enum ScramFailure : byte
{
    /// <summary>The client does not speak the protocol.</summary>
    Malformed,

    /// <summary>The client could bind the channel and was told that we cannot: somebody sits between.</summary>
    Downgraded,

    /// <summary>The client's TLS connection ends elsewhere than at this server.</summary>
    OtherChannel,
    WrongPassword,
}

internal sealed class ScramException(ScramFailure failure, string message) : Exception(message)
{
    public ScramFailure Failure { get; } = failure;
}

/// <summary>The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677; channel binding tls-server-end-point of RFC 5929): two messages in, two out. Pure.</summary>
/// <param name="verifier">Of the user, or a mock.</param>
/// <param name="isMock">The user has no password: every proof is wrong, and found so by the same steps.</param>
/// <param name="endPoint">Hash of the server's certificate; empty: the connection has none, and -PLUS is not offered.</param>
/// <param name="nonce">The server's part of the nonce: printable, without commas, never used before.</param>
internal sealed class ScramExchange(ScramVerifier verifier, bool isMock, ReadOnlyMemory<byte> endPoint, string nonce)
{
    public const string Plain = "SCRAM-SHA-256", Plus = "SCRAM-SHA-256-PLUS";
    private const string Binding = "p=tls-server-end-point";

    private string _header = "";
    private string _clientFirstBare = "";
    private string _serverFirst = "";
    private string _fullNonce = "";

    public static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));

    /// <returns>The server's first message.</returns>
    /// <exception cref="ScramException">It ends here.</exception>
    public string First(string mechanism, string message)
    {
        var isPlus = mechanism == Plus;
        var parts = message.Split(',', 3);
        if (parts.Length < 3) throw Malformed("the client's first message is too short");
        switch (parts[0])
        {
            case Binding when isPlus: break;
            case "n" when !isPlus: break;
            case "y" when !isPlus && endPoint.IsEmpty: break;
            case "y" when !isPlus: throw new ScramException(ScramFailure.Downgraded, "SCRAM channel binding negotiation error");
            case ['p', '=', ..] when isPlus: throw Malformed($"unsupported SCRAM channel-binding type \"{Shown(parts[0][2..])}\"");
            default: throw Malformed("the channel-binding flag does not fit the mechanism");
        }
        // Who one authenticates as was said in the startup packet.
        if (parts[1].Length > 0) throw Malformed("client uses authorization identity, but it is not supported");
        _header = $"{parts[0]},{parts[1]},";
        _clientFirstBare = parts[2];
        var fields = parts[2].Split(',');
        if (fields.Length < 2 || !fields[0].StartsWith("n=", StringComparison.Ordinal) || !fields[1].StartsWith("r=", StringComparison.Ordinal)) throw Malformed("user name and nonce are expected");
        var clientNonce = fields[1][2..];
        if (clientNonce.Length == 0 || clientNonce.Any(c => c is < '!' or > '~')) throw Malformed("non-printable characters in SCRAM nonce");
        _fullNonce = clientNonce + nonce;
        return _serverFirst = $"r={_fullNonce},s={Convert.ToBase64String(verifier.Salt.Span)},i={verifier.Iterations}";
    }

    /// <returns>The server's final message: the client knows the password.</returns>
    /// <exception cref="ScramException">It does not, or it ends here for another reason.</exception>
    public string Final(string message)
    {
        var proofAt = message.LastIndexOf(",p=", StringComparison.Ordinal);
        if (proofAt < 0) throw Malformed("the proof is missing");
        var fields = message[..proofAt].Split(',');
        if (fields.Length < 2 || !fields[0].StartsWith("c=", StringComparison.Ordinal) || !fields[1].StartsWith("r=", StringComparison.Ordinal)) throw Malformed("channel binding and nonce are expected");
        byte[] expected = [.. Encoding.UTF8.GetBytes(_header), .. _header.StartsWith('p') ? endPoint.Span : []];
        if (Bytes(fields[0][2..]) is not { } binding) throw Malformed("the channel binding is no base64");
        if (!CryptographicOperations.FixedTimeEquals(binding, expected)) throw new ScramException(ScramFailure.OtherChannel, "SCRAM channel binding check failed");
        if (fields[1][2..] != _fullNonce) throw Malformed("nonce does not match");
        if (Bytes(message[(proofAt + 3)..]) is not { Length: SHA256.HashSizeInBytes } proof) throw Malformed("the proof is no base64 of 32 bytes");

        var signed = Encoding.UTF8.GetBytes($"{_clientFirstBare},{_serverFirst},{message[..proofAt]}");
        var signature = HMACSHA256.HashData(verifier.StoredKey.Span, signed);
        for (var i = 0; i < proof.Length; i++) proof[i] ^= signature[i];
        var isRight = CryptographicOperations.FixedTimeEquals(SHA256.HashData(proof), verifier.StoredKey.Span);
        if (!isRight || isMock) throw new ScramException(ScramFailure.WrongPassword, "the proof is wrong");
        return "v=" + Convert.ToBase64String(HMACSHA256.HashData(verifier.ServerKey.Span, signed));
    }

    private static byte[]? Bytes(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var count) ? bytes[..count] : null;
    }

    private static string Shown(string text) => new([.. text.Take(30).Select(c => c is >= ' ' and <= '~' ? c : '?')]);

    private static ScramException Malformed(string detail) => new(ScramFailure.Malformed, "malformed SCRAM message: " + detail);
}
