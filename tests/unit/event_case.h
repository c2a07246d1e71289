#ifndef EVENT_CASE_H
#define EVENT_CASE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/time.h"
#include "event/event.h"
#include "event/read.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/*
 * event_case - a record and what must be read from it.
 *
 * Records are made up here.  To stay legible as C they are written with ' for
 * ", and with ` for \", as in JSON that is held in a string.
 */
struct event_case {
	const char *name, *record;
	struct event_want {
		/* a column, or: kind time outcome family class items */
		const char *column, *value; /* "" is empty */
	} want[30];
};

/* A record that was read; everything lives until event_case_release(). */
struct event_reading {
	struct json_parser *parser, *inner;
	struct arena arena;
	struct buf text;
	struct record record;
	struct event event;
};

static inline void
event_case_read(struct event_reading *reading, const char *record)
{
	memset(reading, 0, sizeof(*reading));
	for (const char *p = record; *p; p++) {
		if (*p == '\'')
			buf_char(&reading->text, '"');
		else if (*p == '`')
			buf_str(&reading->text, "\\\"");
		else
			buf_char(&reading->text, *p);
	}
	memset(buf_reserve(&reading->text, JSON_PADDING), 0, JSON_PADDING);
	reading->parser = json_parser_new();
	reading->inner = json_parser_new();
	reading->record.arena = &reading->arena;
	reading->record.inner = reading->inner;
	assert_int_equal(json_parse(reading->parser, buf_slice(&reading->text),
	                     &reading->record.root, NULL),
	    JSON_OK);
	event_read(&reading->record, &reading->event);
}

static inline void
event_case_release(struct event_reading *reading)
{
	json_parser_free(reading->parser);
	json_parser_free(reading->inner);
	arena_release(&reading->arena);
	buf_release(&reading->text);
}

/* What an event says under a name that is a column's or one of ours. */
static inline struct slice
event_case_says(struct event_reading *reading, const char *name)
{
	const struct event *event = &reading->event;
	const struct event_item *items;
	struct arena *arena = &reading->arena;
	struct slice s = slice_cstr(name);
	char room[TIME_TEXT_MAX];

	if (slice_eq(s, SLICE("kind")))
		return slice_cstr(event_kind_name(event->kind));
	if (slice_eq(s, SLICE("outcome")))
		return slice_cstr(event_outcome_name(event->outcome));
	if (slice_eq(s, SLICE("family")))
		return slice_cstr(event->family ? event->family : "");
	if (slice_eq(s, SLICE("class")))
		return arena_printf(
		    arena, "%u/%u", event->class_uid, event->activity);
	if (slice_eq(s, SLICE("items")))
		return arena_printf(arena, "%zu",
		    event_items(&reading->record, event->kind, &items));
	if (slice_eq(s, SLICE("time")))
		return event->time_us == EVENT_NO_TIME
		           ? SLICE("")
		           : arena_copy(
		                 arena, time_format(event->time_us, room));
	for (int i = 0; i < EV_COLUMNS; i++)
		if (slice_eq(
		        s, slice_cstr(event_column_name((enum event_column)i))))
			return event->col[i];
	fail_msg("no column '%s'", name);
	return SLICE("");
}

static inline void
event_case_run(const struct event_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct event_reading reading;

		event_case_read(&reading, cases[i].record);
		for (const struct event_want *want = cases[i].want;
		     want->column; want++) {
			struct slice got =
			    event_case_says(&reading, want->column);

			if (!slice_eq(got, slice_cstr(want->value)))
				fail_msg("%s: %s is '" SLICE_FMT "', not '%s'",
				    cases[i].name, want->column, SLICE_ARG(got),
				    want->value);
		}
		event_case_release(&reading);
	}
}

#define EVENT_CASES(cases)                                                     \
	event_case_run(cases, sizeof(cases) / sizeof((cases)[0]))

/* Fails unless two records say the same in all columns, class and outcome. */
static inline void
event_case_same(const char *record, const char *other)
{
	struct event_reading a, b;

	event_case_read(&a, record);
	event_case_read(&b, other);
	for (int i = 0; i < EV_COLUMNS; i++)
		if (!slice_eq(a.event.col[i], b.event.col[i]))
			fail_msg("%s is '" SLICE_FMT "' and '" SLICE_FMT "'",
			    event_column_name((enum event_column)i),
			    SLICE_ARG(a.event.col[i]),
			    SLICE_ARG(b.event.col[i]));
	assert_memory_equal(&a.event, &b.event, offsetof(struct event, family));
	assert_string_equal(a.event.family, b.event.family);
	event_case_release(&a);
	event_case_release(&b);
}

#endif
