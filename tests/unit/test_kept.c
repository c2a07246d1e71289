/* Copies of events, beside a slow list of all of them. */
#include "pipeline_kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EVENTS 20000
#define LIMIT  ((size_t)1 << 20)
#define BLOCK  ((size_t)256 << 10)

static char letters[70000];

/* Event number n: columns of many lengths, most of them empty. */
static void
make_event(struct event *event, struct position *position, uint64_t n)
{
	*event = (struct event){.kind = (enum event_kind)(n % KIND_COUNT),
	    .time_us = (int64_t)(n * 7),
	    .class_uid = (uint32_t)(n % 9000),
	    .activity = (uint32_t)(n % 7),
	    .outcome = (enum event_outcome)(n % 3),
	    .family = n % 5 ? "family" : NULL};
	*position = (struct position){.ledger = "log.example", .index = n};
	if (n % 11 == 3)
		return; /* nothing at all */
	for (size_t i = n % 3; i < EV_COLUMNS; i += 1 + n % 4) {
		size_t len = (n * 31 + i * 17) % 60;

		event->col[i] = slice_of(letters + (n + i) % 1000, len);
	}
	if (n % 2000 == 77)
		event->col[EV_USER_AGENT] = slice_of(letters, 60000);
}

static uint64_t
ref_of(uint64_t n)
{
	return n * 3 + 1;
}

static void
expect_event(const struct event *got, uint64_t n, bool columns)
{
	struct event want;
	struct position position;

	make_event(&want, &position, n);
	assert_int_equal(got->kind, want.kind);
	assert_int_equal(got->time_us, want.time_us);
	assert_int_equal(got->class_uid, want.class_uid);
	assert_int_equal(got->activity, want.activity);
	assert_int_equal(got->outcome, want.outcome);
	assert_ptr_equal(got->family, want.family);
	for (size_t i = 0; i < EV_COLUMNS; i++)
		assert_true(slice_eq(
		    got->col[i], columns ? want.col[i] : (struct slice){0}));
}

static size_t
columns_of(const struct event *event)
{
	size_t n = 0;

	for (size_t i = 0; i < EV_COLUMNS; i++)
		n += event->col[i].len;
	return n;
}

static bool
is_there(const struct kept *kept, struct arena *arena, uint64_t ref, uint64_t n,
    bool columns)
{
	struct position position = {0};
	const struct event *event = kept_get(kept, ref, arena, &position);

	if (!event)
		return false;
	expect_event(event, n, columns && columns_of(event));
	assert_int_equal(position.index, n);
	assert_string_equal(position.ledger, "log.example");
	return true;
}

/* What is there is a tail without holes, and as long as the limit allows. */
static void
check_tail(const struct kept *kept, uint64_t count)
{
	struct arena arena = {0};
	size_t bytes = 0;
	uint64_t n = count;

	while (n > 0 && is_there(kept, &arena, ref_of(n - 1), n - 1, true)) {
		struct event event;
		struct position position;

		make_event(&event, &position, --n);
		if (columns_of(&event)) {
			const struct event *got =
			    kept_get(kept, ref_of(n), &arena, &position);

			expect_event(got, n, true);
		}
		bytes += columns_of(&event);
		arena_reset(&arena);
	}
	for (uint64_t i = 0; i < n; i += 1 + n / 50)
		assert_false(is_there(kept, &arena, ref_of(i), i, true));
	assert_true(bytes <= LIMIT);
	if (n)
		assert_true(bytes > LIMIT / 3);
	arena_release(&arena);
}

static void
test_forgets_the_oldest(void **state)
{
	struct kept *kept = kept_new(LIMIT, true);
	struct arena arena = {0};
	struct position position;

	(void)state;
	assert_null(kept_get(kept, 1, &arena, &position));
	for (uint64_t n = 0; n < EVENTS; n++) {
		struct event event;

		make_event(&event, &position, n);
		kept_add(kept, ref_of(n), &event, &position);
		if (n % 1777 == 0 || n + 1 == EVENTS)
			check_tail(kept, n + 1);
	}
	/* Others' refs are nobody's. */
	assert_null(kept_get(kept, 0, &arena, &position));
	assert_null(kept_get(kept, ref_of(EVENTS - 1) - 1, &arena, &position));
	assert_null(kept_get(kept, ref_of(EVENTS), &arena, &position));
	assert_null(kept_get(kept, UINT64_MAX, &arena, &position));
	assert_int_equal(kept_not_copied(kept), 0);
	arena_release(&arena);
	kept_free(kept);
}

/* All places are there, and the columns of those that came first. */
static void
test_keeps_every_place(void **state)
{
	struct kept *kept = kept_new(LIMIT, false);
	struct arena arena = {0};
	uint64_t empty = 0;

	(void)state;
	for (uint64_t n = 0; n < EVENTS; n++) {
		struct event event;
		struct position position;

		make_event(&event, &position, n);
		kept_add(kept, ref_of(n), &event, &position);
	}
	for (uint64_t n = 0; n < EVENTS; n++) {
		struct event event;
		struct position position;

		assert_true(is_there(kept, &arena, ref_of(n), n, true));
		make_event(&event, &position, n);
		empty +=
		    columns_of(&event) &&
		    !columns_of(kept_get(kept, ref_of(n), &arena, &position));
		arena_reset(&arena);
	}
	assert_true(kept_not_copied(kept) > 0);
	/* Those without columns are counted, too, when there is no room. */
	assert_in_range(kept_not_copied(kept), empty, EVENTS);
	arena_release(&arena);
	kept_free(kept);
}

/* One that is longer than a block, and than all that is allowed. */
static void
test_long_events(void **state)
{
	struct kept *kept = kept_new(2 * BLOCK, true);
	struct arena arena = {0};
	char *text = malloc(3 * BLOCK);
	struct event event = {.col[EV_CLIENT] = {text, 3 * BLOCK}};
	struct position position = {0};
	const struct event *got;

	(void)state;
	assert_non_null(text);
	memset(text, 'y', 3 * BLOCK);
	kept_add(kept, 1, &event, &position);
	got = kept_get(kept, 1, &arena, &position);
	assert_int_equal(got->col[EV_CLIENT].len, 3 * BLOCK);
	event.col[EV_CLIENT].len = 5;
	kept_add(kept, 2, &event, &position);
	assert_null(kept_get(kept, 1, &arena, &position));
	got = kept_get(kept, 2, &arena, &position);
	assert_true(slice_eq(got->col[EV_CLIENT], SLICE("yyyyy")));
	free(text);
	arena_release(&arena);
	kept_free(kept);
	kept_free(NULL);
}

static int
fill_letters(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(letters); i++)
		letters[i] = (char)('a' + i * 7 % 26);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forgets_the_oldest),
	    cmocka_unit_test(test_keeps_every_place),
	    cmocka_unit_test(test_long_events),
	};

	return cmocka_run_group_tests(tests, fill_letters, NULL);
}
