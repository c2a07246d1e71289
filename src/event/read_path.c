#include "event/read_path.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

/* A power of two, several times the literals that the readers have. */
#define PATHS_BITS 10
#define PATHS      ((size_t)1 << PATHS_BITS)

static _Atomic(const struct read_path *) paths[PATHS];

static struct read_path *
split(const char *literal)
{
	struct slice rest = slice_cstr(literal);
	struct read_path *path;
	size_t count = 1;

	for (size_t i = 0; i < rest.len; i++)
		count += rest.ptr[i] == '|' || rest.ptr[i] == '/';
	path = xcalloc(1, sizeof(*path) + count * sizeof(path->steps[0]));
	path->text = literal;
	while (rest.len > 0) {
		struct slice one = slice_cut(&rest, '|');

		while (one.len > 0) {
			struct read_step *step = &path->steps[path->count++];

			step->key = json_key_of(slice_cut(&one, '/'));
			step->deeper = one.len > 0;
		}
	}
	return path;
}

const struct read_path *
read_path_of(const char *literal)
{
	uint64_t hash = (uint64_t)(uintptr_t)literal * 0x9e3779b97f4a7c15u;
	struct read_path *made = NULL;

	for (size_t i = 0; i < PATHS; i++) {
		_Atomic(const struct read_path *) *place =
		    &paths[((hash >> (64 - PATHS_BITS)) + i) & (PATHS - 1)];
		const struct read_path *path =
		    atomic_load_explicit(place, memory_order_acquire);

		if (path == NULL) {
			if (made == NULL)
				made = split(literal);
			/* If another thread was first, path is now its. */
			if (atomic_compare_exchange_strong(place, &path, made))
				return made;
		}
		if (path->text == literal) {
			free(made);
			return path;
		}
	}
	/* Only a text that is no literal could fill the table. */
	assert(0);
	return NULL;
}
