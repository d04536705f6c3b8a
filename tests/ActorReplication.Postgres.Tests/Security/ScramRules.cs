using System.Security.Cryptography;
using System.Text;
using ActorReplication.Postgres.Security;
using Xunit;

namespace ActorReplication.Postgres.Tests.Security;

public sealed class ScramRules
{
    private const string ServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private static readonly byte[] Salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
    private static readonly byte[] EndPoint = SHA256.HashData("a certificate"u8);

    [Fact]
    public void Speaks_as_in_the_example_of_RFC_7677()
    {
        var exchange = new ScramExchange(ScramVerifier.Of("pencil", Salt, 4096), isMock: false, default, ServerNonce);
        Assert.Equal("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", exchange.First("SCRAM-SHA-256", "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
        Assert.Equal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            exchange.Final("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
    }

    [Fact]
    public void A_verifiers_text_is_PostgreSQLs()
    {
        // Of the example's password and salt.
        const string text = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
        var verifier = ScramVerifier.Of("pencil", Salt, 4096);
        Assert.Equal(text, verifier.ToString());
        Assert.Equal(text, ScramVerifier.Parse(text)!.ToString());
        Assert.True(ScramVerifier.Parse(text)!.Accepts("pencil"));
        Assert.False(ScramVerifier.Parse(text)!.Accepts("pencils"));
    }

    [Theory]
    [InlineData("pencil")]
    [InlineData("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=")]
    [InlineData("SCRAM-SHA-256$0:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:c2hvcnQ=")]
    [InlineData("SCRAM-SHA-256$4096:W22Z$a b$c=d:e")]
    public void What_is_no_verifier_is_none(string text) => Assert.Null(ScramVerifier.Parse(text));

    [Fact]
    public void A_bound_channel_is_checked_against_the_servers_own_certificate()
    {
        Assert.StartsWith("v=", Client("pencil", "SCRAM-SHA-256-PLUS", "p=tls-server-end-point", EndPoint)(new ScramExchange(Verifier, false, EndPoint, "server")));
        var other = Assert.Throws<ScramException>(() => Client("pencil", "SCRAM-SHA-256-PLUS", "p=tls-server-end-point", SHA256.HashData("in between"u8))(new ScramExchange(Verifier, false, EndPoint, "server")));
        Assert.Equal(ScramFailure.OtherChannel, other.Failure);
    }

    [Fact]
    public void A_client_that_was_told_there_is_no_binding_is_told_that_somebody_lied()
    {
        var downgraded = Assert.Throws<ScramException>(() => new ScramExchange(Verifier, false, EndPoint, "server").First("SCRAM-SHA-256", "y,,n=,r=abc"));
        Assert.Equal(ScramFailure.Downgraded, downgraded.Failure);
        Assert.StartsWith("r=abcserver,", new ScramExchange(Verifier, false, default, "server").First("SCRAM-SHA-256", "y,,n=,r=abc"));
    }

    [Fact]
    public void A_flag_that_was_changed_on_the_way_is_found_by_the_final_message()
    {
        var exchange = new ScramExchange(Verifier, false, default, "server");
        exchange.First("SCRAM-SHA-256", "n,,n=,r=abc");
        Assert.Equal(ScramFailure.OtherChannel, Assert.Throws<ScramException>(() => exchange.Final($"c={Convert.ToBase64String("y,,"u8)},r=abcserver,p={Convert.ToBase64String(new byte[32])}")).Failure);
    }

    [Fact]
    public void A_wrong_password_and_a_user_who_does_not_exist_fail_alike()
    {
        var wrong = Assert.Throws<ScramException>(() => Client("pencils", "SCRAM-SHA-256", "n", default)(new ScramExchange(Verifier, false, default, "server")));
        var nobody = Assert.Throws<ScramException>(() => Client("pencil", "SCRAM-SHA-256", "n", default)(new ScramExchange(ScramVerifier.Mock("nobody", "s"u8), true, default, "server")));
        Assert.Equal((ScramFailure.WrongPassword, ScramFailure.WrongPassword), (wrong.Failure, nobody.Failure));
    }

    [Fact]
    public void Even_the_right_proof_lets_nobody_in_who_has_no_password() =>
        Assert.Equal(ScramFailure.WrongPassword, Assert.Throws<ScramException>(() => Client("pencil", "SCRAM-SHA-256", "n", default)(new ScramExchange(Verifier, true, default, "server"))).Failure);

    [Fact]
    public void A_mock_has_the_same_salt_for_a_name_each_time_and_another_for_another_name()
    {
        Assert.Equal(ScramVerifier.Mock("a", "s"u8).Salt.ToArray(), ScramVerifier.Mock("a", "s"u8).Salt.ToArray());
        Assert.NotEqual(ScramVerifier.Mock("a", "s"u8).Salt.ToArray(), ScramVerifier.Mock("b", "s"u8).Salt.ToArray());
        Assert.NotEqual(ScramVerifier.Mock("a", "s"u8).Salt.ToArray(), ScramVerifier.Mock("a", "t"u8).Salt.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("n")]
    [InlineData("n,,")]
    [InlineData("n,a=admin,n=,r=abc")]
    [InlineData("p=tls-unique,,n=,r=abc")]
    [InlineData("n,,r=abc,n=")]
    [InlineData("n,,n=,r=")]
    [InlineData("n,,n=,r=a\u0001c")]
    public void A_first_message_that_is_none_is_refused(string message) =>
        Assert.Equal(ScramFailure.Malformed, Assert.Throws<ScramException>(() => new ScramExchange(Verifier, false, default, "server").First("SCRAM-SHA-256", message)).Failure);

    [Theory]
    [InlineData("")]
    [InlineData("c=biws,r=abcserver")]
    [InlineData("c=biws,r=abcother,p=AAAA")]
    [InlineData("c=%%%,r=abcserver,p=AAAA")]
    [InlineData("c=biws,r=abcserver,p=AAAA")]
    [InlineData("r=abcserver,c=biws,p=AAAA")]
    public void A_final_message_that_is_none_is_refused(string message)
    {
        var exchange = new ScramExchange(Verifier, false, default, "server");
        exchange.First("SCRAM-SHA-256", "n,,n=,r=abc");
        Assert.Equal(ScramFailure.Malformed, Assert.Throws<ScramException>(() => exchange.Final(message)).Failure);
    }

    [Fact]
    public void A_role_is_given_no_verifier_that_costs_the_server_too_much_and_one_that_it_has_goes_on()
    {
        var most = ScramVerifier.Of("x", Salt, ScramVerifier.MostNewIterations).ToString();
        Assert.Equal(most, RoleChanges.VerifierOf(most).ToString());
        var more = most.Replace("$100000:", "$100001:");
        var refused = Assert.Throws<RoleException>(() => RoleChanges.VerifierOf(more));
        Assert.Equal("22023", refused.SqlState);
        Assert.Contains("100001 iterations; at most 100000", refused.Message);
        Assert.Equal(100_001, ScramVerifier.Parse(more)!.Iterations);
    }

    [Theory]
    [InlineData("plain ascii ~!@#", "plain ascii ~!@#")]
    [InlineData("I\u00ADX", "IX")]
    [InlineData("a\u00A0b", "a b")]
    [InlineData("grüße €", "grüße €")]
    [InlineData("密码かな", "密码かな")]
    [InlineData("a\tb", "a\tb")]
    [InlineData("\u00AA", null)]
    [InlineData("u\u0308", null)]
    [InlineData("\u2168", null)]
    [InlineData("שלום", null)]
    [InlineData("", null)]
    public void Passwords_are_prepared_where_that_needs_no_table(string password, string? prepared) => Assert.Equal(prepared, SaslPrep.TryPrepare(password));

    private static ScramVerifier Verifier { get; } = ScramVerifier.Of("pencil", Salt, 4096);

    /// <summary>An honest client with a password.</summary>
    private static Func<ScramExchange, string> Client(string password, string mechanism, string flag, ReadOnlyMemory<byte> binding) => exchange =>
    {
        var serverFirst = exchange.First(mechanism, $"{flag},,n=,r=abc");
        var fields = serverFirst.Split(',');
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, Convert.FromBase64String(fields[1][2..]), int.Parse(fields[2][2..]), HashAlgorithmName.SHA256, 32);
        var key = HMACSHA256.HashData(salted, "Client Key"u8);
        var unproven = $"c={Convert.ToBase64String([.. Encoding.UTF8.GetBytes($"{flag},,"), .. binding.Span])},{fields[0]}";
        var signature = HMACSHA256.HashData(SHA256.HashData(key), Encoding.UTF8.GetBytes($"n=,r=abc,{serverFirst},{unproven}"));
        return exchange.Final($"{unproven},p={Convert.ToBase64String([.. key.Zip(signature, (k, s) => (byte)(k ^ s))])}");
    };
}
