using System.Text;

namespace ActorReplication.Postgres.Security;

/// <summary>Passwords as clients prepare them (SASLprep, RFC 4013), for the characters that Unicode's normal form KC leaves as they are. For others a table of some thousand
/// rows would be needed; who wants them has the client make the verifier, as psql's \password does.</summary>
public static class SaslPrep
{
    /// <summary>The prepared password; null: it has characters that are not covered here.</summary>
    public static string? TryPrepare(string password)
    {
        var prepared = new StringBuilder(password.Length);
        foreach (var rune in password.EnumerateRunes())
        {
            if (IsSpace(rune.Value)) prepared.Append(' ');
            else if (IsDropped(rune.Value)) { }
            // Prohibited: then PostgreSQL and its clients take the password as it is.
            else if (rune.Value is < 0x20 or 0x7F) return IsAscii(password) ? password : null;
            else if (IsStable(rune.Value)) prepared.Append(rune.ToString());
            else return null;
        }
        return prepared.Length > 0 ? prepared.ToString() : null;
    }

    private static bool IsAscii(string text) => text.All(char.IsAscii);

    /// <summary>RFC 3454, table C.1.2: mapped to a space.</summary>
    private static bool IsSpace(int c) => c is 0xA0 or 0x1680 or (>= 0x2000 and <= 0x200B) or 0x202F or 0x205F or 0x3000;

    /// <summary>RFC 3454, table B.1: mapped to nothing.</summary>
    private static bool IsDropped(int c) => c is 0xAD or 0x34F or 0x1806 or (>= 0x180B and <= 0x180D) or 0x200C or 0x200D or 0x2060 or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF;

    /// <summary>Its own normal form KC, before and after any other of these, and none is written from right to left.</summary>
    private static bool IsStable(int c) => c switch
    {
        >= 0x20 and <= 0x7E => true,
        >= 0xA1 and <= 0xBF => c is 0xA1 or 0xA2 or 0xA3 or 0xA4 or 0xA5 or 0xA6 or 0xA7 or 0xA9 or 0xAB or 0xAC or 0xAE or 0xB0 or 0xB1 or 0xB6 or 0xB7 or 0xBB or 0xBF,
        >= 0xC0 and <= 0x17E => c is not (0x132 or 0x133 or 0x13F or 0x140 or 0x149),
        >= 0x386 and <= 0x3CE => c is not (0x387 or 0x38B or 0x38D or 0x3A2),
        >= 0x400 and <= 0x482 => true,
        >= 0x3041 and <= 0x3096 => true,
        >= 0x30A1 and <= 0x30FA => true,
        >= 0x4E00 and <= 0x9FA5 => true,
        >= 0xAC00 and <= 0xD7A3 => true,
        0x20AC => true,
        _ => false,
    };
}
