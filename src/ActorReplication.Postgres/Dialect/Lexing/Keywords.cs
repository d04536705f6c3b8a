using System.Collections.Frozen;

namespace ActorReplication.Postgres.Dialect.Lexing;

/// <summary>Which words cannot be names unless quoted (PostgreSQL 15's gram.y classes), and a pool of the spellings that occur in every query.</summary>
internal static class Keywords
{
    private static readonly FrozenSet<string> Reserved = Set("""
        all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create current_catalog
        current_date current_role current_time current_timestamp current_user default deferrable desc distinct do else end except false
        fetch for foreign from grant group having in initially intersect into lateral leading limit localtime localtimestamp not null offset
        on only or order placing primary references returning select session_user some symmetric table then to trailing true union unique
        user using variadic when where window with
        """);

    private static readonly FrozenSet<string> FunctionOrTypeName = Set("""
        authorization binary collation concurrently cross current_schema freeze full ilike inner is isnull join left like natural notnull
        outer overlaps right similar tablesample verbose
        """);

    /// <summary>Words that a column label must be introduced by AS to use.</summary>
    private static readonly FrozenSet<string> NeedsAs = Set("""
        array as char character create day except fetch filter for from grant group having hour intersect into isnull limit minute month
        notnull offset on order over overlaps precision returning second to union varying where window with within without year
        """);

    private static readonly FrozenSet<string> Common = Set("""
        insert update delete values set begin commit rollback start transaction show reset drop alter add table index view trigger if exists
        not key serial bigserial integer int bigint smallint text varchar boolean numeric timestamp timestamptz timestamp id name conflict nothing
        over partition by rows range recursive inner join left right full cross natural nulls first last count sum min max avg coalesce
        lower upper between like ilike is pg_catalog public a b c t v k
        ( ) , ; . = <> < > <= >= + - * / % || :: [ ] != -> ->>
        """);

    private static readonly FrozenDictionary<string, string> Pool =
        Reserved.Concat(FunctionOrTypeName).Concat(NeedsAs).Concat(Common).Distinct().ToFrozenDictionary(w => w, w => w);

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> PoolLookup = Pool.GetAlternateLookup<ReadOnlySpan<char>>();

    public static IEnumerable<string> ReservedWords => Reserved;
    public static bool IsReserved(string word) => Reserved.Contains(word);
    public static bool CanNameColumn(string word) => !Reserved.Contains(word) && !FunctionOrTypeName.Contains(word);
    public static bool CanNameFunction(string word) => !Reserved.Contains(word);
    public static bool CanBeBareLabel(string word) => !Reserved.Contains(word) && !FunctionOrTypeName.Contains(word) && !NeedsAs.Contains(word);

    public static string Intern(ReadOnlySpan<char> word) => PoolLookup.TryGetValue(word, out var pooled) ? pooled : word.ToString();

    private static FrozenSet<string> Set(string words) => words.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet();
}
