// SPDX-License-Identifier: Apache-2.0
/*
 * The fields of a permission that somebody makes, replaces or tries. docs/api.md tells their rules.
 */
#ifndef BH_HTTP_PERMISSION_FIELDS_H
#define BH_HTTP_PERMISSION_FIELDS_H

#include "lib/arena.h"
#include "lib/json.h"
#include "store/store.h"

/* For the keys that bh_fields_parse() lets through. */
#define BH_PERMISSION_KEYS                                                                                   \
    "action", "description", "resource", "scope", "allowedActions", "blockedActions", "requiresApproval",    \
        "approvalGrantMinutes", "notes", "template", "constraints"

/*
 * The action, which is checked before who is asking on some routes, then all others. What is read points into
 * the body or lives in the arena. On failure *ret_detail names the field, in text that outlives both, and the
 * permission is as it was; *ret_within says in which object of the body the field is: "" or "constraints.";
 * NULL where nobody wants to know.
 */
BH_MUST_USE
enum bh_err bh_permission_fields_read_action(
    const json_t *body, struct bh_permission_record *permission, struct bh_span *ret_detail);
BH_MUST_USE
enum bh_err bh_permission_fields_read(const json_t *body, int64_t now_ms, struct bh_arena *arena,
    struct bh_permission_record *permission, struct bh_span *ret_within, struct bh_span *ret_detail);

#endif
