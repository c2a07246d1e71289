#include "coverage/kept.h"

#include "coverage_case.h"
#include "ledger/ledger_own.h"
#include "ledger_fill.h"

#define RECORDS 400
#define ROUNDS  60
#define ORIGIN  SLICE("log.example/test")

/* A record as one of a few sources might make it. */
struct made {
	const char *source;
	int64_t received_us;
	struct buf raw; /* owned */
};

static uint32_t seed;

static uint32_t
draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static const char *const sources[] = {"contoso", "fabrikam"};
static const char *const streams[] = {
    "Audit.Exchange", "Audit.SharePoint", "state.users", "state"};

static void
make_opened(struct made *made)
{
	struct opened opened = {.by = draw(9) ? SLICE("m365") : SLICE("file"),
	    .source = slice_cstr(sources[draw(2)]),
	    .stream = slice_cstr(streams[draw(3)]),
	    .created_us =
	        made->received_us - (int64_t)draw(50) * COVER_DAY_US / 4,
	    .asked_us = EVENT_NO_TIME};

	cover_name(opened.name, draw(300));
	opened_write(&made->raw, &opened);
	made->source = "firn/delivery";
}

static void
make_delivered(struct made *made, uint64_t index)
{
	struct delivered d;

	delivered_init(&d);
	d.delivery = index ? draw((uint32_t)index) : 0;
	d.source = slice_cstr(sources[draw(2)]);
	d.stream = slice_cstr(streams[draw(2)]);
	for (uint32_t i = draw(20); i; i--) {
		d.items++;
		d.added++;
		delivered_event(&d,
		    made->received_us - (int64_t)draw(4000) * COVER_HOUR_US / 3,
		    made->received_us - (int64_t)draw(1000000),
		    made->received_us);
	}
	if (draw(2))
		d.after = SLICE("\"next\":\"n\"");
	delivered_write(&made->raw, &d);
	delivered_release(&d);
	made->source = "firn/delivered";
}

static void
make_gap(struct made *made)
{
	char key[16];
	struct gap gap = {.source = sources[draw(2)],
	    .stream = streams[draw(2)],
	    .key = key,
	    .cause = (enum gap_cause)draw(GAP_CAUSES),
	    .from_us = made->received_us - COVER_DAY_US,
	    .to_us = made->received_us,
	    .heals_until_us = EVENT_NO_TIME,
	    .least = draw(3),
	    .detail = draw(2) ? "why" : NULL};
	unsigned char name[16];

	snprintf(key, sizeof(key), "gap %u", draw(30));
	cover_name(name, draw(300));
	if (draw(2))
		gap.name = name;
	if (draw(3))
		gap_write(&made->raw, &gap);
	else
		gap_write_healed(&made->raw, gap.source, gap.key);
	made->source = "firn/gap";
}

static void
make_record(struct made *made, uint64_t index, int64_t received_us)
{
	*made = (struct made){.received_us = received_us};
	switch (draw(6)) {
	case 0:
	case 1:
		make_opened(made);
		break;
	case 2:
	case 3:
		make_delivered(made, index);
		break;
	case 4:
		make_gap(made);
		break;
	default:
		clocked_write(&made->raw,
		    &(struct clocked){.source = slice_cstr(sources[draw(2)]),
		        .stream = slice_cstr(streams[draw(4)]),
		        .until_us = received_us,
		        .next = draw(2) ? SLICE("x") : SLICE("")});
		made->source = "firn/clock";
	}
}

static void
apply(
    struct coverage *coverage, const struct made *made, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		coverage_apply(
		    coverage, &(struct coverage_record){.index = i,
		                  .received_us = made[i].received_us,
		                  .source = slice_cstr(made[i].source),
		                  .raw = buf_slice(&made[i].raw)});
}

/* Kept at any point and read again it is as if it had gone on. */
static void
test_any_point(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		static struct made made[RECORDS];
		struct coverage *all = coverage_new(), *part = coverage_new();
		struct coverage *again;
		struct buf one = {0}, two = {0};
		int64_t now_us = cover_at("2026-10-05T09:30:00");
		size_t cut;

		seed = round + 1;
		cut = draw(RECORDS);
		for (size_t i = 0; i < RECORDS; i++) {
			now_us +=
			    (int64_t)draw(4) * (int64_t)draw(4) * COVER_HOUR_US;
			make_record(&made[i], i, now_us);
		}
		apply(all, made, 0, RECORDS);
		apply(part, made, 0, cut);
		coverage_print(&two, part, ORIGIN);
		again = coverage_parse(buf_slice(&two), ORIGIN);
		assert_non_null(again);
		apply(again, made, cut, RECORDS);
		buf_clear(&two);
		coverage_print(&one, all, ORIGIN);
		coverage_print(&two, again, ORIGIN);
		assert_true(slice_eq(buf_slice(&one), buf_slice(&two)));
		coverage_free(all);
		coverage_free(part);
		coverage_free(again);
		buf_release(&one);
		buf_release(&two);
		for (size_t i = 0; i < RECORDS; i++)
			buf_release(&made[i].raw);
	}
}

/* --- what tells of the state --- */

static void
apply_text(struct coverage *coverage, uint64_t index, const char *source,
    const char *text)
{
	coverage_apply(coverage,
	    &(struct coverage_record){.index = index,
	        .received_us = cover_at("2026-10-05T09:30:00") + (int64_t)index,
	        .source = slice_cstr(source),
	        .raw = slice_cstr(text)});
}

static void
expect_of_state(const struct coverage *coverage, const char *expect)
{
	size_t count;
	const struct coverage_of_state *list =
	    coverage_of_state(coverage, &count);
	struct buf text = {0};

	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%ju ", (uintmax_t)list[i].index);
	assert_true(slice_eq(buf_slice(&text), slice_cstr(expect)));
	buf_release(&text);
}

static void
test_of_state(void **state)
{
	struct coverage *coverage = coverage_new();
	struct made old = {.received_us = cover_at("2028-01-05T09:30:00")};

	(void)state;
	apply_text(coverage, 1, "firn/delivery",
	    "{\"by\":\"graph\",\"source\":\"g\",\"stream\":\"state.users\"}");
	apply_text(coverage, 2, "firn/delivery",
	    "{\"by\":\"m365\",\"source\":\"m\",\"stream\":\"Audit.General\"}");
	/* Of an import: of no source. */
	apply_text(coverage, 3, "firn/delivery", "{\"by\":\"file\"}");
	apply_text(coverage, 4, "firn/delivered", "{\"delivery\":2}");
	apply_text(coverage, 5, "firn/delivered", "{\"delivery\":3}");
	apply_text(coverage, 6, "firn/delivered", "{\"delivery\":-3}");
	apply_text(coverage, 7, "firn/clock",
	    "{\"source\":\"g\",\"stream\":\"state\",\"until\":"
	    "\"2026-10-05T00:00:00Z\"}");
	apply_text(coverage, 8, "firn/clock",
	    "{\"source\":\"g\",\"stream\":\"signins\",\"until\":"
	    "\"2026-10-05T00:00:00Z\"}");
	apply_text(coverage, 9, "firn/delivery", "{broken");
	apply_text(coverage, 10, "firn/gap", "{\"stream\":\"state\"}");
	expect_of_state(coverage, "1 3 5 7 ");
	/* After 400 days they are forgotten. */
	seed = 1;
	make_opened(&old);
	coverage_apply(coverage, &(struct coverage_record){.index = 11,
	                             .received_us = old.received_us,
	                             .source = SLICE("firn/gap"),
	                             .raw = buf_slice(&old.raw)});
	expect_of_state(coverage, "");
	buf_release(&old.raw);
	coverage_free(coverage);
}

/* No byte may be another, and none missing. */
static void
test_changed_bytes(void **state)
{
	struct cover c;
	struct buf bytes = {0};

	(void)state;
	cover_init(&c, "2026-10-05T09:30:00");
	cover_close(&c, "Audit.Exchange",
	    cover_open(&c, "Audit.Exchange", 1, c.now_us), c.now_us, 3);
	coverage_print(&bytes, c.coverage, ORIGIN);
	for (size_t i = 0; i < bytes.len; i++) {
		assert_null(coverage_parse(slice_of(bytes.ptr, i), ORIGIN));
		bytes.ptr[i] ^= 4;
		assert_null(coverage_parse(buf_slice(&bytes), ORIGIN));
		bytes.ptr[i] ^= 4;
	}
	assert_null(coverage_parse(buf_slice(&bytes), SLICE("another")));
	buf_release(&bytes);
	cover_release(&c);
}

/* --- beside a ledger --- */

static void
clock_text(struct buf *out, const char *until)
{
	clocked_write(out, &(struct clocked){.source = SLICE("contoso"),
	                       .stream = SLICE("Audit.Exchange"),
	                       .until_us = cover_at(until)});
}

static void
add_clock(struct ledger_case *c, const char *until)
{
	struct ledger *ledger = case_open(c, NULL);
	struct ledger_own own = {.stream = SLICE("clock")};
	struct buf text = {0};
	unsigned char key[16];
	uint64_t index;
	struct err err = {0};

	case_name(key, (uint64_t)cover_at(until));
	clock_text(&text, until);
	own.raw = buf_slice(&text);
	own.key = key;
	if (ledger_own_add(ledger, &own, &index, &err))
		fail_msg("%s", err.msg);
	case_commit(ledger);
	case_sign(ledger);
	ledger_close(ledger);
	buf_release(&text);
}

/*
 * Puts a file there as if record 0 had been strange, by which it can be seen
 * whether it was used, and the last one this clock.
 */
static void
put_file(const struct ledger_case *c, const char *until, uint64_t size)
{
	struct coverage_record record = {.index = 0,
	    .received_us = c->now_us,
	    .source = SLICE("firn/clock"),
	    .raw = SLICE("{}")};
	struct coverage *coverage = coverage_new();
	struct buf text = {0};
	struct err err = {0};

	coverage_apply(coverage, &record);
	clock_text(&text, until);
	record.raw = buf_slice(&text);
	record.index = 1;
	coverage_apply(coverage, &record);
	coverage_passed(coverage, size);
	if (coverage_save(coverage, c->dir, ORIGIN, &err))
		fail_msg("%s", err.msg);
	coverage_free(coverage);
	buf_release(&text);
}

/* In two steps, with all records as those that were found, it is the same. */
static void
expect_taken(
    const struct ledger_case *c, struct view *view, const struct coverage *read)
{
	struct coverage *coverage = coverage_kept(c->dir, view);
	struct buf want = {0}, got = {0};
	struct set set = {0};

	for (uint64_t i = coverage_size(coverage); i < view_tree(view)->size;
	     i++)
		assert_true(set_add(&set, i));
	assert_int_equal(coverage_take(coverage, view, &set, NULL), 0);
	coverage_print(&want, read, ORIGIN);
	coverage_print(&got, coverage, ORIGIN);
	assert_true(slice_eq(buf_slice(&want), buf_slice(&got)));
	buf_release(&want);
	buf_release(&got);
	set_release(&set);
	coverage_free(coverage);
}

static void
expect_read(const struct ledger_case *c, const char *until, bool used)
{
	struct view *view = case_view(c);
	struct coverage *coverage = NULL;
	struct slice next;
	struct err err = {0};

	if (coverage_read(&coverage, c->dir, view, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(coverage_size(coverage), view_tree(view)->size);
	assert_int_equal(
	    coverage_clock(coverage, "contoso", "Audit.Exchange", &next),
	    cover_at(until));
	assert_int_equal(coverage_strange(coverage), used);
	expect_taken(c, view, coverage);
	coverage_free(coverage);
	view_close(view);
}

static void
test_of_ledger(void **state)
{
	static const char *const days[] = {"2026-10-05T09:00:00",
	    "2026-10-05T10:00:00", "2026-10-06T10:00:00"};
	struct ledger_case c;

	(void)state;
	case_create(&c);
	add_clock(&c, days[0]);
	add_clock(&c, days[1]);
	expect_read(&c, days[1], false);
	put_file(&c, days[1], 2);
	expect_read(&c, days[1], true);
	/* What came since is read behind it. */
	add_clock(&c, days[2]);
	expect_read(&c, days[2], true);
	/* Of another ledger, and of one that had more. */
	put_file(&c, days[2], 2);
	expect_read(&c, days[2], false);
	put_file(&c, days[1], 4);
	expect_read(&c, days[2], false);
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_any_point),
	    cmocka_unit_test(test_of_state),
	    cmocka_unit_test(test_changed_bytes),
	    cmocka_unit_test(test_of_ledger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
