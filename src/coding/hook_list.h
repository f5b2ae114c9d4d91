// SPDX-License-Identifier: Apache-2.0
/*
 * The list of hooks in a host's settings: entries that are a command each (Cursor), or groups of commands
 * under `hooks` (Claude Code, Codex). Ours comes first, once; those of others stay as they are.
 */
#ifndef BH_CODING_HOOK_LIST_H
#define BH_CODING_HOOK_LIST_H

#include <jansson.h>

#include "lib/base.h"

/* Whether the command runs a hook of this program, wherever that lay when it was installed. */
bool bh_hook_is_ours(const char *command);
/* Takes our entries out; a group that was ours alone goes as a whole. */
void bh_hook_list_remove(json_t *list);
/* Takes older ones of ours out and puts `entry` (taken over, also on failure) first. */
BH_MUST_USE
bool bh_hook_list_put(json_t *list, json_t *entry);
/* The first entry, if it is ours: a borrowed reference; else NULL. */
const json_t *bh_hook_list_first(const json_t *list);
/* The command of such an entry, or "". */
const char *bh_hook_entry_command(const json_t *entry);

#endif
