using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using CdrApi.Http;

namespace CdrApi.Cdrs;

/// <summary>IP addresses and networks as callers write them.</summary>
internal static partial class AddressText
{
    /// <summary>What looks like an address must be one; anything else is compared to the letter, since a switch may write a name there.</summary>
    public static AddressIn? Read(QueryReader from, CdrFilterParameter parameter, IReadOnlyList<string> values)
    {
        var (texts, networks) = (new List<string>(), new List<string>());
        foreach (var value in values)
        {
            if (!Like().IsMatch(value))
            {
                texts.Add(value);
            }
            else if (!TryParse(value, out var network))
            {
                from.Fault(parameter.Name, $"'{value}' is no IP address and no network. Write it as 192.0.2.17, 192.0.2.0/24 or 2001:db8::/32.");
                return null;
            }
            else if (value.Contains('.') && !value.Contains('/') && !value.Contains(':'))
            {
                // IPv4 has one way to be written: no cast of each CDR's.
                texts.Add(value);
            }
            else
            {
                networks.Add(network);
            }
        }

        return new AddressIn(parameter.Field, texts, networks);
    }

    private static bool TryParse(string text, out string network)
    {
        network = "";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = slash < 0 ? text : text[..slash];
        var bits = address.Contains(':') ? 128 : 32;
        var length = bits;
        // IPv4 also without its zeros, or in hexadecimal, is none here.
        if (!IPAddress.TryParse(address, out var parsed) || !(bits == 32 ? parsed.ToString() == address : Ipv6().IsMatch(address))
            || (slash >= 0 && !(int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= bits)))
        {
            return false;
        }

        network = string.Create(CultureInfo.InvariantCulture, $"{parsed}/{length}");
        return true;
    }

    [GeneratedRegex(@"^[0-9.]+(/.*)?\z|:|/", RegexOptions.ExplicitCapture)]
    private static partial Regex Like();

    // Neither brackets nor a port, nor a zone.
    [GeneratedRegex(@"^[0-9A-Fa-f:.]+\z")]
    private static partial Regex Ipv6();
}
