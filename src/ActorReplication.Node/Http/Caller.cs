using ActorReplication.Postgres.Security;
using Microsoft.AspNetCore.Http;

namespace ActorReplication.Node.Http;

/// <summary>Who a request comes from, as far as it has shown that. Immutable.</summary>
internal abstract record Caller
{
    private Caller() { }

    /// <summary>It has shown nothing, and was let in all the same.</summary>
    public sealed record Nobody : Caller
    {
        public static Nobody Instance { get; } = new();
        public override string ToString() => "nobody";
    }

    /// <summary>It has shown the line of http.token-file: another node, or who administers them.</summary>
    public sealed record TokenBearer : Caller
    {
        public static TokenBearer Instance { get; } = new();
        public override string ToString() => "a token";
    }

    /// <summary>It has shown a role's password.</summary>
    public sealed record Named(Role Role) : Caller
    {
        public override string ToString() => Role.Name;
    }

    /// <summary>What it has shown is wrong.</summary>
    /// <param name="Claim">Whom it said to be; for the log.</param>
    public sealed record Wrong(string Claim) : Caller
    {
        public override string ToString() => Claim;
    }

    /// <summary>It shows a password from an address whose tries are used up: nobody has looked at it.</summary>
    public sealed record Late : Caller
    {
        public static Late Instance { get; } = new();
        public override string ToString() => "somebody who has to wait";
    }

    public bool IsKnown => this is TokenBearer or Named;

    public bool IsAdmin => this is TokenBearer or Named { Role.IsAdmin: true };

    /// <summary>As <see cref="HttpGuard"/> has found out. Where anybody is let in, it may be <see cref="Wrong"/> or <see cref="Late"/> too, which is as good as nobody.</summary>
    public static Caller Of(HttpContext context) => context.Features.Get<Caller>() ?? Nobody.Instance;
}
