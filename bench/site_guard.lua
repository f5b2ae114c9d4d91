-- SPDX-License-Identifier: Apache-2.0
-- POST /api/site-guard/check for wrk, with the site key SITE_KEY: visitors as many as paths, one rule that allows them.
require "result"

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
