// SPDX-License-Identifier: Apache-2.0
#include "lib/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

struct bh_arena_chunk {
    struct bh_arena_chunk *previous;
    size_t size;
    size_t used;
    alignas(max_align_t) char memory[];
};

void bh_arena_init(struct bh_arena *arena, size_t first_chunk, size_t limit)
{
    *arena = (struct bh_arena){.first_chunk = first_chunk, .next_chunk = first_chunk, .limit = limit};
}

/* Frees chunks, newest first, until `last` is the newest. */
static void free_until(struct bh_arena *arena, const struct bh_arena_chunk *last)
{
    while (arena->chunks != last) {
        struct bh_arena_chunk *previous = arena->chunks->previous;
        arena->used -= arena->chunks->size;
        free(arena->chunks);
        arena->chunks = previous;
    }
}

void bh_arena_finish(struct bh_arena *arena)
{
    if (arena == NULL)
        return;
    free_until(arena, NULL);
    arena->next_chunk = arena->first_chunk;
}

void bh_arena_reset(struct bh_arena *arena)
{
    struct bh_arena_chunk *first = arena->chunks;
    while (first != NULL && first->previous != NULL)
        first = first->previous;
    if (first == NULL || first->size != arena->first_chunk) {
        bh_arena_finish(arena);
        return;
    }
    free_until(arena, first);
    first->used = 0;
    arena->next_chunk = arena->first_chunk * 2;
}

static bool add_chunk(struct bh_arena *arena, size_t at_least)
{
    size_t size = arena->next_chunk > at_least ? arena->next_chunk : at_least;
    if (size > arena->limit - arena->used)
        size = at_least;
    if (size > arena->limit - arena->used)
        return false;
    struct bh_arena_chunk *chunk = malloc(sizeof(*chunk) + size);
    if (chunk == NULL)
        return false;
    chunk->previous = arena->chunks;
    chunk->size = size;
    chunk->used = 0;
    arena->chunks = chunk;
    arena->used += size;
    arena->next_chunk = arena->next_chunk * 2;
    return true;
}

void *bh_arena_alloc(struct bh_arena *arena, size_t size)
{
    const size_t unit = alignof(max_align_t);
    if (size > arena->limit)
        return NULL;
    size = (size + unit - 1) / unit * unit;
    if (arena->chunks == NULL || arena->chunks->size - arena->chunks->used < size) {
        if (!add_chunk(arena, size))
            return NULL;
    }
    void *memory = arena->chunks->memory + arena->chunks->used;
    arena->chunks->used += size;
    memset(memory, 0, size);
    return memory;
}

bool bh_arena_copy(struct bh_arena *arena, struct bh_span span, struct bh_span *ret_copy)
{
    if (bh_span_is_absent(span)) {
        *ret_copy = BH_ABSENT;
        return true;
    }
    char *copy = bh_arena_alloc(arena, span.len + 1);
    if (copy == NULL)
        return false;
    if (span.len > 0)
        memcpy(copy, span.data, span.len);
    *ret_copy = (struct bh_span){copy, span.len};
    return true;
}
