// SPDX-License-Identifier: Apache-2.0
/*
 * A permission as the decision sees it, and its reading from JSON.
 *
 * Absent texts are absent spans; absent lists are empty. The strings live in the arena that was given when it
 * was read. Nothing here validates: what was stored is taken as it is, and what cannot be understood denies.
 */
#ifndef BH_CORE_PERMISSION_H
#define BH_CORE_PERMISSION_H

#include <jansson.h>

#include "lib/arena.h"
#include "lib/err.h"

/* Zero denies: a status that nobody set is not "active". */
enum bh_permission_status { BH_PERMISSION_OTHER = 0, BH_PERMISSION_ACTIVE, BH_PERMISSION_REVOKED };

/* The lists that few permissions have; apart, because a hundred thousand agents are held in memory. */
struct bh_permission_rules {
    struct bh_span_list allowed_branches, denied_branches;
    struct bh_span_list allowed_environments, denied_environments;
    struct bh_span_list allowed_repositories, denied_repositories;
    struct bh_span_list allowed_paths, denied_paths;
    struct bh_span_list denied_commands;
};

struct bh_permission {
    struct bh_span permission_id;
    struct bh_span action;
    struct bh_span resource; /* absent = any */
    struct bh_span_list allowed_actions;
    struct bh_span_list blocked_actions;
    struct bh_span_list allowed_vendors;
    const struct bh_permission_rules
        *rules; /* never NULL; points at one shared empty value when there are none */
    double max_amount;
    int64_t expires_at_ms; /* INT64_MIN when the stored text is not a date: counts as expired */
    int64_t created_at_ms;
    enum bh_permission_status status;
    uint16_t grant_minutes; /* an approved request may be used for so long; 0 when read from JSON */
    bool has_max_amount;
    bool has_expires_at;
    bool requires_approval;
    bool malformed; /* a stored member has the wrong type: blocks what it blocks, allows nothing */
};

/*
 * Reads one permission: permissionId action resource allowedActions blockedActions requiresApproval status
 * createdAt (ISO text) and constraints {maxAmount allowedVendors expiresAt allowedPaths deniedPaths
 * deniedCommands allowed/deniedBranches/Environments/Repositories}; null and absent are the same.
 * Errors: BH_ERR_FIELD_REQUIRED (no permissionId or action), BH_ERR_NO_MEMORY.
 */
BH_MUST_USE
enum bh_err bh_permission_read(
    const json_t *json, struct bh_arena *arena, struct bh_permission *ret_permission);

/* Reads only the constraints object (or NULL) into the permission's constraint members. */
BH_MUST_USE
enum bh_err bh_permission_read_constraints(
    const json_t *constraints, struct bh_arena *arena, struct bh_permission *permission);

/* Copies an array of strings; items that are no strings are left out. NULL or not an array: the empty list.
 */
BH_MUST_USE
enum bh_err bh_permission_read_list(
    const json_t *array, struct bh_arena *arena, struct bh_span_list *ret_list);

/* "active", "revoked", or anything else. Case-sensitive. */
enum bh_permission_status bh_permission_status_from(struct bh_span text);

/* At its very moment of expiry a permission has expired. */
bool bh_permission_is_expired(const struct bh_permission *permission, int64_t now_ms);
bool bh_permission_is_active(const struct bh_permission *permission, int64_t now_ms);

/* Newest first: created_at_ms descending, then permission_id descending. */
void bh_permission_sort(struct bh_permission *permissions, size_t count);

#endif
