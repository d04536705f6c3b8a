using ActorReplication.Node.CommandLine;
using ActorReplication.Node.Configuration;

namespace ActorReplication.Node.Hosting;

/// <summary><c>start</c>: one node, until it is asked to stop or can go no further.</summary>
internal static class StartCommand
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var options = new Arguments("start", arguments, "check", "watch-stdin");
        var file = options.Text("config") ?? throw options.Usage("--config FILE is missing");
        var (checkOnly, watchInput) = (options.Flag("check"), options.Flag("watch-stdin"));
        var expectedName = options.Text("name");
        options.RejectRest();

        var settings = Load(file);
        if (expectedName is not null && settings.Name.Name != expectedName)
            throw new ExitException(ExitCodes.Usage, $"--name {expectedName}, but {file} is the configuration of {settings.Name}");
        if (checkOnly)
        {
            Console.WriteLine($"{file} is in order: node {settings.Name}, data in {settings.DataFolder}, SQL on {settings.Postgres}, HTTP on {settings.Http}, nodes on {settings.RemoteHost}:{settings.RemotePort}");
            return ExitCodes.Ok;
        }
        using var shutdown = new ShutdownSignal();
        if (watchInput) shutdown.WatchStandardInput();
        return await NodeHost.RunAsync(settings, shutdown);
    }

    /// <exception cref="ExitException">It is not in order; each error has been printed.</exception>
    internal static NodeSettings Load(string file)
    {
        var (settings, errors) = ConfigLoader.Load(file, ConfigLoader.OverridesOf(Environment.GetEnvironmentVariables()));
        if (settings is not null) return settings;
        foreach (var error in errors) Console.Error.WriteLine(error);
        throw new ExitException(ExitCodes.Usage, errors.Count == 1 ? "1 error in the configuration" : $"{errors.Count} errors in the configuration");
    }
}
