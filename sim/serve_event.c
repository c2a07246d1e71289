#include "serve_event.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "rng.h"

/* Digits of a time, then of a blob's number: as long as the suite's. */
#define TIME_DIGITS 14
#define SEQ_DIGITS  9
#define SEQ_MAX     999999999u

static struct slice
keep(char **room, struct slice s)
{
	char *at = *room;

	if (s.len > 0)
		memcpy(at, s.ptr, s.len);
	*room += s.len;
	return slice_of(at, s.len);
}

struct serve_event *
event_new(const struct sim_record *record, unsigned copies)
{
	size_t head =
	    sizeof(struct serve_event) + copies * sizeof(struct event_copy);
	struct serve_event *event =
	    xmalloc(head + record->id.len + record->operation.len +
	            record->user.len + record->truth.facts.len);
	char *room = (char *)event + head;

	*event = (struct serve_event){
	    .stream = record->stream,
	    .time_us = record->time_us,
	    .truth = record->truth,
	    .left = copies,
	};
	event->id = keep(&room, record->id);
	event->operation = keep(&room, record->operation);
	event->user = keep(&room, record->user);
	event->truth.facts = keep(&room, record->truth.facts);
	return event;
}

static int
put_number(char *out, size_t size, int64_t time_us, uint32_t seq)
{
	struct time_civil t = time_civil(time_us);

	return snprintf(out, size, "%04d%02d%02d%02d%02d%02d%09u",
	    t.year % 10000, t.month % 100, t.day % 100, t.hour % 100,
	    t.minute % 100, t.second % 100, seq % (SEQ_MAX + 1));
}

/* "audit_exchange$Audit_Exchange" */
static void
put_name(char *out, enum content_type type)
{
	const char *name = content_type_name(type);
	size_t len = strlen(name);

	for (size_t i = 0; i < 2 * len + 1; i++) {
		char c = i == len ? '$' : name[i % (len + 1)];

		if (c == '.')
			c = '_';
		out[i] = i < len && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	out[2 * len + 1] = '\0';
}

void
content_id(char out[CONTENT_ID_MAX], const struct content_name *name)
{
	char from[40], to[40], type[72];
	uint64_t salt = rng_mix(rng_mix(name->seq, name->type), name->tenant);

	put_number(from, sizeof(from), name->created_us, name->seq);
	put_number(to, sizeof(to), name->created_us + INT64_C(90000000),
	    (uint32_t)(salt % SEQ_MAX));
	put_name(type, name->type);
	snprintf(out, CONTENT_ID_MAX, "%s$%s$%s$na0030$na0030", from, to, type);
}

bool
content_id_parse(struct slice id, enum content_type *type, uint32_t *seq)
{
	struct slice from = slice_cut(&id, '$'), name;
	uint64_t n;

	slice_cut(&id, '$');
	slice_cut(&id, '$');
	name = slice_cut(&id, '$');
	if (from.len != TIME_DIGITS + SEQ_DIGITS ||
	    !slice_to_u64(slice_skip(from, TIME_DIGITS), &n))
		return false;
	*seq = (uint32_t)n;
	for (int i = 0; i < CONTENT_TYPES; i++) {
		char both[72];
		size_t len = strlen(content_type_name((enum content_type)i));

		put_name(both, (enum content_type)i);
		*type = (enum content_type)i;
		if (slice_eq(name, slice_of(both + len + 1, len)))
			return true;
	}
	return false;
}
