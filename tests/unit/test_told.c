#include "coverage/told.h"

#include "base/alloc.h"
#include "base/sha256.h"
#include "told_case.h"

#define HOUR_US    INT64_C(3600000000)
#define NOW_US     (INT64_C(1700000000) / 3600 * HOUR_US)
#define BACK_US    (48 * HOUR_US)
#define DELIVERIES 40000

static uint32_t seed;

static uint32_t
draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static struct told *
open_told(const char *dir, uint64_t deliveries)
{
	return told_new(&(struct told_options){.dir = dir,
	    .origin = SLICE("log.example/test"),
	    .deliveries = deliveries,
	    .begins = !deliveries,
	    .now_us = NOW_US,
	    .back_us = BACK_US});
}

static void
keep(struct told *told)
{
	struct err err = {0};

	if (told_keep(told, NOW_US, &err))
		fail_msg("%s", err.msg);
}

/* One event, of so many that there are, by one of the ways. */
static void
tell(struct told *told, uint32_t number)
{
	static const char *const ways[] = {"feed", "graph", "kafka"};
	static const char *const sources[] = {"contoso", "fabrikam"};
	static const char *const streams[] = {"a/0", "a/1", "b", ""};
	unsigned char digest[SHA256_LEN];

	sha256(slice_of(&number, sizeof(number)), digest);
	told_add(told,
	    &(struct telling){.tenant = draw(2) ? SLICE("t-1") : SLICE("t-2"),
	        .kind = draw(2) ? KIND_SIGNIN : KIND_ENTRA_AUDIT,
	        .way = ways[draw(3)],
	        .source = sources[draw(2)],
	        .stream = slice_cstr(streams[draw(4)]),
	        .id = digest,
	        .time_us = NOW_US - (int64_t)draw(60) * HOUR_US +
	                   (int64_t)draw(100) * 1000000});
}

/* --- whether two are the same --- */

struct list {
	struct paths_held *held; /* owned */
	size_t count;
};

static void
list_one(void *ctx, const struct paths_held *held)
{
	struct list *list = ctx;

	list->held =
	    xrealloc(list->held, (list->count + 1) * sizeof(*list->held));
	list->held[list->count++] = *held;
}

static int
by_name(const void *a, const void *b)
{
	const struct paths_held *x = a, *y = b;
	int order = memcmp(x->id, y->id, sizeof(x->id));

	return order ? order : (int)x->group - (int)y->group;
}

static void
list_all(struct list *list, struct told *told)
{
	*list = (struct list){0};
	paths_each(told_paths(told), list_one, list);
	if (list->count)
		qsort(list->held, list->count, sizeof(*list->held), by_name);
}

static void
expect_same_events(struct told *a, struct told *b)
{
	struct list x, y;

	list_all(&x, a);
	list_all(&y, b);
	assert_int_equal(x.count, y.count);
	for (size_t i = 0; i < x.count; i++) {
		assert_int_equal(by_name(&x.held[i], &y.held[i]), 0);
		assert_int_equal(x.held[i].hour, y.held[i].hour);
		assert_int_equal(x.held[i].ways, y.held[i].ways);
	}
	assert_int_equal(paths_of(told_paths(a)), paths_of(told_paths(b)));
	free(x.held);
	free(y.held);
}

static void
expect_same_group(const struct told_group *x, const struct told_group *y)
{
	assert_true(slice_eq(x->tenant, y->tenant));
	assert_int_equal(x->kind, y->kind);
	assert_int_equal(x->ways, y->ways);
	for (unsigned way = 0; way < PATHS_MAX; way++)
		if (x->ways >> way & 1)
			assert_int_equal(x->since[way], y->since[way]);
}

static void
expect_same(struct told *a, struct told *b)
{
	expect_same_events(a, b);
	assert_int_equal(told_from_us(a), told_from_us(b));
	assert_int_equal(told_way_count(a), told_way_count(b));
	for (unsigned i = 0; i < told_way_count(a); i++)
		assert_string_equal(told_way(a, i), told_way(b, i));
	assert_int_equal(told_group_count(a), told_group_count(b));
	for (size_t i = 0; i < told_group_count(a); i++)
		expect_same_group(told_group(a, i), told_group(b, i));
	assert_int_equal(told_teller_count(a), told_teller_count(b));
	for (size_t i = 0; i < told_teller_count(a); i++) {
		const struct told_teller *x = told_teller(a, i);
		const struct told_teller *y = told_teller(b, i);

		assert_string_equal(x->source, y->source);
		assert_string_equal(x->stream, y->stream);
		assert_int_equal(x->group, y->group);
		assert_int_equal(x->way, y->way);
	}
}

/* --- the file --- */

/*
 * Opened again at any time it is as one that went on; what was added and not
 * kept is told again.
 */
static void
test_any_point(void **state)
{
	struct told_folder folder;

	(void)state;
	for (uint32_t round = 0; round < 8; round++) {
		struct told *all = open_told(NULL, 0), *kept;
		uint64_t deliveries = 0;
		/* In some rounds there is not room for all. */
		uint32_t events = round % 3 ? 400 : 6000;

		told_folder_make(&folder);
		kept = open_told(folder.dir, 0);
		for (uint32_t step = 0; step < 40; step++) {
			uint32_t before = seed = step * 100 + round;

			for (uint32_t i = events / 20; i; i--)
				tell(all, draw(events));
			if (!(before % 7)) {
				told_free(kept);
				kept = open_told(folder.dir, deliveries);
			}
			seed = before;
			for (uint32_t i = events / 20; i; i--)
				tell(kept, draw(events));
			told_delivery(kept);
			deliveries++;
			keep(kept);
		}
		told_free(kept);
		kept = open_told(folder.dir, deliveries);
		expect_same(all, kept);
		told_free(kept);
		told_free(all);
		told_folder_end(&folder);
	}
}

/* A file of several blocks, and how many deliveries it knows of. */
static uint64_t
fill(const struct told_folder *folder)
{
	struct told *told = open_told(folder->dir, 0);

	seed = 5;
	for (unsigned block = 0; block < 4; block++) {
		for (uint32_t i = 0; i < 5; i++)
			tell(told, draw(50));
		told_delivery(told);
		keep(told);
	}
	told_free(told);
	return 4;
}

static void
expect_used(const struct told_folder *folder, uint64_t deliveries, bool used)
{
	struct told *told = open_told(folder->dir, deliveries);

	assert_int_equal(told_from_us(told), used ? 0 : NOW_US);
	assert_int_equal(told_group_count(told) != 0, used);
	told_free(told);
}

/* Where anything is missing that the ledger has, nothing is believed. */
static void
test_cut_and_changed(void **state)
{
	struct told_folder folder;
	struct buf bytes = {0};
	uint64_t deliveries;

	(void)state;
	told_folder_make(&folder);
	deliveries = fill(&folder);
	told_folder_read(&folder, &bytes);
	expect_used(&folder, deliveries, true);
	expect_used(&folder, deliveries + 1, false);
	for (size_t i = 0; i < bytes.len; i++) {
		told_folder_write(&folder, slice_of(bytes.ptr, i));
		expect_used(&folder, deliveries, false);
		bytes.ptr[i] ^= 4;
		told_folder_write(&folder, buf_slice(&bytes));
		expect_used(&folder, deliveries, false);
		bytes.ptr[i] ^= 4;
	}
	/* A torn end of which the ledger has nothing does no harm. */
	told_folder_write(&folder, slice_of(bytes.ptr, bytes.len - 1));
	expect_used(&folder, deliveries - 1, true);
	buf_release(&bytes);
	told_folder_end(&folder);
}

static void
test_other_ledger(void **state)
{
	struct told_folder folder;
	uint64_t deliveries;
	struct told *told;

	(void)state;
	told_folder_make(&folder);
	deliveries = fill(&folder);
	told = told_new(&(struct told_options){.dir = folder.dir,
	    .origin = SLICE("log.example/other"),
	    .deliveries = deliveries,
	    .now_us = NOW_US,
	    .back_us = BACK_US});
	assert_int_equal(told_group_count(told), 0);
	told_free(told);
	told_folder_end(&folder);
}

/* A source that is gone tells nothing, and nobody waits for it. */
static void
test_source_that_is_gone(void **state)
{
	static const char *const sources[] = {"fabrikam"};
	const unsigned char id[16] = {1};
	struct telling telling = {.tenant = SLICE("t-1"),
	    .kind = KIND_SIGNIN,
	    .way = "graph",
	    .source = "contoso",
	    .stream = SLICE("signins"),
	    .id = id,
	    .time_us = NOW_US};
	struct told_folder folder;
	struct told *told;

	(void)state;
	told_folder_make(&folder);
	told = open_told(folder.dir, 0);
	told_add(told, &telling);
	telling.way = "kafka";
	telling.source = "fabrikam";
	told_add(told, &telling);
	keep(told);
	told_free(told);
	told = told_new(&(struct told_options){.dir = folder.dir,
	    .origin = SLICE("log.example/test"),
	    .now_us = NOW_US,
	    .back_us = BACK_US,
	    .sources = sources,
	    .source_count = 1});
	assert_int_equal(told_teller_count(told), 1);
	assert_string_equal(told_teller(told, 0)->source, "fabrikam");
	assert_int_equal(told_group(told, 0)->ways, 1u << 1);
	told_free(told);
	told_folder_end(&folder);
}

/* It does not grow without end: now and then it is written anew. */
static void
test_does_not_grow(void **state)
{
	struct told *all = open_told(NULL, 0), *kept;
	struct told_folder folder;
	struct stat st;

	(void)state;
	told_folder_make(&folder);
	kept = open_told(folder.dir, 0);
	for (uint32_t i = 0; i < DELIVERIES; i++) {
		seed = i;
		tell(all, i % 900);
		seed = i;
		tell(kept, i % 900);
		told_delivery(kept);
		keep(kept);
	}
	assert_int_equal(stat(folder.path, &st), 0);
	/* Each had a hash and two numbers at least. */
	assert_in_range(st.st_size, 1, DELIVERIES * 40);
	told_free(kept);
	kept = open_told(folder.dir, DELIVERIES);
	expect_same(all, kept);
	told_free(kept);
	told_free(all);
	told_folder_end(&folder);
}

/* What cannot be written is said once a minute, and made good for. */
static void
test_cannot_be_written(void **state)
{
	struct told *told, *again;
	struct told_folder folder;
	struct err err = {0};

	(void)state;
	told_folder_make(&folder);
	told = open_told(folder.dir, 0);
	told_folder_end(&folder);
	seed = 1;
	tell(told, 1);
	assert_int_equal(told_keep(told, NOW_US, &err), -1);
	assert_non_null(strstr(err.msg, "told"));
	tell(told, 2);
	assert_int_equal(told_keep(told, NOW_US + 1000000, &err), 0);
	assert_int_equal(mkdir(folder.dir, 0700), 0);
	assert_int_equal(told_keep(told, NOW_US + 61000000, &err), 0);
	again = open_told(folder.dir, 0);
	assert_int_equal(told_group_count(again), 2);
	expect_same(told, again);
	told_free(again);
	told_free(told);
	told_folder_end(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_any_point),
	    cmocka_unit_test(test_cut_and_changed),
	    cmocka_unit_test(test_other_ledger),
	    cmocka_unit_test(test_source_that_is_gone),
	    cmocka_unit_test(test_does_not_grow),
	    cmocka_unit_test(test_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
