using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Cert;

internal static class CertFiles
{
    private const int MostDays = 36_500;

    public static int Days(Invocation invocation, int otherwise)
    {
        if (invocation.Option("days") is not { } text) return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= MostDays ? days : throw new CommandException($"--days {text}: 1 to {MostDays} is expected", CommandException.Usage);
    }

    /// <summary>What the authority in the folder of --ca signs, in the folder of --out. The last to take options of <paramref name="verb"/>.</summary>
    public static JsonObject Signed(IVerb verb, Invocation invocation, string name, Func<X509Certificate2, int, (string Certificate, string Key)> sign)
    {
        var authority = invocation.Option("ca") ?? throw new CommandException($"{verb.Name}: --ca FOLDER is missing", CommandException.Usage);
        var folder = invocation.Option("out") ?? throw new CommandException($"{verb.Name}: --out FOLDER is missing", CommandException.Usage);
        var days = Days(invocation, Authority.SignedDays);
        invocation.RejectRest(3);
        Secrets.RequirePrivate(Path.Combine(authority, "ca.key"));
        try
        {
            using var signer = X509Certificate2.CreateFromPemFile(Path.Combine(authority, "ca.crt"), Path.Combine(authority, "ca.key"));
            var (certificate, key) = sign(signer, days);
            return Write(folder, name, certificate, key);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException($"{verb.Name}: {e.Message}: {authority} has to hold ca.crt and ca.key, as cert ca makes them");
        }
    }

    /// <summary>NAME.crt and NAME.key; neither may be there already.</summary>
    public static JsonObject Write(string folder, string name, string certificate, string key)
    {
        var (certificateFile, keyFile) = (Path.Combine(folder, name + ".crt"), Path.Combine(folder, name + ".key"));
        if (File.Exists(certificateFile) || File.Exists(keyFile)) throw new CommandException($"{certificateFile} or {keyFile} is there already: take another --out, and replace the files when the new ones are in order");
        Directory.CreateDirectory(folder);
        Secrets.WriteNew(keyFile, key);
        File.WriteAllText(certificateFile, certificate);
        return new JsonObject { ["certificate"] = certificateFile, ["key"] = keyFile };
    }
}
