// SPDX-License-Identifier: Apache-2.0
/*
 * What Claude Code accepts as settings. It drops a file as a whole, and all hooks in it without a word, when
 * one member has the wrong type; so we look at all members that it knows. Unknown ones do no harm there.
 */
#ifndef BH_CODING_CLAUDE_SETTINGS_H
#define BH_CODING_CLAUDE_SETTINGS_H

#include <jansson.h>

#include "lib/buf.h"

/* False: `reason` says what is wrong, as in "has a \"model\" that is no text". */
BH_MUST_USE
bool bh_claude_settings_are_valid(const json_t *settings, struct bh_buf *reason);

#endif
