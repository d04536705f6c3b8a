namespace ActorReplication.Cmd.Shell;

/// <summary>Reads a line from the terminal: arrows, history, completion by the tabulator key.</summary>
internal sealed class LineEditor(string prompt, List<string> history, Func<string, IReadOnlyList<string>> complete)
{
    private string _line = "";
    private int _at;

    /// <summary>Null: the input has ended (Ctrl-D on an empty line).</summary>
    public string? Read()
    {
        (_line, _at) = ("", 0);
        var shown = history.Count;
        Draw();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            switch (key)
            {
                case { Key: ConsoleKey.Enter }: Console.WriteLine(); return _line;
                case { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } when _line.Length == 0: Console.WriteLine(); return null;
                case { Key: ConsoleKey.UpArrow } when shown > 0: Take(history[--shown]); break;
                case { Key: ConsoleKey.DownArrow } when shown < history.Count: Take(++shown < history.Count ? history[shown] : ""); break;
                case { Key: ConsoleKey.LeftArrow } when _at > 0: _at--; break;
                case { Key: ConsoleKey.RightArrow } when _at < _line.Length: _at++; break;
                case { Key: ConsoleKey.Home } or { Key: ConsoleKey.A, Modifiers: ConsoleModifiers.Control }: _at = 0; break;
                case { Key: ConsoleKey.End } or { Key: ConsoleKey.E, Modifiers: ConsoleModifiers.Control }: _at = _line.Length; break;
                case { Key: ConsoleKey.Backspace } when _at > 0: _line = _line.Remove(--_at, 1); break;
                case { Key: ConsoleKey.Delete } when _at < _line.Length: _line = _line.Remove(_at, 1); break;
                case { Key: ConsoleKey.U, Modifiers: ConsoleModifiers.Control }: Take(""); break;
                case { Key: ConsoleKey.Tab }: Complete(); break;
                case { KeyChar: >= ' ' and not '\x7f' }: _line = _line.Insert(_at++, key.KeyChar.ToString()); break;
            }
            Draw();
        }
    }

    private void Take(string line) => (_line, _at) = (line, line.Length);

    private void Complete()
    {
        var words = complete(_line[.._at]);
        if (words.Count == 0) return;
        var begun = _at - (_line[.._at].LastIndexOf(' ') + 1);
        var common = words.Aggregate((a, b) => a[..a.Zip(b).TakeWhile(p => p.First == p.Second).Count()]);
        var added = common[begun..] + (words.Count == 1 ? " " : "");
        if (added.Length == 0) Console.Write($"\n{string.Join("  ", words)}\n");
        _line = _line.Insert(_at, added);
        _at += added.Length;
    }

    private void Draw() => Console.Write($"\r\x1b[K{prompt}{_line}\r\x1b[{prompt.Length + _at}C");
}
