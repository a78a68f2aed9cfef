-- One signed request after the other, each of them once. For scripts/bench.
--
-- usage: wrk --threads 1 ... --script wrk.lua URL -- FILE LENGTH
--
-- Prints a line `figures ACCEPTED FAULTS MICROSECONDS P50 P99`: how many were answered 2xx, what went
-- wrong, how long it took, and two percentiles of the latency in microseconds.
local requests, length, sent = '', 0, 0

function init(args)
  local file = assert(io.open(args[1], 'rb'))
  requests, length = file:read('*a'), tonumber(args[2])
  file:close()
end

function request()
  local from = sent * length
  if from >= #requests then -- refused, and counted as a fault: sent again it would be a cheap duplicate
    return 'GET /no-more-requests HTTP/1.1\r\nHost: calls.example.com\r\n\r\n'
  end
  sent = sent + 1
  return requests:sub(from + 1, from + length)
end

function done(summary, latency)
  local errors = summary.errors
  local faults = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('figures %d %d %d %d %d\n', summary.requests - errors.status, faults,
                         summary.duration, latency:percentile(50), latency:percentile(99)))
end
