#ifndef EVENT_READ_FIELDS_H
#define EVENT_READ_FIELDS_H

#include "event/read.h"

/*
 * read_fields - readers as tables: which column has its value where.
 *
 * Used by every reader whose record is flat enough to be described.  Several
 * rows for one column are alternatives, the best first; unlike read_any(), an
 * empty text counts as not there, because suites write "" where they mean
 * nothing (`ipAddress` of a managed identity).
 */
struct read_field {
	enum event_column col;
	const char *path; /* as read_any() takes it */
};

#define READ_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * Fills the columns that are still empty.  EV_IP takes only what is an
 * address; EV_COUNTRY only two letters, because some suites write names there.
 */
void read_fields(const struct record *record, struct json from,
    const struct read_field *table, size_t n, struct event *event);

/* One column by the same rule; `value` lives as long as the record. */
void read_put(const struct record *record, struct event *event,
    enum event_column col, struct slice value);

/* Sets the time from the first path that holds one, if it is not set yet. */
void read_times(const struct record *record, struct json from,
    const char *const *paths, size_t n, struct event *event);

/* An operation whose name begins with `prefix`, in any case, is of a class. */
struct read_class {
	const char *prefix;
	uint32_t class_uid, activity;
};

/* The first row that fits; without one the event keeps what it has. */
void read_class(struct slice name, const struct read_class *table, size_t n,
    struct event *event);

/* The parts with `sep` between them, in the record's arena. */
struct slice read_join(
    const struct record *record, const struct slice *parts, size_t n, char sep);

/* a and b are equal but for ASCII case. */
bool read_same(struct slice a, struct slice b);

/*
 * The object that says what happened: what is in `properties` (also if that is
 * a JSON string) of a record in a diagnostic-settings envelope, else the
 * record itself.  Good until the next read_open() with this record, so readers
 * ask for it again after that.
 */
struct json read_body(const struct record *record);

/* read_open() of a member of the body; paths as read_any() takes them. */
struct json read_part(const struct record *record, const char *paths);

#endif
