#include "pipeline_missing.h"

#include "base/alloc.h"
#include "coverage_case.h"
#include "told_case.h"

#define TENANT "0000-1"
#define NOW    "2026-10-05T12:00:00"
#define SOURCE "contoso" /* as coverage_case.h names it */

/* A run, and the ledger that outlives it. */
struct scene {
	struct cover cover;
	struct hub *hub;
	struct missing *missing;
	struct told_folder folder;
	struct buf told; /* of the last look, a line each */
};

static int64_t
hour(int n)
{
	return cover_at(NOW) + n * COVER_HOUR_US;
}

static void
start(struct scene *s)
{
	s->missing = missing_new(&(struct missing_options){.hub = s->hub,
	    .dir = s->folder.dir,
	    .origin = "log.example/test",
	    .now_us = s->cover.now_us});
}

static void
begin(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	cover_init(&s->cover, NOW);
	told_folder_make(&s->folder);
	s->hub = hub_new(1 << 20);
	hub_set_coverage(s->hub, s->cover.coverage);
	start(s);
}

static void
end(struct scene *s)
{
	missing_free(s->missing);
	hub_free(s->hub);
	buf_release(&s->cover.text);
	buf_release(&s->told);
	told_folder_end(&s->folder);
}

/* As a kill leaves it: what was not kept is gone. */
static void
restart(struct scene *s)
{
	missing_free(s->missing);
	start(s);
}

static void
keep(struct scene *s)
{
	struct err err = {0};

	if (missing_keep(s->missing, s->cover.now_us, &err))
		fail_msg("%s", err.msg);
}

/* The streams are in the ledger: each has had a delivery. */
static void
open_streams(struct scene *s)
{
	static const char *const streams[] = {"signins", "activity/0"};

	for (size_t i = 0; i < 2; i++) {
		uint64_t at =
		    cover_open(&s->cover, streams[i], i, s->cover.now_us);

		cover_close(&s->cover, streams[i], at, s->cover.now_us, 1);
		missing_delivery(s->missing);
	}
}

/* Sign-in `number` is told by a way, on that stream. */
static void
tell(struct scene *s, const char *path, unsigned char number, int64_t time_us)
{
	struct taken taken = {
	    .tenant = SLICE(TENANT), .has_identity = true, .shared = true};
	struct outcome o = {
	    .kind = KIND_SIGNIN, .time_us = time_us, .taken = &taken};
	struct parcel parcel = {.source = SOURCE, .path = path};

	memset(taken.identity.id, number, sizeof(taken.identity.id));
	buf_str(&parcel.stream, path[0] == 'g' ? "signins" : "activity/0");
	missing_event(s->missing, &parcel, &o);
	buf_release(&parcel.stream);
}

/* Both ways have told something of the hours from then on. */
static void
tell_first(struct scene *s, int64_t time_us)
{
	tell(s, "graph", 250, time_us);
	tell(s, "kafka", 250, time_us);
}

static void
hear(void *ctx, struct slice text)
{
	struct scene *s = ctx;

	buf_slice_add(&s->told, text);
	buf_char(&s->told, '\n');
}

/* A look when it is due; the ledger has what was told. */
static const char *
look(struct scene *s)
{
	struct slice rest, line;

	s->cover.now_us += 11 * INT64_C(60000000);
	buf_clear(&s->told);
	missing_look(s->missing, s->cover.now_us, hear, s);
	rest = buf_slice(&s->told);
	while (rest.len) {
		line = slice_cut(&rest, '\n');
		buf_slice_add(&s->cover.text, line);
		cover_apply(&s->cover, "firn/gap");
	}
	buf_char(&s->told, '\0');
	return s->told.ptr;
}

static void
clocks(struct scene *s, int64_t graph_us, int64_t kafka_us)
{
	cover_clock(&s->cover, "signins", graph_us);
	cover_clock(&s->cover, "activity/0", kafka_us);
}

static void
assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in '%s'", part, text);
}

/* What one lacked is told when both clocks have passed, and heals. */
static void
test_gap_opens_grows_and_heals(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	open_streams(&s);
	tell_first(&s, hour(-3) - 1);
	tell(&s, "graph", 1, hour(-3));
	tell(&s, "graph", 2, hour(-3));
	tell(&s, "kafka", 2, hour(-3));
	assert_string_equal(look(&s), "");
	clocks(&s, hour(-1), hour(-3));
	assert_string_equal(look(&s), "");
	clocks(&s, hour(-1), hour(-1));
	assert_says(look(&s), "\"key\":\"path/graph/entra.signin/");
	assert_says(s.told.ptr, "1 of 2 events came by graph alone");
	assert_says(s.told.ptr, "\"stream\":\"kafka\"");
	assert_null(strstr(s.told.ptr, "path/kafka/"));
	assert_string_equal(look(&s), "");
	tell(&s, "graph", 3, hour(-3) + 5);
	assert_says(look(&s), "2 of 3 events came by graph alone");
	tell(&s, "kafka", 3, hour(-3) + 5);
	tell(&s, "kafka", 1, hour(-3));
	assert_says(look(&s), "\"healed\":true");
	assert_string_equal(look(&s), "");
	end(&s);
}

/*
 * Told before a start and after it is the same; so is the gap, which the other
 * way's telling ends.
 */
static void
test_start_changes_nothing(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	open_streams(&s);
	tell_first(&s, hour(-3) - 1);
	tell(&s, "graph", 1, hour(-3));
	clocks(&s, hour(-1), hour(-1));
	keep(&s);
	restart(&s);
	assert_says(look(&s), "1 of 1 events came by graph alone");
	keep(&s);
	restart(&s);
	assert_string_equal(look(&s), "");
	tell(&s, "kafka", 2, hour(-3));
	keep(&s);
	restart(&s);
	assert_says(look(&s), "1 of 1 events came by kafka alone");
	tell(&s, "kafka", 1, hour(-3));
	keep(&s);
	restart(&s);
	assert_says(look(&s), "\"healed\":true");
	assert_says(s.told.ptr, "1 of 2 events came by kafka alone");
	end(&s);
}

/* A delivery that is in the ledger, and who told it is not known. */
static void
test_what_was_not_kept_is_not_claimed(void **state)
{
	struct scene s;
	uint64_t at;

	(void)state;
	begin(&s);
	open_streams(&s);
	tell_first(&s, hour(-3) - 1);
	tell(&s, "graph", 1, hour(-3));
	keep(&s);
	at = cover_open(&s.cover, "activity/0", 9, s.cover.now_us);
	cover_close(&s.cover, "activity/0", at, s.cover.now_us, 1);
	restart(&s);
	clocks(&s, hour(-1), hour(-1));
	assert_string_equal(look(&s), "");
	end(&s);
}

/* Without the file: which were told before a start, and by whom? */
static void
test_hours_before_a_start_are_left_out(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	open_streams(&s);
	keep(&s);
	(void)unlink(s.folder.path);
	restart(&s);
	tell_first(&s, hour(-3) - 1);
	tell(&s, "graph", 1, hour(-2));
	tell(&s, "graph", 2, hour(1));
	clocks(&s, hour(4), hour(4));
	s.cover.now_us = hour(4);
	assert_says(look(&s), "1 of 1 events came by graph alone");
	assert_null(strchr(strchr(s.told.ptr, '\n') + 1, '\n'));
	end(&s);
}

/* Nor is anything said of hours in which a way was not there yet. */
static void
test_way_that_begins_later(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	open_streams(&s);
	for (unsigned char i = 1; i < 10; i++)
		tell(&s, "graph", i, hour(-i) + 1);
	tell(&s, "kafka", 2, hour(-2) + 1);
	clocks(&s, hour(0) + 1, hour(0) + 1);
	s.cover.now_us = hour(1);
	assert_string_equal(look(&s), "");
	end(&s);
}

/* A partition that had nothing of it yet may have it next. */
static void
test_all_partitions_are_waited_for(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	open_streams(&s);
	(void)cover_open(&s.cover, "activity/1", 7, s.cover.now_us);
	(void)cover_open(&s.cover, "state", 8, s.cover.now_us);
	tell_first(&s, hour(-3) - 1);
	tell(&s, "graph", 1, hour(-3));
	clocks(&s, hour(-1), hour(-1));
	assert_string_equal(look(&s), "");
	cover_clock(&s.cover, "activity/1", hour(-1));
	assert_says(look(&s), "1 of 1 events came by graph alone");
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_gap_opens_grows_and_heals),
	    cmocka_unit_test(test_start_changes_nothing),
	    cmocka_unit_test(test_what_was_not_kept_is_not_claimed),
	    cmocka_unit_test(test_hours_before_a_start_are_left_out),
	    cmocka_unit_test(test_way_that_begins_later),
	    cmocka_unit_test(test_all_partitions_are_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
