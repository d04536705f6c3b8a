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

    private sealed class SteppedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
