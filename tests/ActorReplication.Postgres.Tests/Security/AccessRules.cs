using System.Net;
using ActorReplication.Postgres.Security;
using Xunit;

namespace ActorReplication.Postgres.Tests.Security;

public sealed class AccessRules
{
    [Theory]
    [InlineData("host all all all trust", "10.1.2.3", false, true)]
    [InlineData("host all all 10.0.0.0/8 trust", "10.1.2.3", false, true)]
    [InlineData("host all all 10.0.0.0/8 trust", "11.1.2.3", false, false)]
    [InlineData("host all all 10.0.0.0/8 trust", "::ffff:10.1.2.3", false, true)]
    [InlineData("host all all ::ffff:10.0.0.0/104 trust", "10.1.2.3", false, true)]
    [InlineData("host all all ::ffff:10.1.2.3 reject", "10.1.2.3", false, true)]
    [InlineData("hostssl all all all trust", "10.1.2.3", false, false)]
    [InlineData("hostssl all all all trust", "10.1.2.3", true, true)]
    [InlineData("hostnossl all all all trust", "10.1.2.3", true, false)]
    [InlineData("host other all all trust", "10.1.2.3", false, false)]
    [InlineData("host postgres ada,bob all trust", "10.1.2.3", false, true)]
    [InlineData("host all bob all trust", "10.1.2.3", false, false)]
    [InlineData("host all all ::1 trust", "::1", false, true)]
    public void A_rule_matches_by_transport_database_user_and_address(string rule, string address, bool isEncrypted, bool matches) =>
        Assert.Equal(matches, AccessRule.Parse(rule).Matches(IPAddress.Parse(address), isEncrypted, "postgres", "ada"));

    [Theory]
    [InlineData("host all all all")]
    [InlineData("local all all all trust")]
    [InlineData("host all all all md5")]
    [InlineData("host all all 10.0.0.1/33 trust")]
    [InlineData("host all all example.org trust")]
    [InlineData("host all all all cert")]
    public void A_line_that_is_no_rule_is_refused(string line) => Assert.Throws<FormatException>(() => AccessRule.Parse(line));

    [Theory]
    [InlineData("host all all 127.0.0.0/8 trust", false)]
    [InlineData("host all all 127.0.0.1 trust", false)]
    [InlineData("host all all ::1/128 trust", false)]
    [InlineData("host all all 0.0.0.0/0 trust", true)]
    [InlineData("host all all 127.0.0.0/7 trust", true)]
    [InlineData("host all all all trust", true)]
    public void A_rule_knows_whether_it_reaches_beyond_this_machine(string line, bool reaches)
    {
        if (line.Contains("/7")) line = line.Replace("127.0.0.0", "126.0.0.0");
        Assert.Equal(reaches, AccessRule.Parse(line).ReachesBeyondLoopback);
    }

    [Fact]
    public void Wrong_tries_of_one_address_are_bounded_and_others_do_not_wait_for_it()
    {
        var clock = new SteppedClock();
        var failures = new FailedTries(clock);
        IPAddress bad = IPAddress.Parse("10.0.0.1"), good = IPAddress.Parse("10.0.0.2");
        for (var i = 0; i < FailedTries.AtOnce; i++)
        {
            Assert.Equal(TimeSpan.Zero, failures.Wait(bad));
            failures.Failed(bad);
        }
        Assert.Equal(FailedTries.Each, failures.Wait(bad));
        Assert.Equal(TimeSpan.Zero, failures.Wait(good));
        clock.Now += FailedTries.Each;
        Assert.Equal(TimeSpan.Zero, failures.Wait(bad));
        failures.Failed(bad);
        Assert.Equal(FailedTries.Each, failures.Wait(bad));
    }

    [Fact]
    public void A_whole_IPv6_network_counts_as_one_address()
    {
        var failures = new FailedTries(new SteppedClock());
        for (var i = 1; i <= FailedTries.AtOnce; i++) failures.Failed(IPAddress.Parse($"2001:db8::{i}"));
        Assert.NotEqual(TimeSpan.Zero, failures.Wait(IPAddress.Parse("2001:db8::ffff")));
    }

    [Fact]
    public void Whoever_goes_on_trying_has_others_of_his_address_wait_no_longer_than_that()
    {
        var clock = new SteppedClock();
        var failures = new FailedTries(clock);
        var shared = IPAddress.Parse("10.0.0.1");
        for (var i = 0; i < 5000; i++) failures.Failed(shared);
        Assert.Equal(FailedTries.LongestWait, failures.Wait(shared));
        clock.Now += FailedTries.LongestWait;
        Assert.Equal(TimeSpan.Zero, failures.Wait(shared));
    }

    [Fact]
    public void Who_has_many_addresses_does_not_get_one_forgotten_that_he_has_used_up()
    {
        var failures = new FailedTries(new SteppedClock());
        var used = IPAddress.Parse("10.0.0.1");
        for (var i = 0; i < 100; i++) failures.Failed(used);
        for (var i = 0; i < 2 * FailedTries.MostAddresses; i++) failures.Failed(new IPAddress([11, (byte)(i >> 16), (byte)(i >> 8), (byte)i]));
        Assert.Equal(FailedTries.LongestWait, failures.Wait(used));
    }

    [Theory]
    [InlineData(false, true, "hostssl all all all scram-sha-256")]
    [InlineData(false, false, "host all all 10.0.0.0/8 reject", "host all all all trust")]
    [InlineData(false, false, "host all all 11.0.0.0/8 trust")]
    [InlineData(true, true, "host all all 10.0.0.0/8 scram-sha-256")]
    [InlineData(true, true, "host all eve all reject", "host app all all reject", "host all all all trust")]
    [InlineData(true, false, "hostnossl all all all trust")]
    public void Somebody_is_let_in_from_there_or_nobody_is(bool plain, bool encrypted, params string[] lines)
    {
        var rules = lines.Select(AccessRule.Parse).ToArray();
        var address = IPAddress.Parse("10.1.2.3");
        Assert.Equal((plain, encrypted), (AccessRule.LetsAnybodyIn(rules, address, false), AccessRule.LetsAnybodyIn(rules, address, true)));
    }

    private sealed class SteppedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
