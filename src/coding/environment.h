// SPDX-License-Identifier: Apache-2.0
/*
 * Variables that decide what the hook is and whom it asks. A project's settings can set variables for hooks,
 * and a project is what the agent writes to.
 */
#ifndef BH_CODING_ENVIRONMENT_H
#define BH_CODING_ENVIRONMENT_H

#include <jansson.h>

#include "coding/host.h"

/* Whether a project must not set it. */
bool bh_environment_is_ours(const char *name);
/*
 * The variables as they are now, for settings that win over a project's: an object of texts, "" for one that
 * is not set. Without secrets, because arguments can be read by everybody. NULL without memory, or for a
 * value that is no UTF-8, with the problem told.
 */
json_t *bh_environment_pin(const struct bh_place *place, struct bh_buf *problem);

#endif
