-- SPDX-License-Identifier: Apache-2.0
-- POST /api/verify for wrk: each request as an agent picked at random from the file AGENTS ("agentId key" per line).
local agents = {}
local counter = 0

function setup(thread)
    counter = counter + 1
    thread:set("seed", counter)
end

function init(args)
    math.randomseed(seed)
    for line in io.lines(os.getenv("AGENTS")) do
        local id, key = line:match("(%S+) (%S+)")
        local body = '{"agentId":"' .. id .. '","action":"purchase","vendor":"coachella.com","amount":742}'
        agents[#agents + 1] = wrk.format("POST", "/api/verify", {
            ["Authorization"] = "Bearer " .. key,
            ["Content-Type"] = "application/json",
        }, body)
    end
end

function request()
    return agents[math.random(#agents)]
end

function done(summary, latency, requests)
    local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.timeout
    io.write(string.format('RESULT {"requests":%d,"seconds":%.6f,"errors":%d,"p50_us":%d,"p99_us":%d}\n',
        summary.requests, summary.duration / 1e6, failed, latency:percentile(50), latency:percentile(99)))
end
