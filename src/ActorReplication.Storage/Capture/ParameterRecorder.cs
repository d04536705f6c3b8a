using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>Writes parameter values down instead of binding them.</summary>
internal sealed class ParameterRecorder : IParameterBinder
{
    private PayloadBuffer buffer = new();

    internal int Count { get; private set; }

    internal void Begin(PayloadBuffer target)
    {
        buffer = target;
        Count = 0;
    }

    public void Null(int number)
    {
        Take(number);
        buffer.Byte(PayloadFormat.Null);
    }

    public void Int64(int number, long value)
    {
        Take(number);
        buffer.Integer(value);
    }

    public void Double(int number, double value)
    {
        Take(number);
        buffer.Real(value);
    }

    public void Text(int number, ReadOnlySpan<byte> utf8)
    {
        Take(number);
        buffer.Byte(PayloadFormat.Text);
        buffer.Bytes(utf8);
    }

    public void Blob(int number, ReadOnlySpan<byte> bytes)
    {
        Take(number);
        buffer.Byte(PayloadFormat.Blob);
        buffer.Bytes(bytes);
    }

    /// <summary>Numbers that are left out are NULL.</summary>
    private void Take(int number)
    {
        if (number <= Count)
            throw new InvalidOperationException($"parameter {number} is bound after {Count}: values are bound in the order of their numbers");
        while (++Count < number)
            buffer.Byte(PayloadFormat.Null);
    }
}
