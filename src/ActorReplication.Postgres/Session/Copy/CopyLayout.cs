using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session.Copy;

/// <summary>How one COPY's data looks: its columns, and the format with all defaults filled in. Immutable.</summary>
internal sealed class CopyLayout
{
    public CopyLayout(string name, IReadOnlyList<string> columns, IReadOnlyList<PgType> types, IReadOnlyList<int> modifiers, CopyOptions options)
    {
        Name = name;
        Columns = columns;
        Types = [.. types];
        Modifiers = [.. modifiers];
        Format = options.Format;
        var isCsv = Format == CopyFormat.Csv;
        Delimiter = (byte)(options.Delimiter ?? (isCsv ? ',' : '\t'));
        Null = Encoding.UTF8.GetBytes(options.Null ?? (isCsv ? "" : "\\N"));
        Quote = (byte)(options.Quote ?? '"');
        Escape = (byte)(options.Escape ?? (char)Quote);
        Header = options.Header;
        ForceQuote = options.ForceQuote is { } quoted ? Flags(quoted, "FORCE_QUOTE", emptyIsAll: true) : new bool[Types.Length];
        ForceNotNull = Flags(options.ForceNotNull, "FORCE_NOT_NULL", emptyIsAll: false);
        ForceNull = Flags(options.ForceNull, "FORCE_NULL", emptyIsAll: false);
    }

    /// <summary>The table's name, for messages.</summary>
    public string Name { get; }
    public IReadOnlyList<string> Columns { get; }
    public PgType[] Types { get; }
    public int[] Modifiers { get; }
    public CopyFormat Format { get; }
    public bool IsBinary => Format == CopyFormat.Binary;
    public byte Delimiter { get; }

    /// <summary>What stands for NULL.</summary>
    public byte[] Null { get; }
    public byte Quote { get; }
    public byte Escape { get; }
    public CopyHeader Header { get; }
    public bool[] ForceQuote { get; }
    public bool[] ForceNotNull { get; }
    public bool[] ForceNull { get; }

    private bool[] Flags(IReadOnlyList<string> names, string option, bool emptyIsAll)
    {
        var flags = new bool[Types.Length];
        if (names.Count == 0 && emptyIsAll) Array.Fill(flags, true);
        foreach (var name in names)
        {
            var index = Columns.ToList().IndexOf(name);
            if (index < 0) throw new PgException(SqlStates.InvalidColumnReference, $"{option} column \"{name}\" not referenced by COPY");
            flags[index] = true;
        }
        return flags;
    }
}
