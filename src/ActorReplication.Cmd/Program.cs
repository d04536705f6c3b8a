using ActorReplication.Cmd;
using ActorReplication.Cmd.Shell;

try
{
    var invocation = Invocation.Parse(args);
    if (invocation.Words.Count > 0 || invocation.Help) return await RunAsync(args);
    if (!Console.IsInputRedirected) Console.WriteLine("actorctl: help shows the commands, Tab completes them, exit ends.");
    return await new InteractiveShell(args, RunAsync).RunAsync();
}
catch (CommandException e)
{
    Console.Error.WriteLine("actorctl: " + e.Message);
    return e.Code;
}

static async Task<int> RunAsync(IReadOnlyList<string> arguments)
{
    var invocation = Invocation.Parse(arguments);
    if (invocation.Help || invocation.Words is [.., "help"] or ["help", ..])
    {
        Console.Write(Palettes.Help([.. invocation.Words.Where(w => w != "help")]));
        return 0;
    }
    var verb = Palettes.Find(invocation.Words) ?? throw new CommandException(Palettes.NoSuch(invocation.Words), CommandException.Usage);
    invocation.SuggestFor(verb);
    using var api = new NodeApi(invocation.Hosts, invocation.TokenFile, invocation.AuthorityFile);
    var answer = await verb.RunAsync(api, invocation);
    Console.Write(invocation.Json ? answer.Shown() + "\n" : verb.Show(answer));
    return verb.Code(answer);
}
