using System.Net.Http.Json;

namespace ActorReplication.Node.Callbacks;

/// <summary>Sends a JSON object by POST; anything of 200 to 299 is taken for a yes.</summary>
internal sealed class WebhookCallback(Uri address) : ICallback
{
    // A proxy's variables and redirections are nobody's business here.
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) }) { Timeout = Timeout.InfiniteTimeSpan };

    // Without what stands before the host: that may be a password.
    public string Name => address.GetLeftPart(UriPartial.Authority).Replace(address.UserInfo + "@", "", StringComparison.Ordinal) + address.AbsolutePath;

    public async Task CallAsync(RoleEvent what, CancellationToken cancellation)
    {
        using var answer = await Client.PostAsync(address, JsonContent.Create(what, RoleEventJson.Default.RoleEvent), cancellation);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"it answered {(int)answer.StatusCode}");
    }
}
