using System.Net;
using System.Security.Cryptography.X509Certificates;
using ActorReplication.Cluster.Security;
using ActorReplication.Postgres.Security;
using Akka.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorReplication.Node.Configuration;

/// <summary>Reads what node.conf says of certificates and secrets, and looks at the files: a node must not find out while it serves that it may not read its key.</summary>
/// <param name="complain">Takes a key's path and what is wrong with it.</param>
internal sealed class SecurityReader(IReadOnlyDictionary<string, object> values, Action<string, string> complain)
{
    private const string None = "none";

    /// <summary>In characters. It is shown over the network as often as anybody likes: it must not be found by trying.</summary>
    private const int ShortestToken = 16;

    public PostgresTlsSettings PostgresTls()
    {
        var mode = (string)values["postgres.tls.mode"];
        var files = Pem("postgres.tls");
        if (mode != "off" && files is null) complain("postgres.tls.mode", $"{mode} needs postgres.tls.certificate and postgres.tls.key, which name PEM files");
        return new PostgresTlsSettings(mode, files, Authorities("postgres.tls.client-authorities"));
    }

    /// <summary>The rules for SQL clients; complains of what lets somebody in from elsewhere unasked, or in plain text.</summary>
    public IReadOnlyList<AccessRule> PostgresAccess(IPEndPoint listen, PostgresTlsSettings tls)
    {
        const string path = "postgres.hba";
        var isOpen = (bool)values["security.open-without-authentication"];
        var lines = (IReadOnlyList<string>)values[path];
        var rules = new List<AccessRule>();
        foreach (var line in lines)
        {
            try
            {
                rules.Add(AccessRule.Parse(line));
            }
            catch (FormatException e)
            {
                complain(path, e.Message);
            }
        }
        if (lines.Count == 0) rules.AddRange(isOpen ? [AccessRule.Parse("host all all all trust")] : AccessRule.Defaults);
        if (rules.Any(r => r.Method == AccessMethod.Certificate) && (tls.Mode == "off" || tls.ClientAuthorities is null))
            complain(path, "cert: postgres.tls.mode and postgres.tls.client-authorities have to be set for it");
        if (IPAddress.IsLoopback(listen.Address) || isOpen) return rules;
        var reaching = rules.Where(r => r.ReachesBeyondLoopback && r.Method != AccessMethod.Reject).ToArray();
        if (Array.Find(reaching, r => r.Method == AccessMethod.Trust) is not null)
            complain(path, "a rule trusts whoever comes from elsewhere: write scram-sha-256 in the place of trust, or set security.open-without-authentication = true in a network you trust whole");
        if (tls.Mode != "require" && reaching.Any(r => r.Transport != AccessTransport.Encrypted) && !(bool)values["security.allow-plaintext"])
            complain("postgres.listen", $"{listen.Address} is not loopback: set postgres.tls.mode = require (with postgres.tls.certificate and postgres.tls.key), or write hostssl in postgres.hba, or, where nobody else listens on the network, security.allow-plaintext = true");
        return rules;
    }

    /// <summary>Complains of a port that is reached from elsewhere unasked, or in plain text, or that asks nobody what the SQL port asks everybody.</summary>
    /// <param name="sqlRules">For SQL clients.</param>
    public HttpSecuritySettings Http(IPEndPoint listen, IReadOnlyList<AccessRule> sqlRules)
    {
        var (tls, token) = (Pem("http.tls"), Secret("http.token-file", ShortestToken));
        var isOpen = (bool)values["security.open-without-authentication"];
        var isReached = !IPAddress.IsLoopback(listen.Address) && !isOpen;
        if (isReached && PathOf("http.token-file") is null)
            complain("http.listen", $"{listen.Address} is not loopback: set http.token-file, a file (0600) with a secret line, the same on every node, or security.open-without-authentication = true only in a network you trust whole");
        if (isReached && tls is null && !(bool)values["security.allow-plaintext"])
            complain("http.listen", $"{listen.Address} is not loopback: set http.tls.certificate and http.tls.key, or, where nobody else listens on the network, security.allow-plaintext = true");
        if (!isReached && !isOpen && PathOf("http.token-file") is null && ((IReadOnlyList<string>)values["postgres.hba"]).Count > 0 && !TrustsLocally(sqlRules))
            complain("http.token-file", "missing: postgres.hba asks who is on this machine for a password, and HTTP without a token would let him administer the node: name a file (0600) with a secret line, the same on every node, or set security.open-without-authentication = true");
        return new HttpSecuritySettings(tls, Authorities("http.tls.authorities"), token, isReached || token is not null);
    }

    /// <summary>Null: no TLS between the nodes. Complains of a port that is reached from elsewhere without it.</summary>
    /// <param name="host">Where the nodes' own port is bound.</param>
    /// <param name="akka">The akka section, as HOCON.</param>
    public RemoteTlsSettings? Remote(string host, string akka)
    {
        const string path = "remote.tls.authorities";
        var (files, authorities) = (Pem("remote.tls"), Authorities(path));
        if (files is null && authorities is null)
        {
            // What opens SQL and HTTP does not open this: whoever reaches it is not a client with all rights, but the cluster's log itself.
            if (!IsLoopback(host) && !(bool)values["security.open-nodes-without-tls"])
                complain(values.ContainsKey("remote.host") ? "remote.host" : "cluster.initial-voters", $"{host} is not loopback, and without TLS whoever reaches the nodes' port can act as a node: set remote.tls.certificate, key and authorities (actorctl cert makes them), or, only where nobody but the nodes reaches the network, security.open-nodes-without-tls = true");
            return null;
        }
        if (authorities is null) complain(path, "missing: with remote.tls.certificate it names the PEM file of who signs the nodes' certificates");
        else if (files is null) complain("remote.tls.certificate", "missing: with remote.tls.authorities it and remote.tls.key name this node's own");
        // Another transport would not look at these keys, and send in plain text what everybody thinks is encrypted.
        var own = ConfigurationFactory.ParseString(akka);
        if (own.HasPath("akka.remote.dot-netty.tcp.transport-class") || own.HasPath("akka.remote.enabled-transports"))
            complain("remote.tls.certificate", "the akka section chooses another transport (dot-netty.tcp.transport-class, enabled-transports), which does not know remote.tls: take one of them out");
        if (files is not null && IdentityOf(files) is { } identity && NodeCertificate.ProblemOf(identity) is { } problem) complain("remote.tls.certificate", problem);
        return files is null || authorities is null ? null : new RemoteTlsSettings(files, authorities, (IReadOnlyList<string>)values["remote.tls.names"]);
    }

    /// <summary>A file with a secret, looked at; null: none is given.</summary>
    /// <param name="shortest">In characters.</param>
    public string? Secret(string path, int shortest = 1)
    {
        if (PathOf(path) is not { } file) return null;
        try
        {
            var length = SecretFile.ReadLine(file).Length;
            if (length < shortest) complain(path, $"the line in {file} has {length} characters, and at least {shortest} are needed: make one with openssl rand -hex 32, the same on every node");
        }
        catch (PemException e)
        {
            complain(path, e.Message);
        }
        return file;
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

    /// <summary>Null: it cannot be used, which has been said.</summary>
    private static X509Certificate2? IdentityOf(PemFiles files)
    {
        try
        {
            return new PemIdentity(files.Certificate, files.Key, NullLogger.Instance).Current.TargetCertificate;
        }
        catch (PemException)
        {
            return null;
        }
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

    /// <summary>Who is on this machine is an admin to the SQL port, unasked.</summary>
    private static bool TrustsLocally(IReadOnlyList<AccessRule> rules) =>
        new[] { false, true }.Any(isEncrypted => rules.FirstOrDefault(r => r.Matches(IPAddress.Loopback, isEncrypted, RoleSet.Owner, RoleSet.Owner))?.Method == AccessMethod.Trust);

    /// <summary>A name may lead anywhere, and elsewhere tomorrow.</summary>
    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private string? PathOf(string path) => (string)values[path] is var text && text == None ? null : Path.GetFullPath(text);
}
