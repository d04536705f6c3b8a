using ActorReplication.Node.Tests.EndToEnd;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.Ui;

/// <summary>The page in a real browser, before a real cluster.</summary>
[Collection(SharedCluster.Name)]
public sealed class Dashboard(TestCluster cluster, ITestOutputHelper output)
{
    [FactWith("chromium")]
    public async Task It_shows_the_nodes_follows_a_failover_and_hands_over_by_keyboard()
    {
        var leader = await cluster.HealthyAsync();
        var watched = cluster.Nodes.First(n => n != leader);
        await using var browser = await Browser.StartAsync();
        await browser.LookAsync(1280, 900, dark: false);
        await browser.OpenAsync(new Uri(cluster.Options.HttpOf(cluster.IndexOf(watched)), "ui").ToString());
        await browser.UntilAsync($"document.querySelector('[data-node=\"{leader.Name}\"]')?.dataset.role === 'leader'");
        Assert.Equal(3, (int)(await browser.EvaluateAsync("document.querySelectorAll('.node').length"))!);
        await browser.UntilAsync("document.querySelectorAll('#links path.flows').length === 2");
        output.WriteLine($"first contentful paint: {await browser.EvaluateAsync("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")} ms");
        Assert.Empty(browser.Problems);

        await leader.KillAsync();
        await browser.UntilAsync($"document.querySelector('[data-node=\"{leader.Name}\"]').dataset.state === 'unreachable' && document.querySelector('[data-role=leader]')?.dataset.node !== '{leader.Name}' && document.querySelector('[data-role=leader]')");
        await browser.UntilAsync($"document.getElementById('warnings').innerText.includes('{leader.Name} does not answer')");
        if (Environment.GetEnvironmentVariable("DASHBOARD_PICTURES") is { } folder) await browser.ScreenshotAsync(Path.Combine(folder, "failover.png"));
        var next = await cluster.HealthyAsync();
        // Another test's failover may have left a tail to salvage, of which the page rightly goes on to warn.
        await browser.UntilAsync($"document.querySelectorAll('#links path.flows').length === 2 && !document.getElementById('warnings').innerText.includes('{leader.Name} does not answer')");

        // By keyboard: to the button, into the dialog, to the list, and to the other button.
        await browser.UntilAsync("!document.getElementById('switchover').disabled");
        await browser.EvaluateAsync("document.getElementById('switchover').focus()");
        await browser.PressAsync("Enter", 13, "\r");
        await browser.UntilAsync("document.getElementById('ask').open && document.activeElement.id === 'ask-no'");
        await browser.PressAsync("Escape", 27);
        await browser.UntilAsync("!document.getElementById('ask').open && document.activeElement.id === 'switchover'");
        await browser.PressAsync("Enter", 13, "\r");
        await browser.UntilAsync("document.getElementById('ask').open");
        var to = cluster.Nodes.First(n => n != next);
        await browser.EvaluateAsync($"document.getElementById('ask-to').value = '{to.Name}'");
        await browser.PressAsync("Tab", 9);
        await browser.UntilAsync("document.activeElement.id === 'ask-yes'");
        await browser.PressAsync("Enter", 13, "\r");
        await browser.UntilAsync($"!document.getElementById('ask').open && document.querySelector('[data-role=leader]')?.dataset.node === '{to.Name}'");
        Assert.Contains($"{to.Name} leads now", (string)(await browser.EvaluateAsync("document.getElementById('said').textContent"))!);
        Assert.Equal(to, await cluster.HealthyAsync());
    }

    [FactWith("chromium")]
    public async Task Failover_is_paused_and_resumed_through_the_page()
    {
        var leader = await cluster.HealthyAsync();
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(new Uri(cluster.Options.HttpOf(cluster.IndexOf(leader)), "ui").ToString());
        await browser.UntilAsync("!document.getElementById('pause').disabled");
        await browser.EvaluateAsync("document.getElementById('pause').click(); document.getElementById('ask-yes').click()");
        await browser.UntilAsync("document.getElementById('warnings').innerText.includes('failover is paused') && document.getElementById('pause').innerText.startsWith('Resume')");
        Assert.True((await cluster.ViewAsync(leader))!.Paused);
        await browser.UntilAsync("!document.getElementById('ask').open");
        await browser.EvaluateAsync("document.getElementById('pause').click(); document.getElementById('ask-yes').click()");
        await browser.UntilAsync("!document.getElementById('warnings').innerText.includes('failover is paused')");
        Assert.False((await cluster.ViewAsync(leader))!.Paused);
    }

    [FactWith("chromium")]
    public async Task It_fits_a_phone_and_a_desk_in_both_schemes()
    {
        var leader = await cluster.HealthyAsync();
        await using var browser = await Browser.StartAsync();
        var grounds = new HashSet<string>();
        foreach (var (width, dark) in ((int, bool)[])[(390, false), (390, true), (1280, false), (1280, true)])
        {
            await browser.LookAsync(width, 900, dark, phone: width < 500);
            await browser.OpenAsync(new Uri(cluster.Options.HttpOf(cluster.IndexOf(leader)), "ui").ToString());
            await browser.UntilAsync("document.querySelectorAll('.node').length === 3 && document.querySelectorAll('#ledger tr').length > 0");
            Assert.Equal(width, (int)(await browser.EvaluateAsync("document.documentElement.scrollWidth"))!);
            grounds.Add((string)(await browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor"))!);
            // Every control has a name that is read out.
            Assert.True((bool)(await browser.EvaluateAsync("[...document.querySelectorAll('button, select')].every(c => c.innerText.trim() || c.labels?.length || c.closest('dialog'))"))!);
            if (Environment.GetEnvironmentVariable("DASHBOARD_PICTURES") is { } folder) await browser.ScreenshotAsync(Path.Combine(folder, $"{width}-{(dark ? "dark" : "light")}.png"));
        }
        Assert.Equal(2, grounds.Count);
        Assert.Empty(browser.Problems);
    }
}
