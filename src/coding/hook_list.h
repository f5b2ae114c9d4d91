// SPDX-License-Identifier: Apache-2.0
/*
 * The list of hooks in a host's settings: entries that are a command each (Cursor), or groups of commands
 * under `hooks` (Claude Code, Codex). Ours comes first, once; those of others stay as they are.
 */
#ifndef BH_CODING_HOOK_LIST_H
#define BH_CODING_HOOK_LIST_H

#include "coding/json_settings.h"

/* Whether the command runs a hook of this program, wherever that lay when it was installed. */
bool bh_hook_is_ours(const char *command);
/* Takes our entries out; a group that was ours alone goes as a whole. */
void bh_hook_list_remove(json_t *list);
/* Takes older ones of ours out and puts `entry` (taken over, also on failure) first. */
BH_MUST_USE
bool bh_hook_list_put(json_t *list, json_t *entry);

/*
 * The same in settings, where the list is "hooks" / `event`.
 */

/* Puts `entry` (taken over, also on failure; NULL fails) first. BH_ERR_CONFLICT with the problem told where
 * something else is in the place of the list. */
BH_MUST_USE
enum bh_err bh_hook_put(
    struct bh_settings *settings, const char *event, json_t *entry, struct bh_buf *problem);
/* Takes ours out. True when nothing is left of a list that had entries; then it is gone. */
bool bh_hook_take_out(struct bh_settings *settings, const char *event);
/* Whether `entry` (taken over; NULL: no) is the first, to the letter. */
bool bh_hook_is_first(const struct bh_settings *settings, const char *event, json_t *entry);
/* Adds the command of the first entry. BH_ERR_NOT_FOUND when that is not ours. */
BH_MUST_USE
enum bh_err bh_hook_first_command(
    const struct bh_settings *settings, const char *event, struct bh_buf *ret_command);

#endif
