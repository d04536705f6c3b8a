namespace ActorReplication.Storage.Pages;

/// <summary>Says of which bytes a database file is: files with the same lineage and the same position hold the same pages, byte for byte. A lineage begins with a leader's file; it goes on with
/// each entry of pages, on every node that had the bytes before; what else is written into the file ends it there.</summary>
/// <param name="Id">Drawn where the lineage begins; empty: the file is of none.</param>
/// <param name="Term">Position of the entry of pages that was written last.</param>
internal readonly record struct PageLineage(Guid Id, long Term, long Index)
{
    internal bool IsNone => Id == Guid.Empty;
}
