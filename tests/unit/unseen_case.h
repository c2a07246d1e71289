#ifndef TESTS_UNSEEN_CASE_H
#define TESTS_UNSEEN_CASE_H

#include "coverage_case.h"

#include "incident/unseen.h"

/* An assessment: contoso's Exchange and directory logs, kim's account. */
struct unseen_case {
	struct cover cover;
	struct act acts[8];
	struct slice cols[8][EV_COLUMNS];
	size_t act_count;
	struct mark marks[4];
	size_t mark_count;
	struct damage_statement said[4];
	size_t said_count;
	const char *from, *to; /* of the data */
	struct unseen_erased erased;
	struct arena arena;
	const struct unseen *found;
	size_t count;
};

static void
begin(struct unseen_case *c)
{
	*c = (struct unseen_case){.from = "2026-09-01", .to = "2026-10-20"};
	cover_init(&c->cover, "2026-10-19");
	cover_close(&c->cover, "Audit.Exchange",
	    cover_open(&c->cover, "Audit.Exchange", 1, cover_at("2026-10-19")),
	    cover_at("2026-10-19") - COVER_HOUR_US, 100);
	cover_clock(&c->cover, "Audit.Exchange", cover_at("2026-10-19"));
	cover_clock(&c->cover, "Audit.SharePoint", cover_at("2026-10-19"));
	cover_clock(&c->cover, "Audit.General", cover_at("2026-10-19"));
	cover_clock(
	    &c->cover, "Audit.AzureActiveDirectory", cover_at("2026-10-19"));
	c->marks[c->mark_count++] = (struct mark){
	    .kind = MARK_USER, .value = SLICE("kim@contoso.example")};
}

static void
end(struct unseen_case *c)
{
	cover_release(&c->cover);
	arena_release(&c->arena);
}

static struct slice *
col_of(struct unseen_case *c, const struct act *act)
{
	return c->cols[act - c->acts];
}

/* Kim reads her mail; certainly the intruder. */
static struct act *
add_act(struct unseen_case *c, const char *when)
{
	struct act *act = &c->acts[c->act_count];

	*act = (struct act){.index = 1000 + c->act_count,
	    .time_us = cover_at(when),
	    .kind = KIND_O365_AUDIT,
	    .outcome = OUTCOME_SUCCESS,
	    .col = col_of(c, act),
	    .account = SLICE("kim@contoso.example"),
	    .mailbox = SLICE("kim@contoso.example"),
	    .certainty = CERTAINLY_INTRUDER};
	c->act_count++;
	return act;
}

static void
find(struct unseen_case *c)
{
	struct unseen_of of = {.acts = c->acts,
	    .act_count = c->act_count,
	    .marks = c->marks,
	    .mark_count = c->mark_count,
	    .coverage = c->cover.coverage,
	    .first_us = EVENT_NO_TIME,
	    .last_us = EVENT_NO_TIME,
	    .data_from_us = cover_at(c->from),
	    .data_to_us = cover_at(c->to),
	    .erased = c->erased,
	    .statements = c->said,
	    .statement_count = c->said_count,
	    .arena = &c->arena};

	for (size_t i = 0; i < c->act_count; i++) {
		if (c->acts[i].certainty == NOT_INTRUDER)
			continue;
		if (of.first_us == EVENT_NO_TIME)
			of.first_us = c->acts[i].time_us;
		of.last_us = c->acts[i].time_us;
	}
	c->count = unseen_find(&of, &c->found);
}

static size_t
count(const struct unseen_case *c, enum unseen_cause cause)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += c->found[i].cause == cause;
	return n;
}

/* The only one of its cause. */
static const struct unseen *
one(const struct unseen_case *c, enum unseen_cause cause)
{
	assert_int_equal(count(c, cause), 1);
	for (size_t i = 0; i < c->count; i++)
		if (c->found[i].cause == cause)
			return &c->found[i];
	return NULL;
}

static void
gap_of(struct unseen_case *c, enum gap_cause cause, const char *stream,
    const char *from, const char *to)
{
	gap_write(&c->cover.text, &(struct gap){.source = "contoso",
	                              .stream = stream,
	                              .key = "k1",
	                              .cause = cause,
	                              .from_us = cover_at(from),
	                              .to_us = cover_at(to),
	                              .heals_until_us = EVENT_NO_TIME});
	cover_apply(&c->cover, "firn/gap");
}

static void
assert_place(const struct unseen *unseen, const char *place)
{
	assert_int_equal(unseen->place_count, 1);
	assert_true(slice_eq(unseen->places[0], slice_cstr(place)));
}

#endif
