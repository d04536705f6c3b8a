using System.Text;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>What in the text of a table, trigger or view makes a statement that involves it less than safe.</summary>
[Flags]
internal enum Hazard : ushort
{
    None = 0,
    Trigger = 1,
    View = 2,
    Limit = 4,

    /// <summary>A trigger that reads from a table.</summary>
    Query = 8,
    Elsewhere = 16,
    Chance = 32,
    LocalTime = 64,
    LastRowid = 128,
    Changes = 256,
}

/// <summary>Looks objects of the schema up by name, for one version of it.</summary>
internal sealed class SchemaHazards(Connection connection, TableCatalog catalog, FunctionKinds functions)
{
    private readonly Dictionary<string, Hazard> known = new(StringComparer.OrdinalIgnoreCase);
    private int generation;

    internal Hazard Of(string name)
    {
        if (generation != catalog.Generation)
        {
            known.Clear();
            generation = catalog.Generation;
        }
        if (!known.TryGetValue(name, out var hazard))
            known[name] = hazard = Read(name);
        return hazard;
    }

    private Hazard Read(string name)
    {
        var find = connection.PrepareInternal("SELECT type, sql FROM public.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND sql IS NOT NULL");
        try
        {
            find.Text(1, Encoding.UTF8.GetBytes(name));
            var hazard = Hazard.None;
            while (connection.StepInternal(find))
            {
                var type = find.TextString(0);
                hazard |= type switch { "trigger" => Hazard.Trigger, "view" => Hazard.View, _ => Hazard.None } | Scan(find.Text(1), type == "trigger");
            }
            return hazard;
        }
        finally
        {
            find.FinalizeHandle();
        }
    }

    private Hazard Scan(ReadOnlySpan<byte> sql, bool isTrigger)
    {
        var hazard = Hazard.None;
        var (previous, before) = ("", "");
        foreach (var token in SqlTokens.Of(sql))
        {
            hazard |= token switch
            {
                "LIMIT" => Hazard.Limit,
                "'LOCALTIME'" => Hazard.LocalTime,
                "FROM" when isTrigger && previous != "DELETE" => Hazard.Query,
                "(" when before is "INTO" or "TABLE" or "REFERENCES" => Hazard.None,
                "(" when functions.Of(previous) == FunctionInput.Elsewhere => Hazard.Elsewhere,
                "(" when functions.Of(previous) == FunctionInput.Chance => Hazard.Chance,
                "(" when previous == "LAST_INSERT_ROWID" => Hazard.LastRowid,
                "(" when previous == "CHANGES" => Hazard.Changes,
                _ => Hazard.None,
            };
            (before, previous) = (previous, token);
        }
        return hazard;
    }
}
