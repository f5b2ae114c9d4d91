-- SPDX-License-Identifier: Apache-2.0
-- POST /api/site-guard/check for wrk, with the site key SITE_KEY: visitors as many as paths, one rule that allows them.
local requests = {}

function init(args)
    for page = 1, 64 do
        local body = '{"path":"/docs/page-' .. page .. '","userAgent":"Mozilla/5.0 (compatible; GoodBot/1.0; ' ..
            '+https://bot.example/about)","agentIdentifier":"good-bot"}'
        requests[page] = wrk.format("POST", "/api/site-guard/check", {
            ["Authorization"] = "Bearer " .. os.getenv("SITE_KEY"),
            ["Content-Type"] = "application/json",
        }, body)
    end
end

function request()
    return requests[math.random(#requests)]
end

function done(summary, latency, requests)
    local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.timeout
    io.write(string.format('RESULT {"requests":%d,"seconds":%.6f,"errors":%d,"p50_us":%d,"p99_us":%d}\n',
        summary.requests, summary.duration / 1e6, failed, latency:percentile(50), latency:percentile(99)))
end
