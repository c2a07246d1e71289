#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/slice.h"

/*
 * arena - memory for one unit of work, given back all at once.
 *
 * Blocks grow as needed and are kept over a reset, so that a worker which
 * handles one batch after another stops allocating after the first.  What an
 * arena returns is good until arena_reset() or arena_release().  One thread
 * uses an arena at a time.  All zero is a valid, empty arena.
 */
struct arena_block;

struct arena {
	struct arena_block *first;
	struct arena_block *now; /* where the next bytes come from */
};

/* n bytes, not cleared, aligned for any object. */
void *arena_alloc(struct arena *arena, size_t n)
    __attribute__((malloc, returns_nonnull));

/* n zeroed objects of `size` bytes. */
void *arena_calloc(struct arena *arena, size_t n, size_t size)
    __attribute__((malloc, returns_nonnull));

/* A copy of s, with a NUL behind it. */
struct slice arena_copy(struct arena *arena, struct slice s);

/* Formats like printf. */
struct slice arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Forgets what was handed out and keeps the memory. */
void arena_reset(struct arena *arena);

/* Takes over all that `from` handed out; that is empty then. */
void arena_take(struct arena *arena, struct arena *from);

void arena_release(struct arena *arena);

#endif
