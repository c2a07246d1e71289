#ifndef COVERAGE_CASE_H
#define COVERAGE_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "coverage/coverage.h"
#include "event/event.h"

/*
 * coverage_case - records as a source's deliveries make them, applied.
 */
#define COVER_HOUR_US INT64_C(3600000000)
#define COVER_DAY_US  (24 * COVER_HOUR_US)

struct cover {
	struct coverage *coverage;
	uint64_t index; /* of the next record */
	int64_t now_us;
	struct buf text;
};

static inline int64_t
cover_at(const char *text)
{
	int64_t time_us;

	assert_true(time_parse(slice_cstr(text), &time_us));
	return time_us;
}

static inline void
cover_init(struct cover *c, const char *now)
{
	*c =
	    (struct cover){.coverage = coverage_new(), .now_us = cover_at(now)};
}

static inline void
cover_release(struct cover *c)
{
	coverage_free(c->coverage);
	buf_release(&c->text);
}

/* Applies c->text. */
static inline uint64_t
cover_apply(struct cover *c, const char *source)
{
	struct coverage_record record = {.index = c->index++,
	    .received_us = c->now_us,
	    .source = slice_cstr(source),
	    .raw = buf_slice(&c->text)};

	coverage_apply(c->coverage, &record);
	buf_clear(&c->text);
	return record.index;
}

static inline uint64_t
cover_raw(struct cover *c, const char *source, const char *text)
{
	buf_str(&c->text, text);
	return cover_apply(c, source);
}

static inline void
cover_name(unsigned char name[16], uint64_t number)
{
	/* As good as random where it is looked at. */
	uint64_t mixed = number * 0x9e3779b97f4a7c15u;

	memset(name, 0, 16);
	memcpy(name, &mixed, sizeof(mixed));
}

/* Opens delivery `number` of the stream, created at a time. */
static inline uint64_t
cover_open(
    struct cover *c, const char *stream, uint64_t number, int64_t created_us)
{
	struct opened opened = {.by = SLICE("m365"),
	    .path = SLICE("feed"),
	    .source = SLICE("contoso"),
	    .stream = slice_cstr(stream),
	    .tenant = SLICE("0000-1"),
	    .created_us = created_us,
	    .asked_us = c->now_us};

	cover_name(opened.name, number);
	opened_write(&c->text, &opened);
	return cover_apply(c, "firn/delivery");
}

/* Closes it with so many new events of one time. */
static inline uint64_t
cover_close(struct cover *c, const char *stream, uint64_t delivery,
    int64_t event_us, uint64_t events)
{
	struct delivered delivered;
	uint64_t index;

	delivered_init(&delivered);
	delivered.delivery = delivery;
	delivered.source = SLICE("contoso");
	delivered.stream = slice_cstr(stream);
	delivered.items = delivered.added = events;
	for (uint64_t i = 0; i < events; i++)
		delivered_event(
		    &delivered, event_us, c->now_us - 1000000, c->now_us);
	delivered_write(&c->text, &delivered);
	index = cover_apply(c, "firn/delivered");
	delivered_release(&delivered);
	return index;
}

static inline void
cover_clock(struct cover *c, const char *stream, int64_t until_us)
{
	clocked_write(&c->text, &(struct clocked){.source = SLICE("contoso"),
	                            .stream = slice_cstr(stream),
	                            .until_us = until_us});
	cover_apply(c, "firn/clock");
}

/* All hours of a stream in one. */
static inline struct coverage_hour
cover_total(const struct coverage *coverage, size_t stream)
{
	struct coverage_hour total = {0};
	struct coverage_stream of;

	coverage_stream(coverage, stream, &of);
	for (size_t i = 0; i < of.hour_count; i++)
		coverage_hour_add(&total, &of.hours[i]);
	return total;
}

#endif
