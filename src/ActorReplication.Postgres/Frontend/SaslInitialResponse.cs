using System.Text;

namespace ActorReplication.Postgres.Frontend;

/// <summary>SASLInitialResponse: the mechanism's name, and the client's first message.</summary>
internal static class SaslInitialResponse
{
    /// <exception cref="Backend.PgException">08P01.</exception>
    public static (string Mechanism, string Message) Read(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var mechanism = reader.Text();
        var length = reader.Int32();
        // -1: the mechanism's own first message is still to come; SCRAM's clients always send it along.
        var message = length < 0 ? "" : Encoding.UTF8.GetString(reader.Bytes(length));
        reader.End();
        return (mechanism, message);
    }
}
