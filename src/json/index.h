#ifndef JSON_INDEX_H
#define JSON_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "json/json.h"

/*
 * index - the members of one object, found by name without walking it.
 *
 * Built once a record over the record's root; a name is looked up by a hash
 * that its user computed beforehand.  The index borrows from the object's
 * parser: good until the parser's next text.  The table is kept from record to
 * record and never cleared.  All zero is a valid index over nothing.  One
 * thread.
 *
 * Names that collide on purpose cost bounded time: a name that finds no place
 * within some steps is left out, and look-ups that miss then walk the object.
 */
struct json_index_slot {
	const char *name;
	uint32_t len;
	uint32_t hash;
	uint32_t epoch; /* of another record: the slot is free */
	uint32_t at;    /* index of the value in the tape */
};

struct json_index {
	struct json_index_slot *slots;
	uint32_t *members; /* the slots in use, in the members' order */
	size_t count;      /* of them */
	size_t size;       /* of the table: a power of two, or 0 */
	uint32_t epoch;
	bool spilled; /* some members are not in the table */
	struct json root;
};

/* A name to look up, with its hash. */
struct json_key {
	struct slice name;
	uint32_t hash;
};

/* `name` is borrowed as long as the key is used. */
struct json_key json_key_of(struct slice name);

/*
 * Indexes the members of root (of nothing, if that is no object).  Of members
 * of the same name the first wins.  Returns how many others there are, not
 * counting among those left out.
 */
size_t json_index_build(struct json_index *index, struct json root);

/* The member of that name; absent if there is none. */
struct json
json_index_get(const struct json_index *index, const struct json_key *key);

/*
 * Member i of the index, i below index->count, with its hash.  Members that
 * collided (index->spilled) are not among them.
 */
static inline struct json
json_index_member(
    const struct json_index *index, size_t i, struct json_key *key)
{
	const struct json_index_slot *slot = &index->slots[index->members[i]];

	*key = (struct json_key){slice_of(slot->name, slot->len), slot->hash};
	return (struct json){index->root.doc, slot->at};
}

void json_index_release(struct json_index *index);

#endif
