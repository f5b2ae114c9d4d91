// SPDX-License-Identifier: Apache-2.0
/*
 * The process of a hook: its input with a limit and a deadline, and an end that blocks however it comes.
 */
#ifndef BH_CODING_HOOK_PROCESS_H
#define BH_CODING_HOOK_PROCESS_H

#include "lib/buf.h"

#define BH_HOOK_BLOCKED 2 /* the exit status by which every host blocks a call */

/*
 * From here on the process ends with BH_HOOK_BLOCKED and words on stderr when a signal would end it, and
 * after `ms` milliseconds; `answer` (static, or NULL) goes to stdout before that. What cannot be caught,
 * SIGKILL, is left to the shell line around the hook.
 */
void bh_hook_process_guard(int ms, const char *answer);
/*
 * All of a stream up to the limit of `ret_text`. NULL, or the sentence that says why not: too large, not
 * ended by `deadline_ms` of the steady clock, not readable.
 */
BH_MUST_USE
const char *bh_hook_process_read(int fd, int64_t deadline_ms, struct bh_buf *ret_text);

#endif
