#ifndef SOURCE_KAFKA_CURSOR_H
#define SOURCE_KAFKA_CURSOR_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * kafka_cursor - where a partition is read on, and by what it is known that it
 * is still the same one.
 *
 * A topic that was deleted and made anew looks like the old one as soon as it
 * is as long, and what it has before our position would never be read.  So a
 * cursor has an anchor: a message from before the position, by a digest.
 * Reading begins there each time, and another message in its place tells that
 * the topic is another.  As text:
 *
 *	1234                 the next offset
 *	1234@2               of the topic that was made anew twice
 *	1234@2#1230:9f…      the message at 1230 has this digest (hexadecimal)
 *	1234@2#1234          the topic began there: there was no message before
 */
struct kafka_message {
	struct slice value;
	int64_t offset;
	int64_t created_us, came_us;
};

struct kafka_anchor {
	int64_t offset;
	uint64_t digest; /* 0: no message, the topic began at the offset */
};

struct kafka_cursor {
	int64_t offset;
	uint64_t again; /* how often the topic was made anew */
	struct kafka_anchor anchor;
};

struct kafka_anchor kafka_anchor_of(const struct kafka_message *message);

/* An anchor that is not before the offset is left out. */
void kafka_cursor_write(struct buf *out, const struct kafka_cursor *cursor);
bool kafka_cursor_read(struct slice text, struct kafka_cursor *cursor);

#endif
