// SPDX-License-Identifier: Apache-2.0
/*
 * What an approval binds to: the exact command or the one path of a request. For people: docs/approvals.md.
 */
#ifndef BH_CORE_FINGERPRINT_H
#define BH_CORE_FINGERPRINT_H

#include "core/facts.h"
#include "lib/arena.h"
#include "lib/digest.h"

enum bh_target_kind { BH_TARGET_NONE = 0, BH_TARGET_COMMAND, BH_TARGET_FILE_PATH };

struct bh_target {
    enum bh_target_kind kind; /* NONE: the action binds nothing, or it does and no usable target was sent */
    struct bh_span value;     /* canonical command or path; in the arena or in the facts */
    char fingerprint[BH_SHA256_HEX + 1];
};

/* True for the actions that must be bound: execute_command, read_file, write_file. */
bool bh_action_is_bindable(struct bh_span action);

/* `ret_target->kind` stays NONE when there is nothing to bind. False only when `scratch` is too small. */
BH_MUST_USE
bool bh_fingerprint(const struct bh_facts *facts, struct bh_arena *scratch, struct bh_target *ret_target);

/* "command", "file_path", or NULL for NONE. */
const char *bh_target_kind_text(enum bh_target_kind kind);

#endif
