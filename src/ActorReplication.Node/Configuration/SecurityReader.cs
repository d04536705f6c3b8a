using ActorReplication.Cluster.Security;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorReplication.Node.Configuration;

/// <summary>Reads what node.conf says of certificates and secrets, and looks at the files: a node must not find out while it serves that it may not read its key.</summary>
/// <param name="complain">Takes a key's path and what is wrong with it.</param>
internal sealed class SecurityReader(IReadOnlyDictionary<string, object> values, Action<string, string> complain)
{
    private const string None = "none";

    public PostgresTlsSettings PostgresTls()
    {
        var mode = (string)values["postgres.tls.mode"];
        var files = Pem("postgres.tls");
        if (mode != "off" && files is null) complain("postgres.tls.certificate", $"missing: with postgres.tls.mode = {mode} it and postgres.tls.key name PEM files");
        return new PostgresTlsSettings(mode, files, Authorities("postgres.tls.client-authorities"));
    }

    /// <summary>Null: neither is given.</summary>
    private PemFiles? Pem(string section)
    {
        var (certificate, key) = (PathOf($"{section}.certificate"), PathOf($"{section}.key"));
        if (certificate is null && key is null) return null;
        if (certificate is null || key is null)
        {
            complain(certificate is null ? $"{section}.certificate" : $"{section}.key", "missing: certificate and key are given together");
            return null;
        }
        try
        {
            _ = new PemIdentity(certificate, key, NullLogger.Instance);
        }
        catch (PemException e)
        {
            complain($"{section}.key", e.Message);
        }
        return new PemFiles(certificate, key);
    }

    private string? Authorities(string path)
    {
        if (PathOf(path) is not { } file) return null;
        try
        {
            _ = new PemBundle(file, NullLogger.Instance);
        }
        catch (PemException e)
        {
            complain(path, e.Message);
        }
        return file;
    }

    private string? PathOf(string path) => (string)values[path] is var text && text == None ? null : Path.GetFullPath(text);
}
