/* Announced pieces of content, and how far each is. */
#include "source/m365_content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "event/event.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US   (3600 * SECOND_US)
#define PATIENCE  (10 * SECOND_US)
#define NOW       (1000000 * SECOND_US)

struct fixture {
	struct hub *hub;
	struct contents *contents;
	char healed[64]; /* what the last record of a gap says */
	struct gap_told told;
	struct json_parser *parser;
	struct buf text;
};

static int
set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){
	    .hub = hub_new(1 << 20), .parser = json_parser_new()};
	f.contents = contents_new(f.hub, "contoso", "Audit.General", PATIENCE);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	contents_free(f->contents);
	hub_free(f->hub);
	json_parser_free(f->parser);
	buf_release(&f->text);
	return 0;
}

static void
announce(struct fixture *f, const char *id, int64_t created_us)
{
	const struct announced a = {.id = slice_cstr(id),
	    .uri = SLICE("http://x/audit"),
	    .created_us = created_us,
	    .expires_us = created_us + HOUR_US};

	contents_announce(f->contents, &a);
}

static struct content *
expect_next(struct fixture *f, int64_t now_us, const char *id)
{
	struct content *content = contents_next(f->contents, now_us);

	if (!id) {
		assert_null(content);
		return NULL;
	}
	assert_non_null(content);
	assert_string_equal(content->id, id);
	assert_int_equal(content->state, CONTENT_FLYING);
	return content;
}

/* The next record about a gap; false: there is none. */
static bool
gap_came(struct fixture *f)
{
	struct news *news = hub_take(f->hub, 0);
	struct json v;

	if (!news)
		return false;
	assert_int_equal(news->kind, NEWS_RECORD);
	assert_string_equal(news->stream, "gap");
	buf_clear(&f->text);
	buf_slice_add(&f->text, buf_slice(&news->raw));
	memset(buf_reserve(&f->text, JSON_PADDING), 0, JSON_PADDING);
	assert_int_not_equal(
	    json_parse(f->parser, buf_slice(&f->text), &v, NULL), JSON_BAD);
	assert_true(gap_read(v, &f->told));
	/* As the loop would: it is known from now on. */
	coverage_apply(hub_coverage(f->hub),
	    &(struct coverage_record){.source = SLICE("firn/gap"),
	        .received_us = NOW,
	        .raw = buf_slice(&f->text)});
	news_free(news);
	return true;
}

static void
expect_gap(struct fixture *f, const char *id, enum gap_cause cause, bool heals)
{
	assert_true(gap_came(f));
	assert_false(f->told.healed);
	assert_true(slice_eq(f->told.key, slice_cstr(id)));
	assert_int_equal(f->told.cause, cause);
	assert_int_equal(f->told.heals_until_us != EVENT_NO_TIME, heals);
	assert_false(gap_came(f));
}

static void
test_first_announced_comes_first(void **state)
{
	struct fixture *f = *state;
	struct content *content;
	unsigned char name[16];

	assert_int_equal(contents_next_us(f->contents), INT64_MAX);
	expect_next(f, NOW, NULL);
	announce(f, "b", NOW - 2 * SECOND_US);
	announce(f, "a", NOW - 3 * SECOND_US);
	announce(f, "c", NOW - SECOND_US);
	announce(f, "a", NOW - 3 * SECOND_US); /* listed again */
	assert_int_equal(contents_count(f->contents), 3);
	assert_true(contents_next_us(f->contents) <= NOW);
	content = expect_next(f, NOW, "a");
	expect_next(f, NOW, "b");
	expect_next(f, NOW, "c");
	expect_next(f, NOW, NULL);
	assert_int_equal(contents_next_us(f->contents), INT64_MAX);
	announce(f, "a", NOW); /* on its way */
	assert_int_equal(contents_count(f->contents), 3);
	memcpy(name, content->name, sizeof(name));
	contents_given(f->contents, content);
	expect_next(f, NOW, NULL);
	contents_end(f->contents, name, PARCEL_DURABLE, "", NOW);
	assert_int_equal(contents_count(f->contents), 2);
	/* Of one that is gone nothing is to be said. */
	contents_end(f->contents, name, PARCEL_BROKEN, "x", NOW);
	contents_end(f->contents, name, PARCEL_DURABLE, "", NOW);
	assert_int_equal(contents_count(f->contents), 2);
	assert_false(gap_came(f));
}

/* Longer each time, then a gap; it is asked for all the same. */
static void
test_failures_become_a_gap(void **state)
{
	struct fixture *f = *state;
	int64_t now_us = NOW, pause_us = SECOND_US / 4;
	unsigned char name[16];
	struct content *content;

	announce(f, "a", NOW - SECOND_US);
	for (int i = 0; i < 7; i++) {
		content = expect_next(f, now_us, "a");
		contents_failed(f->contents, content, GAP_MISSING, false,
		    now_us, "status 500");
		expect_next(f, now_us, NULL);
		expect_next(f, now_us + pause_us - 1, NULL);
		assert_int_equal(
		    contents_next_us(f->contents), now_us + pause_us);
		/* Five failures, and patience is over. */
		if (now_us - NOW < PATIENCE)
			assert_false(gap_came(f));
		else
			expect_gap(f, "a", GAP_MISSING, true);
		now_us += pause_us;
		pause_us *= 2;
	}
	assert_true(now_us - NOW > PATIENCE);
	assert_int_equal(contents_count(f->contents), 0);
	content = expect_next(f, now_us, "a");
	memcpy(name, content->name, sizeof(name));
	contents_given(f->contents, content);
	contents_end(f->contents, name, PARCEL_DURABLE, "", now_us);
	assert_true(gap_came(f));
	assert_true(f->told.healed);
	assert_int_equal(contents_next_us(f->contents), INT64_MAX);
}

static void
test_never_less_often_than_in_five_minutes(void **state)
{
	struct fixture *f = *state;
	int64_t now_us = NOW;

	announce(f, "a", NOW);
	for (int i = 0; i < 40; i++) {
		contents_failed(f->contents, expect_next(f, now_us, "a"),
		    GAP_UNREADABLE, false, now_us, "no whole list");
		assert_in_range(contents_next_us(f->contents) - now_us,
		    SECOND_US / 4, 300 * SECOND_US);
		now_us = contents_next_us(f->contents);
	}
	expect_gap(f, "a", GAP_UNREADABLE, true);
}

static void
test_what_is_gone_is_a_gap_at_once(void **state)
{
	struct fixture *f = *state;

	announce(f, "a", NOW);
	contents_failed(f->contents, expect_next(f, NOW, "a"), GAP_EXPIRED,
	    true, NOW, "AF20051");
	expect_gap(f, "a", GAP_EXPIRED, false);
	expect_next(f, NOW + HOUR_US, NULL);
	assert_int_equal(
	    contents_clock(f->contents, NOW + HOUR_US, NOW), NOW + HOUR_US);
}

/* All before the clock is here or in a gap. */
static void
test_clock(void **state)
{
	struct fixture *f = *state;
	struct content *a;
	unsigned char name[16];

	assert_int_equal(contents_clock(f->contents, NOW, NOW), NOW);
	announce(f, "a", NOW - 20 * SECOND_US);
	announce(f, "b", NOW - 10 * SECOND_US);
	announce(f, "z", NOW + SECOND_US); /* while it was listed */
	assert_int_equal(
	    contents_clock(f->contents, NOW, NOW), NOW - 20 * SECOND_US);
	a = expect_next(f, NOW, "a");
	memcpy(name, a->name, sizeof(name));
	assert_int_equal(
	    contents_clock(f->contents, NOW, NOW), NOW - 20 * SECOND_US);
	contents_given(f->contents, a);
	assert_int_equal(
	    contents_clock(f->contents, NOW, NOW), NOW - 20 * SECOND_US);
	contents_end(f->contents, name, PARCEL_DURABLE, "", NOW);
	assert_int_equal(
	    contents_clock(f->contents, NOW, NOW), NOW - 10 * SECOND_US);
	/* What has expired is given up. */
	assert_int_equal(contents_clock(f->contents, NOW + 2 * HOUR_US,
	                     NOW + HOUR_US - SECOND_US),
	    NOW + SECOND_US);
	expect_gap(f, "b", GAP_EXPIRED, false);
	expect_next(f, NOW, "z");
	expect_next(f, NOW, NULL);
}

/* What is under way is not given up: it may still come. */
static void
test_what_flies_does_not_expire(void **state)
{
	struct fixture *f = *state;

	announce(f, "a", NOW);
	expect_next(f, NOW, "a");
	assert_int_equal(
	    contents_clock(f->contents, NOW + 3 * HOUR_US, NOW + 2 * HOUR_US),
	    NOW);
	assert_false(gap_came(f));
	assert_int_equal(contents_count(f->contents), 1);
}

static void
test_ends_that_are_none(void **state)
{
	struct fixture *f = *state;
	struct content *a;
	unsigned char name[16];

	announce(f, "a", NOW);
	a = expect_next(f, NOW, "a");
	memcpy(name, a->name, sizeof(name));
	/* Without its fault: it is asked for when it is said. */
	contents_again(f->contents, a, NOW + 5 * SECOND_US);
	expect_next(f, NOW, NULL);
	assert_int_equal(a->failures, 0);
	contents_given(f->contents, expect_next(f, NOW + 5 * SECOND_US, "a"));
	contents_end(f->contents, name, PARCEL_STOPPED, "stopped", NOW);
	contents_given(f->contents, expect_next(f, NOW + 5 * SECOND_US, "a"));
	contents_end(f->contents, name, PARCEL_BROKEN, "no log", NOW);
	assert_int_equal(a->failures, 1);
	assert_string_equal(a->why, "no log");
	assert_int_equal(a->cause, GAP_UNREADABLE);
	expect_next(f, NOW, NULL);
}

/* One that stays shorter than it was is not fetched without end. */
static void
test_too_short_is_a_failure(void **state)
{
	struct fixture *f = *state;
	int64_t now_us = NOW;
	int fetches = 0;

	announce(f, "a", NOW);
	for (; now_us < NOW + 60 * SECOND_US; fetches++) {
		struct content *a = expect_next(f, now_us, "a");
		unsigned char name[16];

		memcpy(name, a->name, sizeof(name));
		contents_given(f->contents, a);
		contents_end(f->contents, name, PARCEL_SHORT,
		    "more was taken before", now_us);
		assert_true(contents_next_us(f->contents) > now_us);
		now_us = contents_next_us(f->contents);
	}
	assert_true(fetches < 12);
	expect_gap(f, "a", GAP_UNREADABLE, true);
}

/* What the ledger has is not wanted, gap or no gap. */
static void
test_what_the_ledger_has(void **state)
{
	const struct slice texts[] = {SLICE("m365"), SLICE("contoso"),
	    SLICE("Audit.General"), SLICE("a")};
	struct fixture *f = *state;
	struct opened opened = {.by = SLICE("m365"),
	    .path = SLICE("feed"),
	    .source = SLICE("contoso"),
	    .stream = SLICE("Audit.General"),
	    .tenant = SLICE("t"),
	    .created_us = NOW,
	    .asked_us = NOW};
	struct delivered delivered;
	struct buf text = {0};

	parcel_name(opened.name, texts, 4);
	opened_write(&text, &opened);
	coverage_apply(hub_coverage(f->hub),
	    &(struct coverage_record){.source = SLICE("firn/delivery"),
	        .received_us = NOW,
	        .raw = buf_slice(&text)});
	announce(f, "a", NOW);
	assert_int_equal(contents_count(f->contents), 1);
	buf_clear(&text);
	delivered_init(&delivered);
	delivered.source = SLICE("contoso");
	delivered.stream = SLICE("Audit.General");
	delivered_write(&text, &delivered);
	coverage_apply(hub_coverage(f->hub),
	    &(struct coverage_record){.source = SLICE("firn/delivered"),
	        .index = 1,
	        .received_us = NOW,
	        .raw = buf_slice(&text)});
	assert_true(hub_has(f->hub, opened.name));
	contents_end(f->contents, opened.name, PARCEL_DURABLE, "", NOW);
	announce(f, "a", NOW);
	assert_int_equal(contents_count(f->contents), 0);
	delivered_release(&delivered);
	buf_release(&text);
}

#define WITH_HUB(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_HUB(test_first_announced_comes_first),
	    WITH_HUB(test_failures_become_a_gap),
	    WITH_HUB(test_never_less_often_than_in_five_minutes),
	    WITH_HUB(test_what_is_gone_is_a_gap_at_once),
	    WITH_HUB(test_clock),
	    WITH_HUB(test_what_flies_does_not_expire),
	    WITH_HUB(test_ends_that_are_none),
	    WITH_HUB(test_too_short_is_a_failure),
	    WITH_HUB(test_what_the_ledger_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
