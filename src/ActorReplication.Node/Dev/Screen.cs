namespace ActorReplication.Node.Dev;

/// <summary>Standard output with one line at the bottom that changes: rewritten in place on a terminal, elsewhere a line for each change.</summary>
internal sealed class Screen
{
    private readonly Lock _gate = new();
    private readonly bool _terminal = !Console.IsOutputRedirected;
    private string _bottom = "";
    private string _change = "";

    /// <summary>A line that stays.</summary>
    public void Tell(string text)
    {
        lock (_gate)
        {
            Clear();
            Console.WriteLine(text);
            Draw();
        }
    }

    /// <param name="line">The line at the bottom.</param>
    /// <param name="change">What makes it a new line where nothing can be rewritten (the line without what moves all the time).</param>
    public void Bottom(string line, string change)
    {
        lock (_gate)
        {
            if (!_terminal)
            {
                if (change != _change) Console.WriteLine($"{DateTime.Now:HH:mm:ss.fff} {line}");
                _change = change;
                return;
            }
            if (line == _bottom) return;
            _bottom = line;
            Clear();
            Draw();
        }
    }

    public void LeaveBottom()
    {
        lock (_gate)
        {
            if (_terminal && _bottom.Length > 0) Console.WriteLine();
            _bottom = "";
        }
    }

    private void Clear()
    {
        if (_terminal && _bottom.Length > 0) Console.Write("\r\u001b[2K");
    }

    private void Draw()
    {
        if (!_terminal || _bottom.Length == 0) return;
        var width = Math.Max(20, Console.WindowWidth - 1);
        Console.Write(_bottom.Length > width ? _bottom[..width] : _bottom);
    }
}
