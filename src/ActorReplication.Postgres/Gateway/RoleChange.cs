using ActorReplication.Postgres.Security;

namespace ActorReplication.Postgres.Gateway;

/// <summary>One statement's change of roles: what each of them is afterwards.</summary>
/// <param name="Command">CREATE ROLE, GRANT ROLE …: for messages.</param>
/// <param name="Apply">From the roles of now, read when it is this change's turn, to those that become different; a null role is dropped. May throw what the client is to be told.</param>
public sealed record RoleChange(string Command, Func<RoleSet, IReadOnlyList<KeyValuePair<string, Role?>>> Apply);
