using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Ui;

/// <summary>The dashboard, <c>GET /ui</c>: files inside the program, which load nothing from anywhere else and run no script but their own.</summary>
internal static class UiEndpoints
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>By path, with the file and its type.</summary>
    public static IReadOnlyDictionary<string, (string File, string Type)> Files { get; } = new Dictionary<string, (string, string)>
    {
        ["/ui"] = ("index.html", "text/html; charset=utf-8"),
        ["/ui/style.css"] = ("style.css", "text/css; charset=utf-8"),
        ["/ui/icon.svg"] = ("icon.svg", "image/svg+xml"),
        ["/ui/page.js"] = ("page.js", Script),
        ["/ui/format.js"] = ("format.js", Script),
        ["/ui/nodes.js"] = ("nodes.js", Script),
        ["/ui/charts.js"] = ("charts.js", Script),
        ["/ui/history.js"] = ("history.js", Script),
        ["/ui/actions.js"] = ("actions.js", Script),
        ["/ui/warnings.js"] = ("warnings.js", Script),
    };

    private const string Script = "text/javascript; charset=utf-8";

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, (file, type)) in Files)
        {
            var content = new Lazy<byte[]>(() => Read(file));
            routes.MapMethods(path, ["GET", "HEAD"], context =>
            {
                var response = context.Response;
                response.ContentType = type;
                response.ContentLength = content.Value.Length;
                response.Headers.ContentSecurityPolicy = Policy;
                response.Headers.XContentTypeOptions = "nosniff";
                response.Headers["Referrer-Policy"] = "no-referrer";
                response.Headers.CacheControl = "no-cache";
                return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(content.Value, context.RequestAborted).AsTask();
            });
        }
    }

    private static byte[] Read(string file)
    {
        using var stream = typeof(UiEndpoints).Assembly.GetManifestResourceStream("ui/" + file) ?? throw new InvalidOperationException($"{file} is not in the program");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
