#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

#define BLOCK_MIN (64u << 10)

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	max_align_t bytes[];
};

static struct arena_block *
block_new(size_t n)
{
	size_t size = n > BLOCK_MIN ? n : BLOCK_MIN;
	struct arena_block *block = xmalloc(sizeof(*block) + size);

	block->next = NULL;
	block->size = size;
	block->used = 0;
	return block;
}

/* Makes arena->now a block with room for n bytes. */
static void
make_room(struct arena *arena, size_t n)
{
	struct arena_block *last = arena->now;
	struct arena_block *block;

	while (last && last->next) {
		last = last->next;
		last->used = 0;
		if (last->size >= n) {
			arena->now = last;
			return;
		}
	}
	block = block_new(n);
	if (last)
		last->next = block;
	else
		arena->first = block;
	arena->now = block;
}

void *
arena_alloc(struct arena *arena, size_t n)
{
	size_t need =
	    (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	struct arena_block *block = arena->now;
	void *p;

	assert(need >= n);
	if (!block || block->size - block->used < need) {
		make_room(arena, need);
		block = arena->now;
	}
	p = (char *)block->bytes + block->used;
	block->used += need;
	return p;
}

void *
arena_calloc(struct arena *arena, size_t n, size_t size)
{
	size_t bytes;
	bool over = __builtin_mul_overflow(n, size, &bytes);

	assert(!over);
	return memset(arena_alloc(arena, bytes), 0, bytes);
}

struct slice
arena_copy(struct arena *arena, struct slice s)
{
	char *p = arena_alloc(arena, s.len + 1);

	if (s.len)
		memcpy(p, s.ptr, s.len);
	p[s.len] = '\0';
	return slice_of(p, s.len);
}

struct slice
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	p = arena_alloc(arena, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return slice_of(p, (size_t)n);
}

void
arena_reset(struct arena *arena)
{
	arena->now = arena->first;
	if (arena->now)
		arena->now->used = 0;
}

void
arena_take(struct arena *arena, struct arena *from)
{
	struct arena_block *last = from->first;

	if (!last)
		return;
	while (last->next)
		last = last->next;
	last->next = arena->first;
	if (!arena->first)
		arena->now = last;
	arena->first = from->first;
	*from = (struct arena){0};
}

void
arena_release(struct arena *arena)
{
	struct arena_block *block = arena->first;

	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	*arena = (struct arena){0};
}
