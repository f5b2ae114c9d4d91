-- SPDX-License-Identifier: Apache-2.0
-- POST /api/verify for wrk: each request as an agent picked at random from the file AGENTS ("agentId key" per line).
require "result"

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
