// SPDX-License-Identifier: Apache-2.0
/*
 * What the server last said about an agent and its permissions, in ~/.behalf/cache/<agentId>.json (mode
 * 0600): `{agentId, fetchedAt, data: {agent, permissions}}`, fresh for 30 minutes. For orientation only: no
 * decision is ever taken from it.
 */
#ifndef BH_CLIENT_PERMISSION_CACHE_H
#define BH_CLIENT_PERMISSION_CACHE_H

#include "client/client.h"

#define BH_PERMISSION_CACHE_MS ((int64_t)30 * 60 * 1000)

/* The `data` of the cache if there is one, whatever its age; NULL otherwise. The caller's. */
json_t *bh_permission_cache_read(const char *agent_id, int64_t now_ms, bool *ret_fresh);
/* Asks the server (GET /api/agents/{id}) and writes the cache. NULL, with the client's error, on failure. */
json_t *bh_permission_cache_fetch(struct bh_client *client, const char *agent_id, int64_t now_ms);
/* The fresh cache, else the server's answer. */
json_t *bh_permission_cache_get(struct bh_client *client, const char *agent_id, int64_t now_ms);

#endif
