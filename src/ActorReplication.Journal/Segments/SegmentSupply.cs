namespace ActorReplication.Journal.Segments;

/// <summary>Keeps the next segment ready: made on the background thread once the current one is half full, so that changing to it costs no file operation.</summary>
internal sealed class SegmentSupply(SegmentFactory factory, WorkThread background, Segment? prepared) : IDisposable
{
    private readonly Lock _making = new();
    private Segment? _prepared = prepared;
    private ulong _asked;
    private ulong _taken;
    private JournalException? _failure;

    /// <summary>A failing disk met in the background; the log must stop on it.</summary>
    public JournalException? Failure => Volatile.Read(ref _failure);

    /// <summary>Starts making a segment unless it is there or being made.</summary>
    public void Ask(ulong number)
    {
        if (_asked >= number)
            return;
        _asked = number;
        background.TryPost(() => Make(number));
    }

    /// <summary>Hands out the segment, making it now if it could not be made before.</summary>
    /// <exception cref="JournalFullException">No space; may be tried again.</exception>
    /// <exception cref="JournalException">A failing disk.</exception>
    public Segment Take(ulong number)
    {
        lock (_making)
        {
            if (_prepared is null || _prepared.Number != number)
                _prepared = factory.Create(number);
            var taken = _prepared;
            _prepared = null;
            _taken = number;
            return taken;
        }
    }

    public void Dispose()
    {
        lock (_making)
            _prepared?.Release();
    }

    private void Make(ulong number)
    {
        lock (_making)
        {
            // Taken while this was still waiting: it is in use, and must not be made again over itself.
            if (_prepared is not null || number <= _taken)
                return;
            try
            {
                _prepared = factory.Create(number);
            }
            catch (JournalFullException)
            {
                // Taking it tries again; the write that needs it then gets the answer.
                _prepared = null;
            }
            catch (JournalException e)
            {
                Volatile.Write(ref _failure, e);
            }
        }
    }
}
