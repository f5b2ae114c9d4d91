// SPDX-License-Identifier: Apache-2.0
/*
 * Questions to a person at the terminal.
 */
#ifndef BH_CLIENT_PROMPT_H
#define BH_CLIENT_PROMPT_H

#include "lib/base.h"

/*
 * Asks at the terminal of this process and reads one line, without its end; what does not fit is dropped.
 * `hidden`: without echo, which is switched on again whatever ends the question, a signal too: that one then
 * takes its course, and after a stop the question is asked again. "" when there is no terminal, or no line.
 */
void bh_prompt_ask(const char *question, bool hidden, char *ret_text, size_t size);

/* Whether there is somebody to ask: stdin and the terminal of this process are there, and CI is unset, empty,
 * 0 or false. */
bool bh_prompt_is_possible(void);

#endif
