/* Outboxes, with an output that does as it is told. */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/dir.h"

#include "outbox_case.h"

#define WAIT_MS 60000

/* --- the output --- */

static int
open_fake(struct output **out, const struct output_place *place,
    const void *config, struct output_limits *limits, struct err *err)
{
	(void)config;
	(void)err;
	assert_string_equal(place->name, "fake");
	limits->count = scene.batch;
	limits->bytes = 1000000;
	*out = NULL;
	return 0;
}

static bool
is_refused(uint64_t index)
{
	for (size_t i = 0; i < scene.refused_count; i++)
		if (scene.refused[i] == index)
			return true;
	return false;
}

static void
send_locked(
    const struct output_item *items, size_t n, struct output_result *result)
{
	size_t good = 0;

	scene.sends++;
	if (n > scene.biggest)
		scene.biggest = n;
	if (scene.fail_first) {
		scene.fail_first--;
		result->end = OUTPUT_AGAIN;
		err_set(&result->why, ERR_SYSTEM, "not now");
		return;
	}
	while (good < n && !is_refused(items[good].index))
		good++;
	if (good < n) {
		result->end = OUTPUT_REFUSED;
		err_set(&result->why, ERR_INPUT, "not this one");
		result->refused = scene.exact;
		if (!scene.exact)
			return;
	} else if (scene.part && n > scene.part) {
		good = scene.part;
		result->end = OUTPUT_AGAIN;
		err_set(&result->why, ERR_SYSTEM, "cut off");
	}
	result->done = good;
	for (size_t i = 0; i < good; i++)
		scene.came[scene.came_count++] = items[i].index;
}

static void
send_fake(struct output *output, const struct output_item *items, size_t n,
    struct output_result *result)
{
	(void)output;
	pthread_mutex_lock(&scene.lock);
	send_locked(items, n, result);
	pthread_mutex_unlock(&scene.lock);
}

static void
close_fake(struct output *output)
{
	assert_null(output);
}

static struct output_common common;
static const struct output_kind fake = {
    .name = "fake", .open = open_fake, .send = send_fake, .close = close_fake};

/* --- a test's frame --- */

static int
set_up(void **state)
{
	(void)state;
	scene = (struct scene){.batch = 8};
	common = (struct output_common){0};
	pthread_mutex_init(&scene.lock, NULL);
	snprintf(scene.dir, sizeof(scene.dir), "/tmp/outbox-XXXXXX");
	assert_non_null(mkdtemp(scene.dir));
	return 0;
}

static int
tear_down(void **state)
{
	DIR *dir = opendir(scene.dir);
	const struct dirent *entry;

	(void)state;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	assert_int_equal(rmdir(scene.dir), 0);
	pthread_mutex_destroy(&scene.lock);
	return 0;
}

static struct outbox_options
options_of(uint64_t end)
{
	return (struct outbox_options){.name = "fake",
	    .output = {.kind = &fake, .config = &common},
	    .dir = scene.dir,
	    .end = end,
	    .next = next,
	    .ctx = &scene,
	    .now = now,
	    .pause_us = 1000};
}

static struct outbox *
open_with(const struct outbox_options *options)
{
	struct outbox *outbox = NULL;
	struct err err;

	if (outbox_open(&outbox, options, &err))
		fail_msg("%s", err.msg);
	outbox_start(outbox);
	return outbox;
}

static struct outbox *
open_at(uint64_t end)
{
	const struct outbox_options options = options_of(end);

	return open_with(&options);
}

/* Until all below that index is done with. */
static struct outbox_stats
await(struct outbox *outbox, uint64_t index)
{
	struct outbox_stats stats;

	for (int ms = 0; ms < WAIT_MS; ms += 2) {
		outbox_stats(outbox, &stats);
		if (stats.next >= index)
			return stats;
		nap();
	}
	fail_msg("stands at %ju, not %ju: %s", (uintmax_t)stats.next,
	    (uintmax_t)index, stats.error);
	return stats;
}

/* All findings from first on came, each once and in order, but the refused. */
static void
expect_came(size_t first)
{
	size_t at = 0;

	for (size_t i = first; i < scene.count; i++)
		if (!is_refused(scene.findings[i].index))
			assert_int_equal(
			    scene.came[at++], scene.findings[i].index);
	assert_int_equal(at, scene.came_count);
}

static struct buf
read_file(const char *name)
{
	struct buf text = {0};
	char *path = dir_path(scene.dir, name);
	bool found;

	assert_int_equal(dir_read(path, 1 << 20, &text, &found, NULL), 0);
	buf_char(&text, '\0');
	free(path);
	return text;
}

static void
expect_file(const char *name, const char *with)
{
	struct buf text = read_file(name);

	if (!strstr(text.ptr, with))
		fail_msg("%s", text.ptr);
	buf_release(&text);
}

/* --- tests --- */

static void
sends_what_is_there_and_what_comes(void **state)
{
	struct outbox *outbox;
	struct outbox_stats stats;

	(void)state;
	add_many(1, 20);
	outbox = open_at(0);
	await(outbox, 59);
	add_many(100, 30);
	outbox_wake(outbox, 187);
	stats = await(outbox, 188);
	assert_int_equal(stats.sent, 50);
	assert_int_equal(stats.newest, 187);
	assert_int_equal(stats.dead + stats.retried, 0);
	assert_int_equal(stats.waiting_us, 0);
	assert_true(stats.sent_us > 0);
	outbox_close(outbox);
	expect_came(0);
	assert_int_equal(scene.biggest, 8);
	expect_file(
	    "fake.cursor", "firn-outbox/v1\nnext 188\nsent 50\ndead 0\n");
}

static void
a_new_output_begins_now(void **state)
{
	struct outbox *outbox;

	(void)state;
	add_many(0, 10);
	outbox = open_at(30);
	outbox_close(outbox);
	add_many(30, 10);
	/* It is not new any more, wherever the ledger is. */
	outbox = open_at(60);
	await(outbox, 58);
	outbox_close(outbox);
	expect_came(10);
}

static void
goes_on_where_it_was(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 10; i++) {
		struct outbox *outbox;

		add_many(i * 100, 25);
		outbox = open_at(i * 100);
		await(outbox, i * 100 + 73);
		outbox_close(outbox);
	}
	expect_came(0);
	expect_file("fake.cursor", "\nsent 250\n");
}

static void
tries_again_and_says_so(void **state)
{
	struct outbox *outbox;
	struct outbox_stats stats;

	(void)state;
	add_many(0, 20);
	scene.fail_first = 5;
	outbox = open_at(0);
	stats = await(outbox, 58);
	outbox_close(outbox);
	assert_int_equal(stats.retried, 5);
	assert_false(stats.trouble);
	assert_string_equal(stats.error, "not now");
	expect_came(0);
}

static void
what_is_done_is_not_sent_again(void **state)
{
	struct outbox *outbox;

	(void)state;
	add_many(0, 50);
	scene.part = 3;
	outbox = open_at(0);
	await(outbox, 148);
	outbox_close(outbox);
	expect_came(0);
}

static void
stops_while_nothing_works(void **state)
{
	struct outbox *outbox;
	struct outbox_stats stats = {0};
	struct outbox_options options = options_of(0);
	int64_t start;

	(void)state;
	options.pause_us = INT64_C(60000000);
	add_many(0, 5);
	scene.fail_first = 1000000;
	outbox = open_with(&options);
	while (!stats.retried) {
		nap();
		outbox_stats(outbox, &stats);
	}
	assert_true(stats.trouble);
	assert_true(stats.waiting_us > 0);
	start = now();
	outbox_close(outbox);
	assert_true(now() - start < 30000000);
	scene.fail_first = 0;
	outbox = open_at(15);
	await(outbox, 13);
	outbox_close(outbox);
	expect_came(0);
}

static void
finds_the_one_that_is_refused(bool exact)
{
	struct outbox *outbox;
	struct outbox_stats stats;

	scene.batch = 64;
	scene.exact = exact;
	add_many(0, 200);
	scene.refused[0] = 0;
	scene.refused[1] = UINT64_C(3) * 77;
	scene.refused[2] = UINT64_C(3) * 78;
	scene.refused[3] = UINT64_C(3) * 199;
	scene.refused_count = 4;
	outbox = open_at(0);
	stats = await(outbox, 598);
	outbox_close(outbox);
	assert_int_equal(stats.dead, 4);
	assert_int_equal(stats.sent, 196);
	assert_string_equal(stats.error, "refused for good: not this one");
	expect_came(0);
	expect_file("fake.dead.ndjson",
	    "\"output\":\"fake\",\"index\":231,\"reason\":\"not this one\","
	    "\"finding\":{\"class_uid\":2004,");
}

static void
halves_a_batch_that_is_refused(void **state)
{
	(void)state;
	finds_the_one_that_is_refused(false);
	/* 4 are found in so many steps, and batches grow again. */
	assert_true(scene.sends < 70);
}

static void
takes_out_the_one_that_is_named(void **state)
{
	(void)state;
	finds_the_one_that_is_refused(true);
	assert_true(scene.sends < 15);
}

static void
passes_over_what_is_below_the_level(void **state)
{
	struct outbox_options options = options_of(0);
	struct outbox *outbox;
	size_t expected = 0;

	(void)state;
	for (unsigned i = 0; i < 60; i++)
		add(i, 1 + (int)i % 6);
	common.level = LEVEL_HIGH;
	outbox = open_with(&options);
	await(outbox, 60);
	outbox_close(outbox);
	for (size_t i = 0; i < scene.came_count; i++)
		assert_true(scene.came[i] % 6 >= 3);
	for (unsigned i = 0; i < 60; i++)
		expected += i % 6 >= 3;
	assert_int_equal(scene.came_count, expected);
	/* The place behind those at the end is kept when it is closed. */
	expect_file("fake.cursor", "next 60\n");
}

static void
what_is_no_finding_is_a_dead_letter(void **state)
{
	static const char *const bad[] = {"", "\n", "no json\n", "[1]\n",
	    "{\"a\":1}\n", "{\"class_uid\":\n1}\n"};
	struct outbox *outbox;
	struct outbox_stats stats;

	(void)state;
	add_many(0, 3);
	for (size_t i = 0; i < 6; i++) {
		add(20 + i, 4);
		snprintf(scene.findings[3 + i].text, 200, "%s", bad[i]);
	}
	add_many(30, 3);
	outbox = open_at(0);
	stats = await(outbox, 37);
	outbox_close(outbox);
	assert_int_equal(stats.dead, 6);
	assert_int_equal(scene.came_count, 6);
	expect_file("fake.dead.ndjson", "\"finding\":\"no json\"}\n");
}

static void
looks_on_where_it_is_told(void **state)
{
	struct outbox *outbox;

	(void)state;
	scene.looked = 1000;
	outbox = open_at(0);
	await(outbox, 1000);
	outbox_close(outbox);
	assert_int_equal(scene.sends, 0);
	expect_file("fake.cursor", "next 1000\n");
}

static void
waits_for_a_ledger_that_cannot_be_read(void **state)
{
	struct outbox *outbox;
	struct outbox_stats stats = {0};

	(void)state;
	scene.broken = true;
	outbox = open_at(0);
	while (!stats.trouble) {
		nap();
		outbox_stats(outbox, &stats);
	}
	assert_string_equal(stats.error, "the ledger cannot be read");
	add_many(0, 5);
	pthread_mutex_lock(&scene.lock);
	scene.broken = false;
	pthread_mutex_unlock(&scene.lock);
	await(outbox, 13);
	outbox_close(outbox);
	expect_came(0);
}

static void
expect_refused(const struct outbox_options *options, const char *why)
{
	struct outbox *outbox = NULL;
	struct err err;

	assert_int_equal(outbox_open(&outbox, options, &err), -1);
	if (!strstr(err.msg, why))
		fail_msg("%s", err.msg);
}

static void
refuses_what_is_not_its_own(void **state)
{
	struct outbox_options options = options_of(10);
	struct outbox *outbox = open_at(30);

	(void)state;
	outbox_close(outbox);
	expect_refused(&options, "is of another ledger");
	dir_replace(scene.dir, "fake.cursor", SLICE("next 3\n"), NULL);
	expect_refused(&options, "is no cursor");
	dir_replace(scene.dir, "fake.cursor",
	    SLICE("firn-outbox/v1\nnext 1\nsent 0\ndead 0"), NULL);
	expect_refused(&options, "is no cursor");
	options.name = "../fake";
	expect_refused(&options, "an output's name");
	options.name = "";
	expect_refused(&options, "an output's name");
}

/* Nothing is done with before its dead letter is written. */
static void
waits_for_the_dead_letters(void **state)
{
	struct outbox_options options = options_of(0);
	struct outbox *outbox;
	struct outbox_stats stats = {0};
	char path[100];

	(void)state;
	snprintf(path, sizeof(path), "%s/there", scene.dir);
	assert_int_equal(mkdir(path, 0700), 0);
	common.dead = path;
	add_many(0, 5);
	scene.refused[scene.refused_count++] = 3;
	outbox = open_with(&options);
	while (!strstr(stats.error, "there")) {
		nap();
		outbox_stats(outbox, &stats);
	}
	assert_int_equal(stats.next, 1);
	assert_int_equal(rmdir(path), 0);
	stats = await(outbox, 13);
	outbox_close(outbox);
	assert_int_equal(stats.dead, 1);
	expect_came(0);
	expect_file("there", "\"index\":3,");
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(sends_what_is_there_and_what_comes),
	    T(a_new_output_begins_now),
	    T(goes_on_where_it_was),
	    T(tries_again_and_says_so),
	    T(what_is_done_is_not_sent_again),
	    T(stops_while_nothing_works),
	    T(halves_a_batch_that_is_refused),
	    T(takes_out_the_one_that_is_named),
	    T(passes_over_what_is_below_the_level),
	    T(what_is_no_finding_is_a_dead_letter),
	    T(looks_on_where_it_is_told),
	    T(waits_for_a_ledger_that_cannot_be_read),
	    T(refuses_what_is_not_its_own),
	    T(waits_for_the_dead_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
