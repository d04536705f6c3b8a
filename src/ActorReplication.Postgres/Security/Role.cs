using System.Collections.Immutable;

namespace ActorReplication.Postgres.Security;

/// <summary>What a role may do, and by which name it is granted.</summary>
[Flags]
public enum Rights : byte
{
    None = 0,

    /// <summary>reader, pg_read_all_data: every table.</summary>
    Read = 1,

    /// <summary>writer, pg_write_all_data: rows and schema; reads too.</summary>
    Write = 2,

    /// <summary>replication, REPLICATION.</summary>
    Replicate = 4,

    /// <summary>admin, SUPERUSER: everything, roles and settings included.</summary>
    Administer = 8,
}

/// <summary>Someone who may log in, or may not.</summary>
/// <param name="Granted">As granted; what follows from it: <see cref="CanRead"/> and its neighbours.</param>
/// <param name="Verifier">Null: no password lets this role in.</param>
public sealed record Role(string Name, bool CanLogin, Rights Granted, ScramVerifier? Verifier = null)
{
    public bool CanRead => (Granted & (Rights.Read | Rights.Write | Rights.Administer)) != 0;
    public bool CanWrite => (Granted & (Rights.Write | Rights.Administer)) != 0;
    public bool CanReplicate => (Granted & (Rights.Replicate | Rights.Administer)) != 0;
    public bool IsAdmin => (Granted & Rights.Administer) != 0;
}

/// <summary>All roles at one moment. Immutable.</summary>
public sealed class RoleSet
{
    /// <summary>There from the start, an admin without a password, and not to be dropped.</summary>
    public const string Owner = "postgres";

    private static readonly Role FirstOwner = new(Owner, true, Rights.Administer);

    private readonly ImmutableSortedDictionary<string, Role> _roles;

    public static RoleSet Empty { get; } = new([], default);

    /// <param name="mockSecret">What mock challenges are made of, the same on every node; empty: this process's own.</param>
    public RoleSet(IEnumerable<Role> roles, ReadOnlyMemory<byte> mockSecret)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, Role>(StringComparer.Ordinal);
        foreach (var role in roles) builder[role.Name] = role;
        IsUnmanaged = builder.Count == 0 && mockSecret.IsEmpty;
        builder.TryAdd(Owner, FirstOwner);
        _roles = builder.ToImmutable();
        MockSecret = mockSecret;
    }

    /// <summary>Nobody has ever made or changed a role: the secret of mock challenges, which the first change makes, stays when the last role is dropped. Then whoever is let in without a password may do everything under any name, as before there were roles.</summary>
    public bool IsUnmanaged { get; }

    public ReadOnlyMemory<byte> MockSecret { get; }

    public IEnumerable<Role> All => _roles.Values;

    public Role? Find(string name) => _roles.GetValueOrDefault(name);

    /// <summary>The role that a trusted connection under this name has; null: it does not exist.</summary>
    public Role? FindTrusted(string name) => Find(name) ?? (IsUnmanaged ? new Role(name, true, Rights.Administer) : null);
}
