using System.Text.Json.Serialization;

namespace ActorReplication.Node.Http;

/// <param name="Rights">reader, writer, replication, admin.</param>
internal sealed record UserView(string Name, bool Login, IReadOnlyList<string> Rights, bool HasPassword);

internal sealed record UserList(IReadOnlyList<UserView> Users);

/// <param name="Password">A password, or a SCRAM-SHA-256 verifier.</param>
internal sealed record UserRequest(string? Name, string? Password, IReadOnlyList<string>? Rights)
{
    /// <summary>Without the password: this may end up in a log.</summary>
    public override string ToString() => $"{nameof(UserRequest)} {Name}";
}
