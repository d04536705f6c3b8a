using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect;

/// <summary>A parsed statement and, once translated, what it was last translated to.</summary>
/// <param name="Query">The whole query text that positions count in.</param>
/// <param name="ParameterCount">The highest $n.</param>
internal sealed record PgStatement(string Text, int Offset, ControlStatement? Control, Statement? Tree, string Query, int ParameterCount)
    : ParsedStatement(Text, Offset, Control)
{
    /// <summary>One entry: the same text is nearly always used with the same declared types. Replaced whole, so readers need no lock.</summary>
    public TranslationMemo? Memo { get; set; }
}

internal sealed record TranslationMemo(long SchemaVersion, uint[] ParameterTypes, Translation Translation);
