#ifndef RUN_CASE_PARCEL_H
#define RUN_CASE_PARCEL_H

#include "run_case.h"

/*
 * run_case_parcel - parcels of records for a run_case, and what the ledger
 * holds of them.
 */

/* --- parcels --- */

static inline void
run_case_round(struct run_case *c)
{
	struct err err = {0};

	if (run_round(c->run, &err))
		fail_msg("%s", err.msg);
}

static inline void
run_case_ended(void *ctx, const struct parcel *parcel, enum parcel_end end,
    const char *why)
{
	struct run_seen *seen = ctx;

	assert_non_null(parcel);
	assert_true(seen->end_count < ENDS_MAX);
	snprintf(seen->whys[seen->end_count], sizeof(seen->whys[0]), "%s", why);
	seen->ends[seen->end_count++] = end;
}

/* A list of records is added to its body, text by text. */
static inline struct parcel *
run_case_parcel(struct run_case *c, const char *id)
{
	const struct slice texts[] = {SLICE("test"), slice_cstr(id)};
	struct parcel *parcel = parcel_new("m365", "contoso");

	parcel_name(parcel->name, texts, 2);
	parcel->path = "feed";
	parcel->created_us = parcel->asked_us = time_now_us() - CASE_SECOND_US;
	buf_str(&parcel->stream, "Audit.General");
	buf_str(&parcel->tenant, "0000-1");
	parcel->done = run_case_ended;
	parcel->ctx = &c->seen;
	return parcel;
}

static inline void
run_case_record(
    struct parcel *parcel, uint64_t id, const char *operation, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	buf_char(&parcel->body, parcel->body.len ? ',' : '[');
	buf_printf(&parcel->body,
	    "{\"RecordType\":15,\"Operation\":\"%s\",\"Id\":\"id-%ju\","
	    "\"CreationTime\":\"%.19s\",\"UserId\":\"kim@example.org\","
	    "\"OrganizationId\":\"0000-1\",\"Workload\":\"Exchange\","
	    "\"UserType\":0,\"UserKey\":\"k\"}",
	    operation, (uintmax_t)id, time_format(time_us, room).ptr);
}

static inline void
run_case_give(struct run_case *c, struct parcel *parcel)
{
	if (parcel->body.len)
		buf_char(&parcel->body, ']');
	hub_give(c->hub, parcel);
}

/* --- what the ledger holds --- */

struct run_held {
	uint64_t events, findings, gaps, clocks, opened, closed, states, odd;
};

static inline int
run_case_held_one(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct run_held *held = ctx;
	const struct {
		const char *source;
		uint64_t *count;
	} counts[] = {
	    {"firn/finding", &held->findings},
	    {"firn/gap", &held->gaps},
	    {"firn/clock", &held->clocks},
	    {"firn/delivery", &held->opened},
	    {"firn/delivered", &held->closed},
	    {"graph/users", &held->states},
	    {"file/unreadable", &held->odd},
	};

	(void)index;
	(void)frame;
	(void)err;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (slice_eq(stream->source, slice_cstr(counts[i].source))) {
			++*counts[i].count;
			return 0;
		}
	held->events++;
	return 0;
}

static inline struct run_held
run_case_held(const struct run_case *c)
{
	struct view *view = case_view(&c->ledger);
	struct run_held held = {0};
	struct err err = {0};

	if (view_walk(
	        view, 0, view_tree(view)->size, run_case_held_one, &held, &err))
		fail_msg("%s", err.msg);
	view_close(view);
	return held;
}

#endif
