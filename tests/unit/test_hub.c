/* Between the sources and the loop: order, bounds, clocks, gaps, the end. */
#include "source/hub.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "event/event.h"

#define BYTES_MAX 100000
#define SECOND_US INT64_C(1000000)

struct ends {
	atomic_int count[PARCEL_STOPPED + 1];
};

static void
count_end(void *ctx, const struct parcel *parcel, enum parcel_end end,
    const char *why)
{
	struct ends *ends = ctx;

	assert_non_null(parcel);
	assert_non_null(why);
	atomic_fetch_add(&ends->count[end], 1);
}

static struct parcel *
make_parcel(struct ends *ends, size_t bytes)
{
	struct parcel *parcel = parcel_new("test", "contoso");

	memset(buf_reserve(&parcel->body, bytes), 'x', bytes);
	parcel->body.len = bytes;
	parcel->done = count_end;
	parcel->ctx = ends;
	return parcel;
}

static void
nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

static void
test_order_and_ends(void **state)
{
	struct hub *hub = hub_new(BYTES_MAX);
	struct ends ends = {0};
	struct parcel *first = make_parcel(&ends, 10);
	struct parcel *second = make_parcel(&ends, 20);
	struct news *news;

	(void)state;
	assert_null(hub_take(hub, 0));
	assert_null(hub_take(hub, 1000));
	hub_give(hub, first);
	hub_clock(hub, "contoso", "s", 5 * SECOND_US, "go");
	hub_give(hub, second);
	news = hub_take(hub, 0);
	assert_int_equal(news->kind, NEWS_PARCEL);
	assert_ptr_equal(news->parcel, first);
	assert_true(first->arrived_us > 0);
	news_free(news);
	news = hub_take(hub, 0);
	assert_int_equal(news->kind, NEWS_RECORD);
	assert_string_equal(news->stream, "clock");
	news_free(news);
	hub_done(hub, first, PARCEL_BROKEN, "no log");
	assert_int_equal(ends.count[PARCEL_BROKEN], 1);
	news = hub_take(hub, 0);
	assert_ptr_equal(news->parcel, second);
	news_free(news);
	hub_done(hub, second, PARCEL_DURABLE, "");
	assert_int_equal(ends.count[PARCEL_DURABLE], 1);
	/* What is still there goes with the hub. */
	hub_give(hub, make_parcel(&ends, 10));
	hub_free(hub);
}

struct giver {
	struct hub *hub;
	struct ends ends;
	size_t bytes;
	int parcels;
	atomic_int given;
};

static void *
give_all(void *ctx)
{
	struct giver *giver = ctx;

	for (int i = 0; i < giver->parcels; i++) {
		hub_give(giver->hub, make_parcel(&giver->ends, giver->bytes));
		atomic_fetch_add(&giver->given, 1);
	}
	return NULL;
}

static void
wait_given(struct giver *giver, int count)
{
	for (int i = 0; i < 2000 && atomic_load(&giver->given) < count; i++)
		nap();
	assert_int_equal(atomic_load(&giver->given), count);
}

/* What waits counts until it is done, not until it is taken. */
static void
test_too_much_blocks(void **state)
{
	struct giver giver = {.bytes = 40000, .parcels = 4};
	struct parcel *taken[4], *one = make_parcel(&giver.ends, giver.bytes);
	pthread_t thread;

	(void)state;
	/* Room for two: what counts is the memory that they take. */
	giver.hub = hub_new((one->body.size + sizeof(*one)) * 5 / 2);
	parcel_free(one);
	pthread_create(&thread, NULL, give_all, &giver);
	wait_given(&giver, 2);
	for (int i = 0; i < 4; i++) {
		struct news *news = hub_take(giver.hub, 60 * SECOND_US);

		assert_non_null(news);
		taken[i] = news->parcel;
		news_free(news);
		if (i == 1) {
			for (int k = 0; k < 10; k++)
				nap();
			assert_int_equal(atomic_load(&giver.given), 2);
			assert_null(hub_take(giver.hub, 0));
		}
		if (i > 0)
			hub_done(giver.hub, taken[i - 1], PARCEL_DURABLE, "");
	}
	hub_done(giver.hub, taken[3], PARCEL_DURABLE, "");
	pthread_join(thread, NULL);
	assert_int_equal(giver.ends.count[PARCEL_DURABLE], 4);
	hub_free(giver.hub);
}

/* One that is too long for it all is let in when nothing else is there. */
static void
test_one_is_always_let_in(void **state)
{
	struct giver giver = {.hub = hub_new(BYTES_MAX),
	    .bytes = (size_t)3 * BYTES_MAX,
	    .parcels = 2};
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, give_all, &giver);
	for (int i = 0; i < 2; i++) {
		struct news *news = hub_take(giver.hub, 60 * SECOND_US);

		assert_non_null(news);
		assert_int_equal(news->parcel->body.len, 3 * BYTES_MAX);
		assert_true(atomic_load(&giver.given) <= i + 1);
		hub_done(giver.hub, news->parcel, PARCEL_DURABLE, "");
		news_free(news);
	}
	pthread_join(thread, NULL);
	hub_free(giver.hub);
}

/* Where it would block it says so, and the parcel stays whose it was. */
static void
test_an_offer(void **state)
{
	struct hub *hub = hub_new(BYTES_MAX);
	struct ends ends = {0};
	struct parcel *first = make_parcel(&ends, 90000);
	struct parcel *second = make_parcel(&ends, 90000);

	(void)state;
	assert_true(hub_offer(hub, first));
	assert_false(hub_offer(hub, second));
	news_free(hub_take(hub, 0));
	assert_false(hub_offer(hub, second));
	hub_done(hub, first, PARCEL_DURABLE, "");
	assert_true(hub_offer(hub, second));
	hub_stop(hub);
	assert_true(hub_offer(hub, make_parcel(&ends, 90000)));
	assert_int_equal(ends.count[PARCEL_STOPPED], 1);
	hub_free(hub);
}

static void
test_stop_lets_all_go(void **state)
{
	struct giver giver = {
	    .hub = hub_new(BYTES_MAX), .bytes = 90000, .parcels = 5};
	struct hub *hub = giver.hub;
	pthread_t thread;
	struct news *news;

	(void)state;
	pthread_create(&thread, NULL, give_all, &giver);
	wait_given(&giver, 1);
	assert_false(hub_stopping(hub));
	hub_stop(hub);
	pthread_join(thread, NULL);
	assert_true(hub_stopping(hub));
	assert_true(atomic_load(hub_stop_flag(hub)));
	assert_int_equal(giver.ends.count[PARCEL_STOPPED], 4);
	assert_false(hub_sleep(hub, 600 * SECOND_US));
	/* What was given before is still taken in. */
	news = hub_take(hub, 0);
	assert_int_equal(news->kind, NEWS_PARCEL);
	hub_done(hub, news->parcel, PARCEL_DURABLE, "");
	news_free(news);
	assert_null(hub_take(hub, 0));
	hub_free(hub);
}

static void *
sleep_long(void *ctx)
{
	struct hub *hub = ctx;

	assert_false(hub_sleep(hub, 600 * SECOND_US));
	return NULL;
}

static void
test_stop_wakes_sleepers(void **state)
{
	struct hub *hub = hub_new(BYTES_MAX);
	pthread_t threads[3];

	(void)state;
	assert_true(hub_sleep(hub, 1000));
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, sleep_long, hub);
	nap();
	hub_stop(hub);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	hub_free(hub);
}

/* --- clocks --- */

/* Takes the next record into the coverage, as the loop does. */
static bool
apply_next(struct hub *hub, const char *stream)
{
	static uint64_t index;
	struct news *news = hub_take(hub, 0);
	char source[32];

	if (!news)
		return false;
	assert_int_equal(news->kind, NEWS_RECORD);
	assert_string_equal(news->stream, stream);
	snprintf(source, sizeof(source), "firn/%s", stream);
	coverage_apply(
	    hub_coverage(hub), &(struct coverage_record){.index = index++,
	                           .received_us = 1700000000 * SECOND_US,
	                           .source = slice_cstr(source),
	                           .raw = buf_slice(&news->raw)});
	assert_int_equal(coverage_strange(hub_coverage(hub)), 0);
	news_free(news);
	return true;
}

static void
expect_cursor(
    struct hub *hub, const char *stream, int64_t time_us, const char *next)
{
	struct buf got = {0};

	assert_int_equal(hub_cursor(hub, "contoso", stream, &got), time_us);
	assert_true(slice_eq(buf_slice(&got), slice_cstr(next)));
	buf_release(&got);
}

static void
test_clocks(void **state)
{
	struct hub *hub = hub_new(BYTES_MAX);
	int64_t t = 1700000000 * SECOND_US;

	(void)state;
	expect_cursor(hub, "s", EVENT_NO_TIME, "");
	hub_clock(hub, "contoso", "s", t, "one");
	/* The cursor is what the ledger says. */
	expect_cursor(hub, "s", EVENT_NO_TIME, "");
	assert_true(apply_next(hub, "clock"));
	expect_cursor(hub, "s", t, "one");
	/* Not back, and a record only when it has moved by a minute. */
	hub_clock(hub, "contoso", "s", t - 90 * SECOND_US, "back");
	hub_clock(hub, "contoso", "s", t, "same");
	hub_clock(hub, "contoso", "s", t + 59 * SECOND_US, "soon");
	assert_false(apply_next(hub, "clock"));
	hub_clock(hub, "contoso", "other", t, NULL);
	assert_true(apply_next(hub, "clock"));
	expect_cursor(hub, "other", t, "");
	expect_cursor(hub, "s", t, "one");
	hub_clock(hub, "contoso", "s", t + 60 * SECOND_US, "two");
	assert_true(apply_next(hub, "clock"));
	expect_cursor(hub, "s", t + 60 * SECOND_US, "two");
	hub_clock(hub, "contoso", "s", t + 61 * SECOND_US, "three");
	assert_false(apply_next(hub, "clock"));
	/* When we stop, what is new is told. */
	hub_stop(hub);
	assert_true(apply_next(hub, "clock"));
	assert_false(apply_next(hub, "clock"));
	expect_cursor(hub, "s", t + 61 * SECOND_US, "three");
	hub_free(hub);
}

/* A source says where it is when it ends: that is not lost, either. */
static void
test_clocks_of_those_that_end(void **state)
{
	struct hub *hub = hub_new(BYTES_MAX);
	int64_t t = 1700000000 * SECOND_US;

	(void)state;
	hub_clock(hub, "contoso", "s", t, "one");
	assert_true(apply_next(hub, "clock"));
	hub_stop(hub);
	hub_clock(hub, "contoso", "s", t + SECOND_US, "last");
	assert_true(apply_next(hub, "clock"));
	expect_cursor(hub, "s", t + SECOND_US, "last");
	hub_free(hub);
}

static void
test_gaps(void **state)
{
	struct hub *hub = hub_new(BYTES_MAX);
	const struct gap gap = {.source = "contoso",
	    .stream = "s",
	    .key = "k",
	    .cause = GAP_MISSING,
	    .from_us = SECOND_US,
	    .to_us = 2 * SECOND_US,
	    .heals_until_us = EVENT_NO_TIME};

	(void)state;
	hub_gap(hub, &gap);
	assert_true(apply_next(hub, "gap"));
	assert_true(coverage_gap_is_open(hub_coverage(hub), "contoso", "k"));
	hub_gap(hub, &gap); /* told already */
	assert_false(apply_next(hub, "gap"));
	hub_heal(hub, "contoso", "k");
	assert_true(apply_next(hub, "gap"));
	assert_false(coverage_gap_is_open(hub_coverage(hub), "contoso", "k"));
	hub_free(hub);
}

/* --- names and moods --- */

static void
test_names(void **state)
{
	const struct slice ab[] = {SLICE("a"), SLICE("b")};
	const struct slice ab_too[] = {SLICE("ab"), SLICE("")};
	const struct slice line[] = {SLICE("a\n1 b")};
	unsigned char names[4][16];

	(void)state;
	parcel_name(names[0], ab, 2);
	parcel_name(names[1], ab, 2);
	assert_memory_equal(names[0], names[1], 16);
	parcel_name(names[1], ab_too, 2);
	parcel_name(names[2], line, 1);
	parcel_name(names[3], ab, 1);
	for (int i = 1; i < 4; i++)
		for (int k = 0; k < i; k++)
			assert_memory_not_equal(names[i], names[k], 16);
}

struct said {
	int count;
	enum hub_mood mood;
	char text[300];
	int64_t since_us;
};

static void
listen(void *ctx, const char *source, enum hub_mood mood, const char *text,
    int64_t since_us)
{
	struct said *said = ctx;

	said->count++;
	if (strcmp(source, "contoso") != 0)
		return;
	said->mood = mood;
	said->since_us = since_us;
	snprintf(said->text, sizeof(said->text), "%s", text);
}

static void
test_moods(void **state)
{
	struct hub *hub = hub_new(BYTES_MAX);
	struct said said = {0};
	int64_t since_us;
	char longer[600];

	(void)state;
	hub_moods(hub, listen, &said);
	assert_int_equal(said.count, 0);
	hub_say(hub, "contoso", HUB_WELL, "all is %s", "well");
	hub_say(hub, "other", HUB_TROUBLE, "x");
	hub_moods(hub, listen, &said);
	assert_int_equal(said.count, 2);
	assert_int_equal(said.mood, HUB_WELL);
	assert_string_equal(said.text, "all is well");
	since_us = said.since_us;
	assert_true(since_us > 0);
	/* Since when: of the mood, not of the text. */
	nap();
	hub_say(hub, "contoso", HUB_WELL, "still");
	hub_moods(hub, listen, &said);
	assert_string_equal(said.text, "still");
	assert_int_equal(said.since_us, since_us);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	hub_say(hub, "contoso", HUB_TROUBLE, "%s", longer);
	hub_moods(hub, listen, &said);
	assert_true(said.since_us > since_us);
	assert_int_equal(strlen(said.text), 255);
	hub_free(hub);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order_and_ends),
	    cmocka_unit_test(test_too_much_blocks),
	    cmocka_unit_test(test_one_is_always_let_in),
	    cmocka_unit_test(test_an_offer),
	    cmocka_unit_test(test_stop_lets_all_go),
	    cmocka_unit_test(test_stop_wakes_sleepers),
	    cmocka_unit_test(test_clocks),
	    cmocka_unit_test(test_clocks_of_those_that_end),
	    cmocka_unit_test(test_gaps),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_moods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
