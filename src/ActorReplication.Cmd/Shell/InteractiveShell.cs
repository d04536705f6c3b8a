namespace ActorReplication.Cmd.Shell;

/// <summary>actorctl without a verb: one command a line, until exit. What was typed is kept in ~/.actorctl_history, as <see cref="ShellHistory"/> says.</summary>
internal sealed class InteractiveShell(IReadOnlyList<string> common, Func<IReadOnlyList<string>, Task<int>> run)
{
    private static readonly string HistoryFile = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".actorctl_history");

    /// <returns>The last command's exit code.</returns>
    public async Task<int> RunAsync()
    {
        var history = Console.IsInputRedirected ? [] : Load();
        var editor = new LineEditor("actorctl> ", history, line => ShellLine.Completions(line, Palettes.Verbs.Select(v => v.Name).Concat(["help", "exit"])));
        var code = 0;
        while ((Console.IsInputRedirected ? Console.ReadLine() : editor.Read()) is { } line)
        {
            if (line.Trim() is "exit" or "quit") break;
            if (line.Trim().Length == 0) continue;
            if (history.LastOrDefault() != line) history.Add(line);
            code = await RunLineAsync(line);
        }
        if (!Console.IsInputRedirected) Save(history);
        return code;
    }

    private async Task<int> RunLineAsync(string line)
    {
        try
        {
            return await run([.. ShellLine.Split(line), .. common]);
        }
        catch (CommandException e)
        {
            Console.Error.WriteLine("actorctl: " + e.Message);
            return e.Code;
        }
    }

    private static List<string> Load()
    {
        try
        {
            return [.. File.ReadAllLines(HistoryFile)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static void Save(List<string> history)
    {
        try
        {
            ShellHistory.Write(HistoryFile, history);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"actorctl: the history is not kept: {e.Message}");
        }
    }
}
