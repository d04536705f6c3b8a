using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ActorReplication.Postgres.Security;

/// <summary>What a server keeps of a password (RFC 5802): enough to check a client that knows it, not enough to pose as one. Its text is PostgreSQL's,
/// <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c>, so that verifiers go over in both directions.</summary>
public sealed record ScramVerifier(int Iterations, ReadOnlyMemory<byte> Salt, ReadOnlyMemory<byte> StoredKey, ReadOnlyMemory<byte> ServerKey)
{
    public const int DefaultIterations = 4096;

    /// <summary>Most that a role is given. Over HTTP the server derives the key, so each try of anybody costs it so much: a part of a tenth of a second. Ones that are stored with more go on.</summary>
    public const int MostNewIterations = 100_000;

    private const string Scheme = "SCRAM-SHA-256$";
    private const int SaltBytes = 16, KeyBytes = SHA256.HashSizeInBytes;

    /// <summary>Looks like a verifier's text: then it is one, or an error, and never a password.</summary>
    public static bool IsVerifier(string text) => text.StartsWith(Scheme, StringComparison.Ordinal);

    /// <param name="password">Prepared by <see cref="SaslPrep"/>.</param>
    public static ScramVerifier Of(string password) => Of(password, RandomNumberGenerator.GetBytes(SaltBytes), DefaultIterations);

    public static ScramVerifier Of(string password, ReadOnlySpan<byte> salt, int iterations)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, KeyBytes);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        return new ScramVerifier(iterations, salt.ToArray(), SHA256.HashData(clientKey), HMACSHA256.HashData(salted, "Server Key"u8));
    }

    /// <summary>One that no password meets, the same for a name each time: who asks for a user that does not exist learns nothing.</summary>
    /// <param name="secret">Kept by the server.</param>
    public static ScramVerifier Mock(string user, ReadOnlySpan<byte> secret)
    {
        var salt = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(user));
        return new ScramVerifier(DefaultIterations, salt.AsMemory(0, SaltBytes), RandomNumberGenerator.GetBytes(KeyBytes), RandomNumberGenerator.GetBytes(KeyBytes));
    }

    /// <summary>Null: the text is no verifier.</summary>
    public static ScramVerifier? Parse(string text)
    {
        if (!IsVerifier(text)) return null;
        var parts = text[Scheme.Length..].Split('$');
        if (parts.Length != 2 || parts[0].Split(':') is not [var count, var salt] || parts[1].Split(':') is not [var stored, var server]) return null;
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations is < 1 or > 10_000_000) return null;
        return Bytes(salt) is { Length: > 0 and <= 1024 } s && Bytes(stored) is { Length: KeyBytes } c && Bytes(server) is { Length: KeyBytes } k ? new ScramVerifier(iterations, s, c, k) : null;
    }

    /// <summary>Whether this is the password, prepared by <see cref="SaslPrep"/>; as slow as deriving it is.</summary>
    public bool Accepts(string password) => CryptographicOperations.FixedTimeEquals(Of(password, Salt.Span, Iterations).StoredKey.Span, StoredKey.Span);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Scheme}{Iterations}:{Convert.ToBase64String(Salt.Span)}${Convert.ToBase64String(StoredKey.Span)}:{Convert.ToBase64String(ServerKey.Span)}");

    private static byte[]? Bytes(string text) => Base64.IsValid(text) && text.Length % 4 == 0 ? Convert.FromBase64String(text) : null;
}
