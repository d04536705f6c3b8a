namespace ActorReplication.Postgres.Dialect;

public enum AdvisoryKind : byte { Lock, Try, Unlock, UnlockAll }

/// <summary>SELECT pg_advisory_lock(…) or one of its kin, alone in its select list.</summary>
/// <param name="Name">The function's.</param>
/// <param name="IsPair">The key is two ints.</param>
public sealed record AdvisoryCall(string Name, AdvisoryKind Kind, bool IsShared, bool OfTransaction, bool IsPair)
{
    public bool Takes => Kind is AdvisoryKind.Lock or AdvisoryKind.Try;

    /// <summary>Else void.</summary>
    public bool AnswersBool => Kind is AdvisoryKind.Try or AdvisoryKind.Unlock;

    /// <summary>Null: no such function.</summary>
    public static AdvisoryCall? Of(string name, int arguments)
    {
        if (name == "pg_advisory_unlock_all") return arguments == 0 ? new AdvisoryCall(name, AdvisoryKind.UnlockAll, false, false, false) : null;
        var kind = name switch
        {
            "pg_advisory_lock" or "pg_advisory_lock_shared" or "pg_advisory_xact_lock" or "pg_advisory_xact_lock_shared" => AdvisoryKind.Lock,
            "pg_try_advisory_lock" or "pg_try_advisory_lock_shared" or "pg_try_advisory_xact_lock" or "pg_try_advisory_xact_lock_shared" => AdvisoryKind.Try,
            "pg_advisory_unlock" or "pg_advisory_unlock_shared" => AdvisoryKind.Unlock,
            _ => AdvisoryKind.UnlockAll,
        };
        if (kind == AdvisoryKind.UnlockAll || arguments is not (1 or 2)) return null;
        return new AdvisoryCall(name, kind, name.EndsWith("_shared", StringComparison.Ordinal), name.Contains("_xact_", StringComparison.Ordinal), arguments == 2);
    }
}
