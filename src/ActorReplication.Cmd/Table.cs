using System.Text;

namespace ActorReplication.Cmd;

/// <summary>Columns as wide as their content; numbers to the right; the last column is cut where the terminal ends.</summary>
internal sealed class Table(params string[] headings)
{
    private readonly List<string[]> _rows = [];

    public void Add(params ReadOnlySpan<string?> cells)
    {
        var row = new string[headings.Length];
        for (var i = 0; i < row.Length; i++) row[i] = cells[i] is { Length: > 0 } text ? text : "-";
        _rows.Add(row);
    }

    /// <param name="width">Longest line; 0 = no bound.</param>
    public string Render(int width)
    {
        var text = new StringBuilder();
        var widths = headings.Select((h, i) => Math.Max(h.Length, _rows.Count == 0 ? 0 : _rows.Max(r => r[i].Length))).ToArray();
        var numeric = headings.Select((_, i) => _rows.Count > 0 && _rows.All(r => r[i] == "-" || r[i].All(c => char.IsAsciiDigit(c) || c is '.' or ' '))).ToArray();
        Line(text, headings, widths, numeric, width);
        Line(text, [.. widths.Select(w => new string('-', w))], widths, numeric, width);
        foreach (var row in _rows) Line(text, row, widths, numeric, width);
        return text.ToString();
    }

    /// <summary>The terminal's width, or no bound when the output goes elsewhere.</summary>
    public static int TerminalWidth => Console.IsOutputRedirected ? 0 : Math.Max(40, Console.WindowWidth);

    private static void Line(StringBuilder text, string[] cells, int[] widths, bool[] numeric, int width)
    {
        var line = string.Join("  ", cells.Select((c, i) => numeric[i] ? c.PadLeft(widths[i]) : c.PadRight(widths[i]))).TrimEnd();
        text.AppendLine(width > 0 && line.Length > width ? line[..(width - 1)] + "…" : line);
    }
}
