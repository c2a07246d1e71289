#ifndef SOURCE_UNWRAP_H
#define SOURCE_UNWRAP_H

#include "base/buf.h"
#include "base/slice.h"
#include "source/batch.h"
#include "json/index.h"
#include "json/json.h"

/*
 * unwrap - from what a file holds to the record inside.
 *
 * A wrapper is an object around a list of records; an envelope is an object
 * around one record, held as an object or as a string of JSON.
 */
#define UNWRAP_MAX 3 /* envelopes in one another */

struct unwrap_room {
	struct json_index index; /* of the record's root */
	size_t repeated_keys;    /* in it; the first of a name counts */
	bool indexed;            /* the index is over what comes next */
	bool repaired; /* the last one was held in a text with broken bytes */
	struct json_parser *parsers[UNWRAP_MAX]; /* of JSON held in strings */
	struct buf texts[UNWRAP_MAX];
	struct buf why;
	struct unwrap_names *names;
};

void unwrap_room_init(struct unwrap_room *room);
void unwrap_room_release(struct unwrap_room *room);

/*
 * The list in a wrapper: value, records, Records, events or items, with few
 * other members beside it, and the object is no record itself; *name is which.
 * Absent if v is no wrapper; then unwrap_envelope(), called next, need not
 * index it again.
 */
struct json
unwrap_list(struct unwrap_room *room, struct json v, struct slice *name);

/*
 * Takes envelopes off v.  *v becomes the record, an object, and room->index is
 * over its members.  Returns NULL, or the reason why there is none, good until
 * the next call with the same room.
 */
const char *unwrap_envelope(struct unwrap_room *room, struct json *v);

/*
 * A CSV row as the text of a JSON record, added to `out`: the cell that holds
 * the record, or else an object with a string for each cell that is not empty.
 * NULL, or the reason why there is none (static, or in the arena).
 */
const char *unwrap_row(const struct csv_header *header, struct slice row,
    struct arena *arena, struct buf *out);

#endif
