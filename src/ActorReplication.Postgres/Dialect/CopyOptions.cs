namespace ActorReplication.Postgres.Dialect;

public enum CopyFormat : byte { Text, Csv, Binary }

public enum CopyHeader : byte
{
    None,

    /// <summary>The first line is written, or read over.</summary>
    Line,

    /// <summary>The first line must name the columns.</summary>
    Match,
}

/// <summary>How COPY's data looks. What is null takes the format's default.</summary>
/// <param name="ForceQuote">Columns whose values are quoted whatever they are; empty: all; null: none.</param>
/// <param name="ForceNotNull">Columns in which the text of NULL is a value.</param>
/// <param name="ForceNull">Columns in which the text of NULL is NULL even when it is quoted.</param>
public sealed record CopyOptions(CopyFormat Format, char? Delimiter, string? Null, CopyHeader Header, char? Quote, char? Escape,
    IReadOnlyList<string>? ForceQuote, IReadOnlyList<string> ForceNotNull, IReadOnlyList<string> ForceNull)
{
    public static readonly CopyOptions Default = new(CopyFormat.Text, null, null, CopyHeader.None, null, null, null, [], []);
}
