using System.Globalization;
using System.Text;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>to_char(number, '…') with 9 0 . , FM S MI $ (D, G, L as . , $).</summary>
internal static class NumberPattern
{
    public static string Write(decimal value, string format)
    {
        var isFill = format.Contains("FM", StringComparison.Ordinal);
        var pattern = format.Replace("FM", "", StringComparison.Ordinal).Replace('D', '.').Replace('G', ',').Replace('L', '$');
        var hasSign = pattern.Contains('S');
        var hasMinus = pattern.Contains("MI", StringComparison.Ordinal);
        var digits = pattern.Replace("MI", "", StringComparison.Ordinal).Replace("S", "", StringComparison.Ordinal);
        if (digits.Any(c => c is not ('9' or '0' or '.' or ',' or '$' or ' '))) throw new DialectException("0A000", $"to_char pattern \"{format}\" for numbers is not supported");
        var point = digits.IndexOf('.');
        var whole = point < 0 ? digits : digits[..point];
        var decimals = point < 0 ? 0 : digits[(point + 1)..].Count(c => c is '9' or '0');
        var text = Math.Round(Math.Abs(value), decimals, MidpointRounding.AwayFromZero).ToString("F" + decimals, CultureInfo.InvariantCulture);
        var parts = text.Split('.');
        var places = whole.Count(c => c is '9' or '0');
        var negative = value < 0 && text.Any(c => c is >= '1' and <= '9');
        if (parts[0] == "0" && decimals > 0 && !whole.Contains('0')) parts[0] = "";
        var body = parts[0].Length > places ? new string('#', places) : Fill(whole, parts[0]);
        if (decimals > 0) body += "." + (isFill ? TrimDecimals(parts[1], digits[(point + 1)..]) : parts[1]);
        return Sign(body, negative, hasSign, hasMinus, pattern, isFill);
    }

    /// <summary>Digits into the places from the right; blanks for missing 9s, zeros from the first 0 on.</summary>
    private static string Fill(string places, string digits)
    {
        var firstZero = places.IndexOf('0');
        var next = digits.Length - 1;
        var result = new StringBuilder();
        for (var i = places.Length - 1; i >= 0; i--)
        {
            if (places[i] is '9' or '0') result.Insert(0, next >= 0 ? digits[next--] : firstZero >= 0 && i >= firstZero ? '0' : ' ');
            else if (places[i] == ',') result.Insert(0, next >= 0 || (firstZero >= 0 && i > firstZero) ? ',' : ' ');
            else result.Insert(0, places[i]);
        }

        return result.ToString();
    }

    private static string TrimDecimals(string decimals, string pattern)
    {
        var keep = pattern.LastIndexOf('0') + 1;
        var length = decimals.Length;
        while (length > keep && decimals[length - 1] == '0') length--;
        return decimals[..length];
    }

    private static string Sign(string body, bool negative, bool hasSign, bool hasMinus, string pattern, bool isFill)
    {
        if (hasMinus) return (isFill ? body.Trim() : body) + (negative ? "-" : isFill ? "" : " ");
        if (hasSign)
        {
            var sign = negative ? "-" : "+";
            var bare = body.TrimStart(' ');
            return pattern.EndsWith('S') ? body + sign : isFill ? sign + bare : sign.PadLeft(body.Length - bare.Length + 1) + bare;
        }

        if (isFill) return (negative ? "-" : "") + body.Trim();
        var trimmed = body.TrimStart(' ');
        return (negative ? "-" : " ").PadLeft(body.Length - trimmed.Length + 1) + trimmed;
    }
}
