using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ActorReplication.Node.Tests.Ui;

/// <summary>Debian's Chromium without a window, driven by its DevTools protocol: one page.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };
    private readonly Process _process;
    private readonly DirectoryInfo _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly List<string> _problems = [];
    private int _last;

    private Browser(Process process, DirectoryInfo profile) => (_process, _profile) = (process, profile);

    /// <summary>Errors and warnings of the page's console, refused requests among them.</summary>
    public IReadOnlyList<string> Problems => _problems;

    public static async Task<Browser> StartAsync()
    {
        var profile = Directory.CreateTempSubdirectory("ar-browser-");
        var start = new ProcessStartInfo("/usr/bin/chromium") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--disable-background-networking", "--remote-debugging-port=0", "--user-data-dir=" + profile.FullName, "about:blank"])
            start.ArgumentList.Add(argument);
        var browser = new Browser(Process.Start(start)!, profile);
        using var patience = new CancellationTokenSource(Patience);
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        browser._process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text && Regex.Match(text, @"DevTools listening on ws://([^/]+)/") is { Success: true } told) said.TrySetResult(told.Groups[1].Value);
        };
        browser._process.BeginErrorReadLine();
        browser._process.BeginOutputReadLine();
        var address = await said.Task.WaitAsync(patience.Token);
        using var http = new HttpClient();
        var pages = JsonNode.Parse(await http.GetStringAsync($"http://{address}/json/list"))!.AsArray();
        await browser._socket.ConnectAsync(new Uri((string)pages.First(p => (string?)p!["type"] == "page")!["webSocketDebuggerUrl"]!), patience.Token);
        foreach (var domain in (string[])["Page", "Runtime", "Log", "Network"]) await browser.SendAsync($"{domain}.enable");
        return browser;
    }

    public Task OpenAsync(string url) => SendAsync("Page.navigate", new { url });

    public async Task LookAsync(int width, int height, bool dark, bool phone = false)
    {
        await SendAsync("Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = 1, mobile = phone });
        await SendAsync("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = dark ? "dark" : "light" } } });
    }

    public async Task<JsonNode?> EvaluateAsync(string script)
    {
        var result = await SendAsync("Runtime.evaluate", new { expression = script, awaitPromise = true, returnByValue = true });
        return result["exceptionDetails"] is { } thrown ? throw new InvalidOperationException($"{script}: {thrown.ToJsonString()}") : result["result"]?["value"];
    }

    /// <summary>Asks again until the expression is true.</summary>
    public async Task UntilAsync(string condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while ((bool?)await EvaluateAsync($"(() => {{ try {{ return !!({condition}) }} catch {{ return false }} }})()") != true)
        {
            if (patience.IsCancellationRequested) throw new TimeoutException($"never true: {condition}; the page: {await EvaluateAsync("document.body.innerText")}; {string.Join('\n', _problems)}");
            await Task.Delay(20);
        }
    }

    public async Task PressAsync(string key, int code, string? text = null)
    {
        await SendAsync("Input.dispatchKeyEvent", new { type = text is null ? "rawKeyDown" : "keyDown", key, code = key, windowsVirtualKeyCode = code, text });
        await SendAsync("Input.dispatchKeyEvent", new { type = "keyUp", key, code = key, windowsVirtualKeyCode = code });
    }

    /// <summary>The whole page, however long.</summary>
    public async Task ScreenshotAsync(string file)
    {
        var picture = await SendAsync("Page.captureScreenshot", new { format = "png", captureBeyondViewport = true });
        await File.WriteAllBytesAsync(file, Convert.FromBase64String((string)picture["data"]!));
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        try
        {
            _profile.Delete(true);
        }
        catch (IOException)
        {
            // A helper of the browser still writes into it; the folder is a temporary one.
        }
    }

    private async Task<JsonNode> SendAsync(string method, object? parameters = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        var id = ++_last;
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters ?? new { } }, WithoutNulls), WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            var message = await ReceiveAsync(patience.Token);
            Note(message);
            if ((int?)message["id"] != id) continue;
            return message["result"] ?? throw new InvalidOperationException($"{method}: {message.ToJsonString()}");
        }
    }

    private void Note(JsonNode message)
    {
        switch ((string?)message["method"])
        {
            case "Log.entryAdded" when (string?)message["params"]!["entry"]!["level"] is "error" or "warning": _problems.Add(message["params"]!["entry"]!.ToJsonString()); break;
            case "Runtime.exceptionThrown": _problems.Add(message["params"]!.ToJsonString()); break;
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellation)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, cancellation);
            whole.Write(buffer, 0, part.Count);
            if (part.EndOfMessage) break;
        }
        whole.Position = 0;
        return JsonNode.Parse(whole)!;
    }
}
