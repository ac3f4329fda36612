using Npgsql;

namespace CdrSandbox.Sippy;

/// <summary>How calls become rows: for each table the COPY command, and its columns in the same order.</summary>
internal static class CallTables
{
    public const string CopyCalls = "COPY calls (i_call, call_id, cli, cld, setup_time, parent_i_call) FROM STDIN (FORMAT BINARY)";

    public const string CopyCdrs = """
        COPY cdrs (
          i_cdr, i_call, i_account, result, cost, delay, duration, billed_duration, connect_time, disconnect_time,
          cld_in, cli_in, prefix, price_1, price_n, interval_1, interval_n, post_call_surcharge, connect_fee,
          free_seconds, grace_period, remote_ip, user_agent, pdd1xx, i_protocol, release_source, plan_duration,
          accessibility_cost, lrn_cld, lrn_cld_in, area_name, p_asserted_id, remote_party_id) FROM STDIN (FORMAT BINARY)
        """;

    public const string CopyAttempts = """
        COPY cdrs_connections (
          i_cdrs_connection, i_call, i_connection, cli_out, cld_out, cost, result, setup_time, connect_time,
          disconnect_time, pdd100, vendor_name) FROM STDIN (FORMAT BINARY)
        """;

    public const string CopyCharges =
        "COPY cdrs_customers (i_cdrs_customer, i_cdr, i_call, i_customer, i_wholesaler, cost) FROM STDIN (FORMAT BINARY)";

    public static void Write(NpgsqlBinaryImporter rows, Call call)
    {
        rows.StartRow();
        rows.Add(call.Id);
        rows.Add(call.SipCallId);
        rows.Add(call.Cli);
        rows.Add(call.Cld);
        rows.Add(call.SetupTime);
        rows.Add(call.ParentId);
    }

    public static void Write(NpgsqlBinaryImporter rows, Cdr cdr)
    {
        rows.StartRow();
        rows.Add(cdr.Id);
        rows.Add(cdr.CallId);
        rows.Add(cdr.AccountId);
        rows.Add(cdr.Result);
        rows.Add(cdr.Cost);
        rows.Add(cdr.Delay);
        rows.Add(cdr.Duration);
        rows.Add(cdr.BilledDuration);
        rows.Add(cdr.ConnectTime);
        rows.Add(cdr.DisconnectTime);
        rows.Add(cdr.Cld);
        rows.Add(cdr.Cli);
        rows.Add(cdr.Prefix);
        rows.Add(cdr.Price1);
        rows.Add(cdr.PriceN);
        rows.Add(cdr.Interval1);
        rows.Add(cdr.IntervalN);
        rows.Add(cdr.PostCallSurcharge);
        rows.Add(cdr.ConnectFee);
        rows.Add(cdr.FreeSeconds);
        rows.Add(cdr.GracePeriod);
        rows.Add(cdr.RemoteIp);
        rows.Add(cdr.UserAgent);
        rows.Add(cdr.Pdd1xx);
        rows.Add(cdr.Protocol);
        rows.Add(cdr.ReleaseSource);
        rows.Add(cdr.PlanDuration);
        rows.Add(cdr.AccessibilityCost);
        rows.Add(cdr.LrnCld);
        rows.Add(cdr.LrnCldIn);
        rows.Add(cdr.AreaName);
        rows.Add(cdr.PAssertedId);
        rows.Add(cdr.RemotePartyId);
    }

    public static void Write(NpgsqlBinaryImporter rows, VendorAttempt attempt)
    {
        rows.StartRow();
        rows.Add(attempt.Id);
        rows.Add(attempt.CallId);
        rows.Add(attempt.ConnectionId);
        rows.Add(attempt.Cli);
        rows.Add(attempt.Cld);
        rows.Add(attempt.Cost);
        rows.Add(attempt.Result);
        rows.Add(attempt.SetupTime);
        rows.Add(attempt.ConnectTime);
        rows.Add(attempt.DisconnectTime);
        rows.Add(attempt.Pdd100);
        rows.Add(attempt.VendorName);
    }

    public static void Write(NpgsqlBinaryImporter rows, CustomerCharge charge)
    {
        rows.StartRow();
        rows.Add(charge.Id);
        rows.Add(charge.CdrId);
        rows.Add(charge.CallId);
        rows.Add(charge.CustomerId);
        rows.Add(charge.WholesalerId);
        rows.Add(charge.Cost);
    }
}
