// SPDX-License-Identifier: Apache-2.0
/*
 * Memory of one request or one snapshot: handed out in pieces, given back all at once.
 */
#ifndef BH_LIB_ARENA_H
#define BH_LIB_ARENA_H

#include "lib/span.h"

struct bh_arena_chunk;

struct bh_arena {
    struct bh_arena_chunk *chunks;
    size_t first_chunk; /* bytes of the first chunk */
    size_t next_chunk;  /* bytes of the next chunk to be taken from the heap */
    size_t used;        /* bytes taken from the heap so far */
    size_t limit;       /* never more than this many bytes in all */
};

/* `first_chunk` bytes are taken at the first allocation; each further chunk doubles. */
void bh_arena_init(struct bh_arena *arena, size_t first_chunk, size_t limit);
/* Gives everything back. Accepts NULL; the arena can be used again afterwards. */
void bh_arena_finish(struct bh_arena *arena);
/* Gives everything back but the first chunk, which serves the next request. */
void bh_arena_reset(struct bh_arena *arena);
/* Zeroed memory, aligned for any type; NULL when the limit is reached or the heap is empty. */
BH_MUST_USE
void *bh_arena_alloc(struct bh_arena *arena, size_t size);
/* A copy with a final NUL (not counted). An absent span stays absent. Failure: false. */
BH_MUST_USE
bool bh_arena_copy(struct bh_arena *arena, struct bh_span span, struct bh_span *ret_copy);

#endif
