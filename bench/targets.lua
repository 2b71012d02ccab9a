-- For wrk: asks for random lines of a file, each "PATH" (GET) or "PATH BODY" (POST), and says at the end, in one line of
-- JSON, what bench/harness.py reads.
--
--   wrk ... -s targets.lua URL -- FILE

local seeds = 0
local requests = {}

function setup(thread)
    seeds = seeds + 1
    thread:set("seed", seeds)
end

-- All requests are made beforehand: what wrk itself does for one is then the same for all that is compared.
function init(args)
    math.randomseed(seed)
    for line in io.lines(args[1]) do
        local path, body = line:match("^(%S+) (.*)$")
        if path then
            requests[#requests + 1] = wrk.format("POST", path, { ["Content-Type"] = "application/json" }, body)
        else
            requests[#requests + 1] = wrk.format("GET", line)
        end
    end
end

function request()
    return requests[math.random(#requests)]
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    if failed > 0 then
        io.stderr:write(string.format("wrk: %d requests: %d connect, %d read, %d write, %d status, %d timeout errors\n",
            summary.requests, errors.connect, errors.read, errors.write, errors.status, errors.timeout))
        os.exit(1)
    end
    io.write(string.format('{"operations":%d,"seconds":%.6f,"latency_us":{"p50":%d,"p99":%d}}\n', summary.requests,
        summary.duration / 1e6, latency:percentile(50), latency:percentile(99)))
end
