namespace ActorReplication.Cmd;

/// <summary>Destructive verbs ask first.</summary>
internal static class Confirmation
{
    public static void Require(Invocation invocation, string question)
    {
        if (invocation.Yes) return;
        if (Console.IsInputRedirected) throw new CommandException($"{question} Say --yes to do it without being asked.", CommandException.Usage);
        Console.Error.Write(question + " [y/N] ");
        if (Console.ReadLine()?.Trim().ToLowerInvariant() is not ("y" or "yes")) throw new CommandException("nothing was done");
    }
}
