#include "json/index.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

#define SIZE_MIN  128
#define PROBE_MAX 32

static inline uint64_t
load32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/*
 * Names of one object are short and differ at an end or in length, so the
 * middle of a long one is left out.
 */
static inline uint32_t
hash_name(const char *p, size_t n)
{
	uint64_t a, b;

	if (n >= 8) {
		a = hash_load(p, 8);
		b = hash_load(p + n - 8, 8);
	} else if (n >= 4) {
		a = load32(p);
		b = load32(p + n - 4);
	} else if (n) {
		a = (unsigned char)p[0];
		b = (uint64_t)(unsigned char)p[n / 2] << 8 |
		    (unsigned char)p[n - 1];
	} else {
		a = b = 0;
	}
	a = hash_mix(a ^ 0x9e3779b97f4a7c15u ^ n, b ^ 0xe7037ed1a0b428dbu);
	return (uint32_t)(a ^ a >> 32);
}

struct json_key
json_key_of(struct slice name)
{
	return (struct json_key){name, hash_name(name.ptr, name.len)};
}

static void
start(struct json_index *index, struct json root, size_t members)
{
	size_t size = index->size ? index->size : SIZE_MIN;

	while (size < members * 2)
		size *= 2;
	index->root = root;
	index->spilled = false;
	index->count = 0;
	index->epoch++;
	if (size != index->size || !index->epoch) {
		free(index->slots);
		free(index->members);
		index->slots = xcalloc(size, sizeof(*index->slots));
		index->members = xcalloc(size, sizeof(*index->members));
		index->size = size;
		index->epoch = 1;
	}
}

/* Returns whether the name was there already. */
static bool
insert(struct json_index *index, struct slice name, uint32_t at)
{
	uint32_t hash = hash_name(name.ptr, name.len);

	for (size_t i = 0; i < PROBE_MAX; i++) {
		uint32_t place = (uint32_t)((hash + i) & (index->size - 1));
		struct json_index_slot *slot = &index->slots[place];

		if (slot->epoch != index->epoch) {
			index->members[index->count++] = place;
			*slot = (struct json_index_slot){name.ptr,
			    (uint32_t)name.len, hash, index->epoch, at};
			return false;
		}
		if (slot->hash == hash && slot->len == name.len &&
		    !memcmp(slot->name, name.ptr, name.len))
			return true;
	}
	index->spilled = true;
	return false;
}

size_t
json_index_build(struct json_index *index, struct json root)
{
	struct json_iter it = json_iter(root);
	struct slice name;
	struct json value;
	size_t again = 0;

	if (json_type(root) != JSON_OBJECT)
		it = (struct json_iter){0};
	start(index, root, 0);
	for (size_t n = 1; json_next(&it, &name, &value); n++) {
		if (n * 2 > index->size) {
			size_t members = n;
			struct json_iter rest = it;

			while (json_next(&rest, NULL, &value))
				members++;
			start(index, root, members);
			it = json_iter(root);
			n = 0;
			again = 0;
			continue;
		}
		again += insert(index, name, (uint32_t)value.at);
	}
	return again;
}

struct json
json_index_get(const struct json_index *index, const struct json_key *key)
{
	if (!index->size)
		return (struct json){0};
	for (size_t i = 0; i < PROBE_MAX; i++) {
		const struct json_index_slot *slot =
		    &index->slots[(key->hash + i) & (index->size - 1)];

		if (slot->epoch != index->epoch)
			return (struct json){0};
		if (slot->hash == key->hash && slot->len == key->name.len &&
		    !memcmp(slot->name, key->name.ptr, slot->len))
			return (struct json){index->root.doc, slot->at};
	}
	/* A full stretch without a free slot: the name may be left out. */
	return index->spilled ? json_get(index->root, key->name)
	                      : (struct json){0};
}

void
json_index_release(struct json_index *index)
{
	free(index->slots);
	free(index->members);
	*index = (struct json_index){0};
}
