#include "source/kafka_part.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/time.h"
#include "event/event.h"
#include "source/sniff.h"
#include "json/build.h"
#include "json/json.h"

/* In base64 it stays below the longest record that is read (64 MiB). */
#define UNREAD_MAX ((size_t)40 << 20)

enum shape { SHAPE_LINES, SHAPE_ALONE, SHAPE_UNREAD };

struct kafka_part *
kafka_part_new(const char *topic, int32_t partition)
{
	struct kafka_part *part = xcalloc(1, sizeof(*part));
	struct buf stream = {0};

	buf_printf(&stream, "%s/%d%c", topic, partition, '\0');
	part->topic = xstrdup(topic);
	part->stream = stream.ptr;
	part->partition = partition;
	part->position = part->from = KAFKA_NOWHERE;
	part->mark = KAFKA_NOWHERE;
	part->durable = part->committed = KAFKA_NOWHERE;
	part->known_us = part->latest_us = EVENT_NO_TIME;
	part->times.latest_us = EVENT_NO_TIME;
	return part;
}

void
kafka_part_free(struct kafka_part *part)
{
	if (!part)
		return;
	free(part->topic);
	free(part->stream);
	buf_release(&part->body);
	free(part);
}

void
kafka_part_drop(struct kafka_part *part)
{
	buf_clear(&part->body);
	part->messages = 0;
}

void
kafka_part_begin(struct kafka_part *part, int64_t offset)
{
	kafka_part_drop(part);
	part->position = part->from = offset;
	/* What is on its way comes before it. */
	if (!part->outstanding)
		part->durable = offset;
	part->halt = KAFKA_GOES;
	part->stopped = false;
	part->first_given = part->first_back = false;
	part->least = offset;
	part->mark = KAFKA_NOWHERE;
	part->end = 0;
	part->unsure = false;
}

int64_t
kafka_part_look_back(struct kafka_part *part, int64_t low)
{
	struct kafka_anchor *anchor = &part->anchor;
	bool has = anchor->digest && anchor->offset < part->position;

	/* Where a topic begins only ever rises. */
	if (!anchor->digest && anchor->offset && !low)
		part->halt = KAFKA_OTHER;
	if (part->halt)
		return part->position;
	if (!has || anchor->offset < low) {
		*anchor = (struct kafka_anchor){0};
		has = false;
	}
	if (part->position <= low) {
		/* No message is left that could be looked at. */
		if (part->position == low)
			anchor->offset = low;
		return part->position;
	}
	part->unsure = true;
	return has ? anchor->offset : part->position - 1;
}

void
kafka_part_renew(struct kafka_part *part, int64_t offset)
{
	kafka_part_begin(part, offset);
	part->again++;
	part->committed = KAFKA_NOWHERE;
	part->anchor = part->newest = (struct kafka_anchor){0};
	part->latest_us = part->times.latest_us = EVENT_NO_TIME;
}

void
kafka_part_cursor(
    const struct kafka_part *part, int64_t offset, struct buf *out)
{
	kafka_cursor_write(
	    out, &(struct kafka_cursor){offset, part->again, part->anchor});
}

bool
kafka_part_may_go_on(const struct kafka_part *part, int64_t *offset)
{
	*offset = part->halt == KAFKA_SHORT ? part->first : part->position;
	return part->assigned && !part->outstanding &&
	       (part->halt == KAFKA_FULL || part->halt == KAFKA_SHORT);
}

void
kafka_part_go_on(struct kafka_part *part)
{
	if (part->halt == KAFKA_SHORT) {
		kafka_part_begin(part, part->first);
		part->least = part->first + 2 * (part->first_end - part->first);
	}
	part->halt = KAFKA_GOES;
}

/* --- ranges --- */

/* Every line is an object, or blank. */
static bool
lines_are_whole(struct slice s)
{
	while (s.len) {
		struct slice line = slice_trim(slice_cut(&s, '\n'));

		while (line.len && line.ptr[line.len - 1] == '\r')
			line = slice_trim(slice_of(line.ptr, line.len - 1));
		if (line.len &&
		    (line.ptr[0] != '{' || sniff_json_end(line) != line.len))
			return false;
	}
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Nor a byte-order mark, which some producers put in front. */
static struct slice
without_blanks(struct slice s)
{
	if (s.len >= 3 && !memcmp(s.ptr, "\xef\xbb\xbf", 3))
		s = slice_skip(s, 3);
	while (s.len && is_blank(s.ptr[0]))
		s = slice_skip(s, 1);
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static enum shape
shape_of(struct slice text)
{
	switch (text.len ? sniff(text, true).form : FORM_NONE) {
	case FORM_LINES:
		return lines_are_whole(text) ? SHAPE_LINES : SHAPE_UNREAD;
	case FORM_ELEMENTS:
		return (text.ptr[0] == '{' || text.ptr[0] == '[') &&
		               sniff_json_end(text) == text.len
		           ? SHAPE_ALONE
		           : SHAPE_UNREAD;
	default:
		return SHAPE_UNREAD;
	}
}

static void
write_about(const struct kafka_part *part, struct buf *out)
{
	json_text(out, "topic", slice_cstr(part->topic));
	json_i64(out, "partition", part->partition);
	json_i64(out, "first", part->from);
	json_i64(out, "last", part->last.offset);
	json_u64(out, "messages", part->messages);
}

static void
write_next(const struct kafka_part *part, struct buf *out)
{
	buf_str(out, "\"next\":\"");
	kafka_part_cursor(part, part->last.offset + 1, out);
	buf_char(out, '"');
}

/* Of the next range. */
static void
make_name(
    const struct kafka_part *part, const char *source, unsigned char name[16])
{
	struct buf again = {0}, offset = {0};

	buf_u64(&again, part->again);
	buf_i64(&offset, part->from);
	parcel_name(name,
	    (const struct slice[]){SLICE("kafka"), slice_cstr(source),
	        slice_cstr(part->stream), buf_slice(&again),
	        buf_slice(&offset)},
	    5);
	buf_release(&again);
	buf_release(&offset);
}

/* What is in the body becomes a parcel. */
static struct parcel *
wrap(struct kafka_part *part, const struct kafka_origin *origin, bool unread,
    struct kafka_parcels *out)
{
	struct parcel *parcel = parcel_new("kafka", origin->source);
	struct kafka_given *given = xcalloc(1, sizeof(*given));

	*given = (struct kafka_given){origin->owner, part, part->from,
	    part->last.offset + 1, part->last, unread};
	make_name(part, origin->source, parcel->name);
	parcel->path = origin->path;
	buf_str(&parcel->stream, part->stream);
	write_about(part, &parcel->about);
	write_next(part, &parcel->after);
	parcel->created_us = part->created_us;
	parcel->asked_us = part->came_us;
	parcel->body = part->body;
	parcel->as = unread ? "kafka/unread" : NULL;
	parcel->done = origin->done;
	parcel->ctx = given;
	part->body = (struct buf){0};
	if (!part->first_given) {
		part->first_given = true;
		part->first = part->from;
		part->first_end = part->last.offset + 1;
	}
	part->from = part->last.offset + 1;
	part->outstanding++;
	*out->end = parcel;
	out->end = &parcel->next;
	kafka_part_drop(part);
	return parcel;
}

/* Whether there may be a range before the next one of this partition. */
static bool
must_wait(const struct kafka_part *part)
{
	return part->first_given && !part->first_back;
}

void
kafka_part_end(struct kafka_part *part, const struct kafka_origin *origin,
    struct kafka_parcels *out)
{
	if (part->messages && !must_wait(part) && part->position >= part->least)
		wrap(part, origin, false, out);
}

void
kafka_part_pass(struct kafka_part *part, const struct kafka_origin *origin,
    int64_t offset, struct kafka_parcels *out)
{
	if (part->halt)
		return;
	if (offset < part->position) {
		kafka_part_lose(part, origin, out);
		return;
	}
	part->unsure = false;
	part->position = offset;
	/* It cannot be longer now. */
	part->least = part->from;
	kafka_part_end(part, origin, out);
}

static void
start_range(struct kafka_part *part, const struct kafka_message *message)
{
	part->created_us = message->created_us;
	part->came_us = message->came_us;
}

static void
write_unread(struct kafka_part *part, const struct kafka_message *message,
    struct buf *out)
{
	struct slice value = message->value;
	char room[TIME_TEXT_MAX];
	size_t mark = json_open(out, NULL, '{');

	json_text(out, "topic", slice_cstr(part->topic));
	json_i64(out, "partition", part->partition);
	json_i64(out, "offset", message->offset);
	if (message->created_us != EVENT_NO_TIME)
		json_text(out, "time", time_format(message->created_us, room));
	json_u64(out, "length", value.len);
	json_key(out, "base64");
	buf_char(out, '"');
	base64_add(
	    out, value.ptr, value.len < UNREAD_MAX ? value.len : UNREAD_MAX);
	buf_char(out, '"');
	json_close(out, mark);
	buf_char(out, '\n');
}

/* A range of one message, which is no line or no JSON. */
static void
add_alone(struct kafka_part *part, const struct kafka_origin *origin,
    const struct kafka_message *message, bool unread, struct kafka_parcels *out)
{
	/* A range of lines ended here before, too. */
	part->least = part->from;
	kafka_part_end(part, origin, out);
	start_range(part, message);
	if (unread)
		write_unread(part, message, &part->body);
	else
		buf_slice_add(&part->body, message->value);
	part->last = part->taken;
	part->position = message->offset + 1;
	part->messages = 1;
	wrap(part, origin, unread, out);
}

/* False: it is not wanted. */
static bool
look_at(struct kafka_part *part, const struct kafka_message *message)
{
	struct kafka_anchor *anchor = &part->anchor;

	part->taken = kafka_anchor_of(message);
	if (!anchor->digest)
		*anchor = part->taken;
	if (message->offset == anchor->offset &&
	    part->taken.digest != anchor->digest) {
		part->halt = KAFKA_OTHER;
		return false;
	}
	if (message->offset >= anchor->offset)
		part->unsure = false;
	if (message->created_us > part->latest_us)
		part->latest_us = message->created_us;
	return message->offset >= part->position;
}

void
kafka_part_add(struct kafka_part *part, const struct kafka_origin *origin,
    const struct kafka_message *message, size_t size_max,
    struct kafka_parcels *out)
{
	struct kafka_message m = *message;
	enum shape shape;

	if (part->halt || !look_at(part, message))
		return;
	m.value = without_blanks(message->value);
	shape = shape_of(m.value);
	if (shape == SHAPE_UNREAD)
		m.value = message->value;
	if (must_wait(part) &&
	    (shape != SHAPE_LINES || part->body.len + m.value.len > size_max)) {
		part->halt = KAFKA_FULL;
		return;
	}
	if (shape != SHAPE_LINES) {
		add_alone(part, origin, &m, shape == SHAPE_UNREAD, out);
		return;
	}
	if (part->messages && part->body.len + m.value.len > size_max)
		kafka_part_end(part, origin, out);
	if (!part->messages)
		start_range(part, &m);
	buf_slice_add(&part->body, m.value);
	buf_char(&part->body, '\n');
	part->messages++;
	part->last = part->taken;
	part->position = m.offset + 1;
	if (part->body.len >= size_max)
		kafka_part_end(part, origin, out);
}

void
kafka_part_back(struct kafka_part *part, const struct kafka_given *given,
    enum parcel_end end)
{
	part->outstanding--;
	if (end == PARCEL_STOPPED)
		return;
	if (end == PARCEL_SHORT) {
		part->halt = KAFKA_SHORT;
		return;
	}
	if (given->first == part->first)
		part->first_back = true;
	part->moved = false;
	if (given->next > part->durable) {
		part->durable = given->next;
		part->newest = given->last;
	}
}

void
kafka_part_lose(struct kafka_part *part, const struct kafka_origin *origin,
    struct kafka_parcels *out)
{
	part->stopped = true;
	if (part->halt)
		return;
	part->least = part->from;
	kafka_part_end(part, origin, out);
	/* Where something has to be given first, it is found again later. */
	part->halt = part->messages ? KAFKA_FULL : KAFKA_LOST;
}

bool
kafka_part_clock(struct kafka_part *part, int64_t *time_us)
{
	bool idle = !part->messages && !part->outstanding;

	if (part->mark == KAFKA_NOWHERE || part->halt || part->unsure ||
	    (idle ? part->position : part->durable) < part->mark)
		return false;
	*time_us = part->known_us = part->mark_us;
	part->mark = KAFKA_NOWHERE;
	return true;
}
