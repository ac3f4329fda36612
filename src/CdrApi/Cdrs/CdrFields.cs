using Kind = CdrApi.Cdrs.CdrFieldKind;

namespace CdrApi.Cdrs;

/// <summary>
/// The field catalogue: the SELECT list, the writers, the <c>fields</c> parameter and the OpenAPI schema are all
/// made from it, so a field is added here and nowhere else. Facts are Sippy's, see docs/api.md.
/// </summary>
internal static class CdrFields
{
    public const string KeyTime = "connect_time";
    public const string KeyId = "i_cdr";
    public const string CallKey = "i_call";

    /// <summary>A field of every list, and in no answer that does not name it: it is of the list, not of the CDR.</summary>
    public static CdrField Cursor { get; } = new("cursor", Kind.Text,
        "Passed on as `cursor`, the list goes on after this CDR.", "\"AQB5u4pMxQ3k1wAC3dRkL0vgAAAAABjtv9s\"")
    { Lookup = CdrLookup.Cursor };

    /// <summary>What types, slices and positions are made of.</summary>
    public static IReadOnlyList<string> Required { get; } = [KeyTime, KeyId, "i_account", "duration", "result"];

    public static IReadOnlyList<CdrField> All { get; } =
    [
        new(KeyId, Kind.Integer, "The CDR's id, unique. Given when the call ends, so a long call has a high one.", "418238747") { IsDefault = true },
        new(CallKey, Kind.Integer, "The call that this CDR is a leg of.", "200113046") { IsDefault = true },
        new("i_account", Kind.Integer, "The account charged.", "14") { IsDefault = true },
        new("cli", Kind.Text, "The caller's number as received, before translation; not always a number.", "\"+33199001234\"") { IsDefault = true, Column = "cli_in" },
        new("cld", Kind.Text, "The number called as received, before translation; not always a number.", "\"33639981234\"") { IsDefault = true, Column = "cld_in" },
        new(KeyTime, Kind.Time, "When the call was answered; when it ended, if it was not.", "\"2026-11-23T18:05:50.27Z\"") { IsDefault = true },
        new("disconnect_time", Kind.Time, "When the call ended.", "\"2026-11-23T18:06:55.77Z\"") { IsDefault = true },
        new("duration", Kind.Decimal, "Seconds between answer and end; 0 when not answered.", "65.5") { IsDefault = true },
        new("billed_duration", Kind.Decimal, "Seconds charged, after rounding to billing intervals.", "66") { IsDefault = true },
        new("cost", Kind.Decimal, "The charge, in the account's currency.", "0.0132") { IsDefault = true },
        new("result", Kind.Integer, "0 or 200: success, or cancelled when duration is 0. 400 and above: SIP status of the far end. Below 0: refused inside the switch.", "0") { IsDefault = true },
        new("remote_ip", Kind.Text, "The address that the call came from.", "\"192.0.2.17\"") { IsDefault = true },
        new("protocol", Kind.Text, "The signalling protocol's name.", "\"SIP\"") { IsDefault = true, Column = "i_protocol", Lookup = CdrLookup.Protocol },
        new("country", Kind.Text, "The destination's country; null when prefix names no destination.", "\"FRANCE\"") { IsDefault = true, Column = "prefix", Lookup = CdrLookup.Country },
        new("description", Kind.Text, "The destination's description; null when prefix names no destination.", "\"France Mobile\"") { IsDefault = true, Column = "prefix", Lookup = CdrLookup.Description },
        new("delay", Kind.Decimal, "Seconds between set-up and answer.", "4.2"),
        new("prefix", Kind.Text, "The dial prefix charged by, or a word such as external_translation_error on a rejected call.", "\"33639\""),
        new("price_1", Kind.Decimal, "Price of the first interval, per minute.", "0.012"),
        new("price_n", Kind.Decimal, "Price of each further interval, per minute.", "0.012"),
        new("interval_1", Kind.Integer, "Seconds of the first billing interval.", "1"),
        new("interval_n", Kind.Integer, "Seconds of each further billing interval.", "1"),
        new("post_call_surcharge", Kind.Decimal, "Surcharge on the call's cost, as a fraction.", "0"),
        new("connect_fee", Kind.Decimal, "Fee for a connected call.", "0"),
        new("free_seconds", Kind.Integer, "Seconds free of charge.", "0"),
        new("grace_period", Kind.Integer, "Seconds up to which a call is free.", "0"),
        new("user_agent", Kind.Text, "The caller's user agent, as it names itself.", "\"Asterisk PBX\""),
        new("pdd1xx", Kind.Decimal, "Post-dial delay: seconds to the first 1xx answer.", "1.35"),
        new("i_protocol", Kind.Integer, "The signalling protocol's id.", "1"),
        new("release_source", Kind.Text, "Which side ended the call.", "\"caller\""),
        new("plan_duration", Kind.Decimal, "Seconds taken from a plan.", "0"),
        new("accessibility_cost", Kind.Decimal, "Charge for access.", "0"),
        new("lrn_cld", Kind.Text, "Location routing number of the number called, after translation.", "null"),
        new("lrn_cld_in", Kind.Text, "Location routing number of the number called, as received.", "null"),
        new("area_name", Kind.Text, "The area's name.", "\"France\""),
        new("p_asserted_id", Kind.Text, "The P-Asserted-Identity received.", "null"),
        new("remote_party_id", Kind.Text, "The Remote-Party-ID received.", "null"),
        new("result_category", Kind.Text, "The result's kind, such as success, billing, client_error; null for a code that is not in the table of results.", "\"success\"") { Column = "result", Lookup = CdrLookup.ResultCategory },
        new("call_id", Kind.Text, "The SIP Call-ID of the call.", "\"5f2c9a41@192.0.2.17\"") { OfCall = true },
        new("cli_translated", Kind.Text, "The caller's number after translation.", "\"33199001234\"") { OfCall = true, Column = "cli" },
        new("cld_translated", Kind.Text, "The number called after translation.", "\"33639981234\"") { OfCall = true, Column = "cld" },
        new("setup_time", Kind.Time, "When the call was set up.", "\"2026-11-23T18:05:46.07Z\"") { OfCall = true },
    ];
}
