using ActorReplication.Cmd;

try
{
    var invocation = Invocation.Parse(args);
    if (invocation.Help || invocation.Words is [] or [.., "help"] or ["help", ..])
    {
        Console.Write(Palettes.Help([.. invocation.Words.Where(w => w != "help")]));
        return invocation.Words.Count == 0 && !invocation.Help ? CommandException.Usage : 0;
    }
    if (Palettes.Find(invocation.Words) is not { } verb)
        throw new CommandException($"no such command: {string.Join(' ', invocation.Words)}. See: actorctl help", CommandException.Usage);
    using var api = new NodeApi(invocation.Hosts);
    var answer = await verb.RunAsync(api, invocation);
    Console.Write(invocation.Json ? answer.Shown() + "\n" : verb.Show(answer));
    return verb.Code(answer);
}
catch (CommandException e)
{
    Console.Error.WriteLine("actorctl: " + e.Message);
    return e.Code;
}
