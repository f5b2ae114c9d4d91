// SPDX-License-Identifier: Apache-2.0
/*
 * The boundary manifest: what an agent may do, told in advance. A description, not a decision. Pure.
 */
#ifndef BH_CORE_BOUNDARY_H
#define BH_CORE_BOUNDARY_H

#include "core/permission.h"
#include "lib/buf.h"

struct bh_boundary_input {
    struct bh_span agent_id;
    struct bh_span status; /* of the agent; anything but "active" empties the allowed and approval lists */
    struct bh_span name;
    struct bh_span description; /* absent = null */
    struct bh_span_list guidelines;
    const struct bh_permission *permissions; /* newest first, any status */
    size_t permission_count;
};

/*
 * Appends the manifest as one JSON object. Lists have no repetitions and keep the order of first appearance.
 * When there is no memory `out` is failed, and empty.
 */
void bh_boundary_write(const struct bh_boundary_input *input, int64_t now_ms, struct bh_buf *out);

#endif
