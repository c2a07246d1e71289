#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/term.h"
#include "cmd/rules.h"
#include "pipeline.h"
#include "json/build.h"

/* A rule with what it cost. */
struct row {
	uint32_t rule;
	struct rule_cost cost;
};

/* What measuring a look itself takes: the least of many. */
static uint64_t
overhead_ns(void)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 1000; i++) {
		struct timespec a, b;
		uint64_t ns;

		clock_gettime(CLOCK_MONOTONIC, &a);
		clock_gettime(CLOCK_MONOTONIC, &b);
		ns = (uint64_t)(b.tv_sec - a.tv_sec) * 1000000000u +
		     (uint64_t)b.tv_nsec - (uint64_t)a.tv_nsec;
		least = ns < least ? ns : least;
	}
	return least;
}

static int
by_cost(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->cost.ns != y->cost.ns)
		return x->cost.ns < y->cost.ns ? 1 : -1;
	if (x->cost.looked_at != y->cost.looked_at)
		return x->cost.looked_at < y->cost.looked_at ? 1 : -1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* "value", "pattern+presence", "always" */
static const char *
found_by(const struct rules *rules, uint32_t rule, struct buf *room)
{
	static const char *const names[] = {"value", "pattern", "presence"};
	unsigned bits = rules_found_by(rules, rule);

	buf_clear(room);
	for (unsigned i = 0; i < 3; i++) {
		if (!(bits >> i & 1))
			continue;
		if (room->len)
			buf_char(room, '+');
		buf_str(room, names[i]);
	}
	if (!room->len)
		buf_str(room, "always");
	buf_char(room, '\0');
	return room->ptr;
}

static void
table(struct buf *out, const struct rules *rules, const struct row *rows,
    const struct tally *tally)
{
	size_t n = rules_count(rules), idle = 0;
	struct buf room = {0};
	uint64_t ns = 0;

	buf_printf(out, "%10s %9s %9s %7s  %-9s %s\n", "time us", "looked at",
	    "matches", "ns each", "found by", "rule");
	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		const struct rule_cost *cost = &row->cost;

		if (!cost->looked_at) {
			idle++;
			continue;
		}
		ns += cost->ns;
		buf_printf(out, "%10.1f %9ju %9ju %7ju  ",
		    (double)cost->ns / 1000, (uintmax_t)cost->looked_at,
		    (uintmax_t)cost->matched,
		    (uintmax_t)(cost->ns / cost->looked_at));
		term_pad(out, slice_cstr(found_by(rules, row->rule, &room)), 9);
		buf_char(out, ' ');
		term_fit(out, rules_meta(rules, row->rule)->title, 30);
		buf_char(out, '\n');
	}
	buf_printf(out,
	    "%ju records, %zu rules of which %zu were never looked at; "
	    "%.3f ms\n",
	    (uintmax_t)(tally->records - tally->rejected), n, idle,
	    (double)ns / 1e6);
	buf_release(&room);
}

static void
json(struct buf *out, const struct rules *rules, const struct row *rows)
{
	size_t n = rules_count(rules), list = json_open(out, NULL, '[');
	struct buf room = {0};

	for (size_t i = 0; i < n; i++) {
		const struct rule_meta *meta = rules_meta(rules, rows[i].rule);
		const struct rule_cost *cost = &rows[i].cost;
		size_t mark = json_open(out, NULL, '{');

		rules_json_member(out, "id", meta->id);
		rules_json_member(out, "title", meta->title);
		json_u64(out, "looked_at", cost->looked_at);
		json_u64(out, "matches", cost->matched);
		json_u64(out, "ns", cost->ns);
		json_cstr(
		    out, "found_by", found_by(rules, rows[i].rule, &room));
		json_close(out, mark);
	}
	json_close(out, list);
	if (!n)
		buf_str(out, "[]");
	buf_char(out, '\n');
	buf_release(&room);
}

static void
ignore(void *context, const struct finding *finding)
{
	(void)context;
	(void)finding;
}

int
rules_cost(
    const struct rules_args *args, const struct loaded *loaded, struct err *err)
{
	size_t n = rules_count(loaded->rules);
	struct rule_cost *costs = xcalloc(n + 1, sizeof(*costs));
	struct row *rows = xcalloc(n + 1, sizeof(*rows));
	struct files files = {0};
	struct tally tally = {0};
	struct buf out = {0};
	uint64_t overhead = overhead_ns();
	struct pipeline_options options = {
	    .rules = loaded->rules, .costs = costs, .found = ignore};
	int status = rules_scan(args, &options, &files, &tally, err);

	for (size_t i = 0; i < n; i++) {
		uint64_t measuring = costs[i].looked_at * overhead;

		rows[i] = (struct row){(uint32_t)i, costs[i]};
		rows[i].cost.ns -=
		    measuring < costs[i].ns ? measuring : costs[i].ns;
	}
	qsort(rows, n, sizeof(*rows), by_cost);
	if (!status && args->json)
		json(&out, loaded->rules, rows);
	else if (!status)
		table(&out, loaded->rules, rows, &tally);
	rules_write(&out);
	buf_release(&out);
	tally_release(&tally);
	files_release(&files);
	free(costs);
	free(rows);
	return status;
}
