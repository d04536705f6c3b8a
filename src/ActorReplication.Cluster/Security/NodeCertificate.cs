using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using ActorReplication.Certificates;

namespace ActorReplication.Cluster.Security;

/// <summary>Whether a certificate is a node's, and not only somebody's whom the same authority knows: it has <see cref="NodeMark"/> among its subject alternative names. Whom it names there is for people and logs: each node's certificate is as good as another's.</summary>
public static class NodeCertificate
{
    private const string AlternativeNames = "2.5.29.17";

    /// <summary>uniformResourceIdentifier [6] IA5String (RFC 5280, section 4.2.1.6).</summary>
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <summary>Null: it is. Else why not and what to do, in words for a log.</summary>
    public static string? ProblemOf(X509Certificate2 certificate)
    {
        try
        {
            if (certificate.Extensions.Where(e => e.Oid?.Value == AlternativeNames).SelectMany(e => UrisOf(e.RawData)).Any(IsMark)) return null;
        }
        catch (AsnContentException e)
        {
            return $"the subject alternative names of the certificate {certificate.Subject} cannot be read: {e.Message}";
        }
        return $"the certificate {certificate.Subject} is not a node's: it does not have {NodeMark.Prefix}NAME among its subject alternative names (a URI). Sign it anew with \"actorctl cert node\", or have your authority add that name: certificates of earlier versions need it too";
    }

    private static bool IsMark(string uri) => uri.Length > NodeMark.Prefix.Length && uri.StartsWith(NodeMark.Prefix, StringComparison.Ordinal);

    private static List<string> UrisOf(byte[] names)
    {
        var found = new List<string>();
        for (var rest = new AsnReader(names, AsnEncodingRules.DER).ReadSequence(); rest.HasData;)
        {
            if (rest.PeekTag().HasSameClassAndValue(Uri)) found.Add(rest.ReadCharacterString(UniversalTagNumber.IA5String, Uri));
            else rest.ReadEncodedValue();
        }
        return found;
    }
}
