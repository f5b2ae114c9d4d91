// SPDX-License-Identifier: Apache-2.0
/*
 * Markup to text, outside of the server: this program is started anew as "behalf extract-page", with nothing
 * of the server in it, and is then the nursery of workers. Each worker is a fork of it that gives up
 * everything but reading its input and writing its output (seccomp, memory and time limits) before it looks
 * at a page, reads one page and ends. The nursery sees no page. Spare workers wait, so that starting one
 * costs no caller anything. A hostile page can at worst make its own excerpt empty.
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

/*
 * The main function of the child. Descriptor 0 is a socket: for each byte that comes with a descriptor, a
 * worker is started that has it as 0 and 1. Ends when the other side is closed, or when there is no sandbox.
 */
int bh_extract_child(void);
/* What a worker does; does not return. */
void bh_extract_work(void);
/* The same child with other work, for tests. */
int bh_extract_nursery(void (*work)(void));

/* What the child does with a page, in this process: for tests and fuzzing. Fills title (absent = none) and
 * excerpt as contract and docs/action-gateway.md say; false without memory. */
BH_MUST_USE
bool bh_extract_page(
    struct bh_span page, bool cut, struct bh_buf *ret_title, bool *ret_has_title, struct bh_buf *ret_excerpt);

#endif
