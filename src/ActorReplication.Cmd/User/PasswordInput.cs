using System.Text;

namespace ActorReplication.Cmd.User;

internal static class PasswordInput
{
    /// <summary>The first line of a file that nobody else may read.</summary>
    public static string FromFile(string file)
    {
        Secrets.RequirePrivate(file);
        return File.ReadLines(file).FirstOrDefault() is { Length: > 0 } line ? line : throw new CommandException($"{file} is empty");
    }

    /// <summary>From the terminal, twice and unseen; or one line of a redirected input.</summary>
    public static string Ask()
    {
        if (Console.IsInputRedirected) return Console.In.ReadLine() is { Length: > 0 } line ? line : throw new CommandException("no password came in: --password-file FILE, or a line of input");
        var first = Read("new password: ");
        return first.Length > 0 && first == Read("once more: ") ? first : throw new CommandException("the two are not the same, or empty: nothing was changed");
    }

    private static string Read(string prompt)
    {
        Console.Error.Write(prompt);
        var text = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) text.Length = Math.Max(0, text.Length - 1);
            else if (key.KeyChar != '\0') text.Append(key.KeyChar);
        }
        Console.Error.WriteLine();
        return text.ToString();
    }
}
