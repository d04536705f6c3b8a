namespace ActorReplication.Node.Configuration;

/// <summary>A certificate (with its chain) and its key, as full paths of PEM files.</summary>
internal sealed record PemFiles(string Certificate, string Key);

/// <summary>Who may use the HTTP port, and how it is encrypted.</summary>
/// <param name="Tls">Null: plain HTTP.</param>
/// <param name="Authorities">PEM file of who signs the other nodes' HTTP certificates; null: who this machine trusts.</param>
/// <param name="TokenFile">The nodes show its line to each other, and actorctl to them.</param>
/// <param name="IsGuarded">What changes something or shows data asks who it is.</param>
internal sealed record HttpSecuritySettings(PemFiles? Tls, string? Authorities, string? TokenFile, bool IsGuarded)
{
    public static HttpSecuritySettings None { get; } = new(null, null, null, false);
}

/// <summary>TLS between the nodes.</summary>
/// <param name="Authorities">PEM file of who signs the nodes' certificates.</param>
/// <param name="Names">What the other nodes' certificates are named; empty: as the host that they are looked for at.</param>
internal sealed record RemoteTlsSettings(PemFiles Files, string Authorities, IReadOnlyList<string> Names);

/// <summary>TLS for SQL clients.</summary>
/// <param name="Mode">off, prefer or require.</param>
/// <param name="Files">Null only with off.</param>
/// <param name="ClientAuthorities">PEM file of who signs clients' certificates; null: clients are asked for none.</param>
internal sealed record PostgresTlsSettings(string Mode, PemFiles? Files, string? ClientAuthorities);
