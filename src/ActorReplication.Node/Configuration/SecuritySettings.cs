namespace ActorReplication.Node.Configuration;

/// <summary>A certificate (with its chain) and its key, as full paths of PEM files.</summary>
internal sealed record PemFiles(string Certificate, string Key);

/// <summary>TLS for SQL clients.</summary>
/// <param name="Mode">off, prefer or require.</param>
/// <param name="Files">Null only with off.</param>
/// <param name="ClientAuthorities">PEM file of who signs clients' certificates; null: clients are asked for none.</param>
internal sealed record PostgresTlsSettings(string Mode, PemFiles? Files, string? ClientAuthorities);
