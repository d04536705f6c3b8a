namespace ActorReplication.Postgres.Dialect;

/// <summary>What CREATE ROLE and ALTER ROLE say of a role; null: nothing said.</summary>
/// <param name="SetsPassword">PASSWORD was said; with a null <paramref name="Password"/> it is taken away.</param>
/// <param name="InRoles">IN ROLE …: granted along with it.</param>
public sealed record RoleOptions(bool? Login, bool? Admin, bool? Replication, bool SetsPassword, string? Password, IReadOnlyList<string> InRoles)
{
    public static RoleOptions None { get; } = new(null, null, null, false, null, []);

    /// <summary>Without the password: this may end up in a log.</summary>
    public override string ToString() => nameof(RoleOptions);
}
