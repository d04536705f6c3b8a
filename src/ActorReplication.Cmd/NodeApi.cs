using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd;

/// <summary>The nodes' HTTP API. Hosts are tried in turn until one answers.</summary>
/// <param name="tokenFile">Its first line is shown; null: nothing is.</param>
/// <param name="authorityFile">HTTPS, with certificates from these authorities; null: plain HTTP.</param>
internal sealed class NodeApi(IReadOnlyList<string> hosts, string? tokenFile = null, string? authorityFile = null) : IDisposable
{
    private readonly HttpClient _http = NodeHttp.Client(tokenFile, authorityFile);
    private readonly string _scheme = authorityFile is null ? "http" : "https";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>For what reads or writes a whole database or log.</summary>
    public static readonly TimeSpan LongPatience = TimeSpan.FromMinutes(30);

    public Task<JsonNode> GetAsync(string path, TimeSpan? patience = null) => SendAsync(HttpMethod.Get, path, null, patience ?? Patience);

    public Task<JsonNode> PostAsync(string path, JsonObject body, TimeSpan? patience = null) => SendAsync(HttpMethod.Post, path, body, patience ?? Patience);

    /// <summary>An answer of JSON lines, as an array.</summary>
    public async Task<JsonNode> GetLinesAsync(string path) => await SendAsync(HttpMethod.Get, path, null, LongPatience, lines: true);

    public void Dispose() => _http.Dispose();

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonObject? body, TimeSpan patience, bool lines = false)
    {
        var problems = new List<string>();
        foreach (var host in hosts)
        {
            using var request = new HttpRequestMessage(method, $"{_scheme}://{host}{path}");
            if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
            using var limited = new CancellationTokenSource(patience);
            try
            {
                using var answer = await _http.SendAsync(request, limited.Token);
                var text = await answer.Content.ReadAsStringAsync(limited.Token);
                if (lines && answer.IsSuccessStatusCode) return new JsonArray([.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => (JsonNode?)Parse(l, host))]);
                var json = Parse(text, host);
                if (answer.IsSuccessStatusCode) return json;
                // It did nothing, and another one can answer.
                if (answer.StatusCode == System.Net.HttpStatusCode.MisdirectedRequest)
                {
                    problems.Add($"{host}: {Text(json, "detail")}");
                    continue;
                }
                throw new CommandException($"{host}: {Text(json, "title") ?? $"HTTP {(int)answer.StatusCode}"}: {Text(json, "detail") ?? text}");
            }
            catch (HttpRequestException e)
            {
                problems.Add($"{host}: {e.InnerException?.Message ?? e.Message}");
            }
            catch (OperationCanceledException)
            {
                // A change may have happened although the answer did not come: another host must not be asked to do it again.
                if (method == HttpMethod.Post) throw new CommandException($"{host} did not answer in time; the change may have happened: look at cluster show");
                problems.Add($"{host}: no answer in time");
            }
        }
        throw new CommandException($"no node answers ({string.Join("; ", problems)}): is the cluster up, and --host right?");
    }

    private static JsonNode Parse(string text, string host)
    {
        try
        {
            return JsonNode.Parse(text) ?? throw new CommandException($"{host} answered nothing");
        }
        catch (JsonException)
        {
            throw new CommandException($"{host} does not answer like a node: is --host its HTTP port?");
        }
    }

    private static string? Text(JsonNode json, string name) => json is JsonObject o && o[name] is JsonValue value ? value.ToString() : null;
}
