using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using CdrApi.Http;

namespace CdrApi.Cdrs;

/// <summary>IP addresses and networks as callers write them.</summary>
internal static partial class AddressText
{
    /// <summary>What looks like an address must be one; anything else is compared to the letter, since a switch may write a name there.</summary>
    public static AddressIn? Read(QueryReader from, CdrFilterParameter parameter, IReadOnlyList<string> values)
    {
        var (texts, networks) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var value in values)
        {
            if (!Like().IsMatch(value))
            {
                texts.Add(value);
            }
            else if (!TryParse(value, out var address, out var length))
            {
                from.Fault(parameter.Name, $"'{value}' is no IP address and no network. Write it as 192.0.2.17, 192.0.2.0/24 or 2001:db8::/32.");
                return null;
            }
            else if (length == 32 && address.AddressFamily == AddressFamily.InterNetwork)
            {
                // IPv4 has one way to be written: no cast of each CDR's.
                texts.Add(address.ToString());
            }
            else
            {
                networks.Add(new IPNetwork(Masked(address, length), length).ToString());
            }
        }

        return new AddressIn(parameter.Field, [.. texts], [.. networks]);
    }

    private static bool TryParse(string text, out IPAddress address, out int length)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = slash < 0 ? text : text[..slash];
        var bits = length = host.Contains(':') ? 128 : 32;
        // IPv4 without its zeros, or in hexadecimal, is none here.
        var isAddress = IPAddress.TryParse(host, out var parsed) && (bits == 32 ? parsed.ToString() == host : Ipv6().IsMatch(host));
        address = parsed ?? IPAddress.None;
        return isAddress
            && (slash < 0 || (int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= bits));
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] &= (byte)(0xFF << Math.Clamp(8 - length + (8 * i), 0, 8));
        }

        return new IPAddress(bytes);
    }

    // It begins with a digit, but for an address with a port, or has two colons after hexadecimal digits, or a wildcard.
    [GeneratedRegex(@"^(?![0-9]+(\.[0-9]+){3}:[0-9]+\z)[0-9]+[^:]*\z|^\[?[0-9A-Fa-f]*:.*:|^[0-9A-Fa-f:.]+/|\*", RegexOptions.ExplicitCapture)]
    private static partial Regex Like();

    // Neither brackets nor a port, nor a zone.
    [GeneratedRegex(@"^[0-9A-Fa-f:.]+\z")]
    private static partial Regex Ipv6();
}
