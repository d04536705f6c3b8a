using System.Collections.Concurrent;

namespace ActorReplication.Postgres.Dialect;

/// <summary>A bounded map by text: two generations; when the young one is full it becomes the old one, and what is used again moves back. A hit is one
/// or two look-ups and takes no lock.</summary>
internal sealed class TextCache<T>(int capacity) where T : class
{
    private readonly int _generationSize = Math.Max(1, capacity / 2);
    private volatile ConcurrentDictionary<string, T> _young = new();
    private volatile ConcurrentDictionary<string, T> _old = new();
    private int _count;

    public int Count => _young.Count + _old.Count;

    public T? Find(string text)
    {
        if (_young.TryGetValue(text, out var value)) return value;
        if (!_old.TryGetValue(text, out value)) return null;
        Add(text, value);
        return value;
    }

    public void Add(string text, T value)
    {
        if (!_young.TryAdd(text, value) || Interlocked.Increment(ref _count) < _generationSize) return;
        lock (this)
        {
            if (Volatile.Read(ref _count) < _generationSize) return;
            _old = _young;
            _young = new ConcurrentDictionary<string, T>();
            Volatile.Write(ref _count, 0);
        }
    }
}
