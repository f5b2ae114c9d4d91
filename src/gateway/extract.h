// SPDX-License-Identifier: Apache-2.0
/*
 * Markup to text, in a child process: this program started anew as "behalf extract-page", which gives up
 * everything but reading its input and writing its output (seccomp, memory and time limits) before it looks
 * at the page. Spare children wait, so that starting one costs no caller anything; each reads one page and
 * ends. A hostile page can at worst make its own excerpt empty.
 */
#ifndef BH_GATEWAY_EXTRACT_H
#define BH_GATEWAY_EXTRACT_H

#include "lib/buf.h"
#include "lib/err.h"

#define BH_EXTRACT_WALL_MS 2000
#define BH_EXTRACT_CPU_S 1
#define BH_EXTRACT_MEMORY (64u << 20)
#define BH_EXTRACT_SPARES 2
#define BH_EXTRACT_COMMAND "extract-page" /* not for people, so no help tells of it */

/* The child's main function. */
int bh_extract_child(void);

/* What the child does with a page, in this process: for tests and fuzzing. Fills title (absent = none) and
 * excerpt as contract and docs/action-gateway.md say; false without memory. */
BH_MUST_USE
bool bh_extract_page(
    struct bh_span page, bool cut, struct bh_buf *ret_title, bool *ret_has_title, struct bh_buf *ret_excerpt);

#endif
