-- pages.lua PATH BODY KEY ACCOUNTS: asks for PATH again and again, or posts BODY to it where that is not "-". In both, {account} is a random
-- one of so many. Prints requests, microseconds, the 99th percentile in microseconds, and errors.
local path, body, key, accounts

function init(args)
  path, body, key, accounts = args[1], args[2], args[3], tonumber(args[4])
  math.randomseed(7)
end

function request()
  local account = tostring(math.random(accounts))
  local headers = { ["X-API-Key"] = key }
  if body == "-" then
    return wrk.format("GET", path:gsub("{account}", account), headers)
  end
  headers["Content-Type"] = "text/xml"
  return wrk.format("POST", path, headers, (body:gsub("{account}", account)))
end

function done(summary, latency)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("figures %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99), errors))
end
