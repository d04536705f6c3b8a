using ActorReplication.Node;
using ActorReplication.Node.CommandLine;
using ActorReplication.Node.Dev;
using ActorReplication.Node.Hosting;

try
{
    var rest = args.Skip(1).ToArray();
    switch (args.FirstOrDefault())
    {
        case "start":
            return await StartCommand.RunAsync(rest);
        case "restore":
            return RestoreCommand.Run(rest);
        case "dev":
            return await DevCommand.RunAsync(rest);
        case "version" or "--version":
            Console.WriteLine($"actor-replication {Usage.Version}");
            return ExitCodes.Ok;
        case "help" or "--help" or "-h":
            Console.WriteLine(Usage.Text);
            return ExitCodes.Ok;
        case null:
            Console.Error.WriteLine(Usage.Text);
            return ExitCodes.Usage;
        case var verb:
            throw new ExitException(ExitCodes.Usage, $"unknown verb \"{verb}\". See: actor-replication help");
    }
}
catch (ExitException e)
{
    Console.Error.WriteLine("actor-replication: " + e.Message);
    return e.Code;
}
catch (Exception e)
{
    // Nobody foresaw it: a defect. The trace is what its report needs.
    Console.Error.WriteLine($"actor-replication: fatal: {e.Message.ReplaceLineEndings(" ")}\n{e}");
    return ExitCodes.Fatal;
}
