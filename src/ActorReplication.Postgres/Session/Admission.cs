using ActorReplication.Postgres.Security;

namespace ActorReplication.Postgres.Session;

/// <summary>Who was let in, and how.</summary>
/// <param name="IsTrusted">Unasked: by a trust rule, or from inside this process.</param>
internal sealed record Admission(Role Role, bool IsTrusted);
