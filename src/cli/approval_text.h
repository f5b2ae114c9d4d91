// SPDX-License-Identifier: Apache-2.0
/*
 * One approval request as a person reads it before deciding.
 */
#ifndef BH_CLI_APPROVAL_TEXT_H
#define BH_CLI_APPROVAL_TEXT_H

#include <jansson.h>

/*
 * Prints the request that a server described: who wants to do what, on what, exactly which command or path,
 * how it stands and until when, and why the reader cannot approve it, if so. What is absent is left out.
 */
void bh_approval_text_write(const json_t *approval);

#endif
