namespace ActorReplication.Postgres.Security;

/// <summary>A change of roles that cannot be made.</summary>
/// <param name="sqlState">As PostgreSQL answers.</param>
public sealed class RoleException(string sqlState, string message, string? hint = null) : Exception(message)
{
    public string SqlState { get; } = sqlState;
    public string? Hint { get; } = hint;
}

/// <summary>What roles become by a change: pure, from the roles of now. Each gives those that differ afterwards; null: dropped. All throw <see cref="RoleException"/>.</summary>
public static class RoleChanges
{
    private const string DuplicateObject = "42710", UndefinedObject = "42704", ReservedName = "42939", InvalidValue = "22023", DependentObjects = "2BP01", NotSupported = "0A000";
    private const int MostNameLength = 63;

    /// <summary>The role, if its name can be had.</summary>
    public static IReadOnlyList<KeyValuePair<string, Role?>> Create(RoleSet roles, Role role)
    {
        if (BuiltInRoles.IsReserved(role.Name)) throw new RoleException(ReservedName, $"role name \"{role.Name}\" is reserved");
        if (role.Name.Length is 0 or > MostNameLength || role.Name.Any(char.IsControl)) throw new RoleException(InvalidValue, $"a role's name has 1 to {MostNameLength} characters, and no control characters");
        return roles.Find(role.Name) is null ? [new(role.Name, role)] : throw new RoleException(DuplicateObject, $"role \"{role.Name}\" already exists");
    }

    public static IReadOnlyList<KeyValuePair<string, Role?>> Alter(RoleSet roles, string name, Func<Role, Role> change) =>
        KeepsAnAdmin(roles, [new(name, change(Existing(roles, name)))]);

    /// <param name="missing">Told of each that is not there; null: that is an error.</param>
    public static IReadOnlyList<KeyValuePair<string, Role?>> Drop(RoleSet roles, IEnumerable<string> names, Action<string>? missing = null)
    {
        var dropped = new List<KeyValuePair<string, Role?>>();
        foreach (var name in names)
        {
            if (name == RoleSet.Owner) throw new RoleException(DependentObjects, $"cannot drop role {name} because it is required by the database system", $"ALTER ROLE {name} NOLOGIN.");
            if (roles.Find(name) is not null) dropped.Add(new(name, null));
            else if (missing is null) throw Missing(name);
            else missing(name);
        }
        return KeepsAnAdmin(roles, dropped);
    }

    public static IReadOnlyList<KeyValuePair<string, Role?>> Grant(RoleSet roles, Rights rights, IEnumerable<string> to, bool isRevoke)
    {
        var changed = new List<KeyValuePair<string, Role?>>();
        foreach (var name in to.Distinct())
        {
            var role = Existing(roles, name);
            changed.Add(new(name, role with { Granted = isRevoke ? role.Granted & ~rights : role.Granted | rights }));
        }
        return KeepsAnAdmin(roles, changed);
    }

    public static Rights RightsOf(IEnumerable<string> names) => names.Aggregate(Rights.None, (all, name) => all | (BuiltInRoles.Find(name)
        ?? throw new RoleException(NotSupported, $"role \"{name}\" cannot be granted", "What can be granted: reader, writer, replication, admin, pg_read_all_data, pg_write_all_data.")));

    /// <param name="password">A password, or a verifier's text.</param>
    public static ScramVerifier VerifierOf(string password)
    {
        if (ScramVerifier.IsVerifier(password))
        {
            var verifier = ScramVerifier.Parse(password) ?? throw new RoleException(InvalidValue, "this is no valid SCRAM-SHA-256 verifier: SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey is expected");
            return verifier.Iterations <= ScramVerifier.MostNewIterations ? verifier
                : throw new RoleException(InvalidValue, $"the verifier has {verifier.Iterations} iterations; at most {ScramVerifier.MostNewIterations} are taken", "SET scram_iterations to less where it is made, or give the password itself.");
        }
        if (password.Length == 35 && password.StartsWith("md5", StringComparison.Ordinal)) throw new RoleException(NotSupported, "md5 passwords are not supported: give the password itself, or a SCRAM-SHA-256 verifier");
        return SaslPrep.TryPrepare(password) is { } prepared ? ScramVerifier.Of(prepared)
            : throw new RoleException(NotSupported, "the password has characters that are not supported here", "Have the client make the verifier: psql's \\password does.");
    }

    /// <summary>A cluster that nobody can administer any more would have to be restored.</summary>
    private static IReadOnlyList<KeyValuePair<string, Role?>> KeepsAnAdmin(RoleSet roles, IReadOnlyList<KeyValuePair<string, Role?>> changes)
    {
        var after = roles.All.Where(r => changes.All(c => c.Key != r.Name)).Concat(changes.Select(c => c.Value).OfType<Role>());
        return after.Any(r => r is { IsAdmin: true, CanLogin: true }) ? changes : throw new RoleException(DependentObjects, "no role would be left that is an admin and may log in", "GRANT admin TO another role first.");
    }

    private static Role Existing(RoleSet roles, string name) => roles.Find(name) ?? throw Missing(name);

    private static RoleException Missing(string name) => new(UndefinedObject, $"role \"{name}\" does not exist");
}
