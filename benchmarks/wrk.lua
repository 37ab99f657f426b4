-- The request of a workload for wrk, and its summary as one line of JSON.
-- wrk -s wrk.lua URL -- METHOD BODY_SIZE

function init(args)
  wrk.method = args[1]
  local size = tonumber(args[2])
  if size > 0 then wrk.body = string.rep('x', size) end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"count":%d,"micros":%d,"bytes":%d,"p50":%.0f,"p99":%.0f,"failed":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status
  ))
end
