#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cmd/rules.h"
#include "rule/match.h"
#include "json/build.h"
#include "json/index.h"
#include "json/json.h"

/*
 * What rules cost on given logs.  The records are read once, as a scan reads
 * them, and held as JSON; then they are read and matched again and again, from
 * memory and by one thread, so that neither files nor threads are measured.
 */
#define ROUNDS        7
#define ROUND_SECONDS 0.1        /* at least, or clocks and caches count */
#define TEXT_MAX      (1u << 30) /* of records held */

struct held {
	size_t start, len;
};

struct bench {
	const struct rules_args *args;
	const struct rules *rules;
	struct buf text;
	struct held *records;
	size_t count, size;
	bool full;
	double load_s;
	size_t rule_bytes;
	size_t matches;
	double read_s, match_s; /* of all records */
};

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Bytes of memory that the process has; 0 where the system does not tell. */
static size_t
resident(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	char text[128] = "";
	struct slice rest;
	uint64_t pages;

	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	/* "all resident ...", in pages */
	rest = slice_cstr(text);
	slice_cut(&rest, ' ');
	if (!slice_to_u64(slice_cut(&rest, ' '), &pages))
		return 0;
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* --- the records --- */

static void
hold(void *context, struct matcher *matcher, const struct record *record,
    const struct event *event, uint64_t line)
{
	struct bench *b = context;
	size_t start = b->text.len;

	(void)matcher;
	(void)event;
	(void)line;
	if (b->full)
		return;
	json_write(&b->text, record->root);
	if (b->count == b->size) {
		b->size = b->size ? b->size * 2 : 4096;
		b->records =
		    xrealloc(b->records, b->size * sizeof(*b->records));
	}
	b->records[b->count++] = (struct held){start, b->text.len - start};
	b->full = b->text.len >= TEXT_MAX;
}

static void
ignore(void *context, const struct finding *finding)
{
	(void)context;
	(void)finding;
}

static int
hold_records(struct bench *b, struct err *err)
{
	struct pipeline_options options = {.rules = b->rules,
	    .context = b,
	    .look = hold,
	    .found = ignore,
	    .stop = &b->full};
	struct files files = {0};
	struct tally tally = {0};
	int status = rules_scan(b->args, &options, &files, &tally, err);

	if (b->full)
		status = 0;
	if (!status && !b->count)
		status = err_set(err, ERR_INPUT, "there is no record to match");
	memset(buf_reserve(&b->text, JSON_PADDING), 0, JSON_PADDING);
	files_release(&files);
	tally_release(&tally);
	return status;
}

/* --- measuring --- */

/* What a pass over the records needs; kept, so that it is not measured. */
struct reading {
	struct json_parser *parser, *inner;
	struct json_index index;
	struct arena arena;
};

/* Reads all records and, with a matcher, matches them; returns the matches. */
static size_t
pass(const struct bench *b, struct reading *reading, struct matcher *matcher)
{
	size_t matches = 0;

	for (size_t i = 0; i < b->count; i++) {
		const struct held *held = &b->records[i];
		struct slice text =
		    slice_of(b->text.ptr + held->start, held->len);
		struct record record = {.arena = &reading->arena,
		    .inner = reading->inner,
		    .index = &reading->index};
		struct event event = {.time_us = EVENT_NO_TIME};
		const uint32_t *rules;

		if (json_parse(reading->parser, text, &record.root, NULL) ==
		    JSON_BAD)
			continue;
		arena_reset(&reading->arena);
		json_index_build(&reading->index, record.root);
		if (!b->args->ignore_logsource)
			event_read(&record, &event);
		if (matcher)
			matches +=
			    matcher_run(matcher, &record, &event, &rules);
	}
	return matches;
}

/* Seconds that one pass takes. */
static double
time_pass(struct bench *b, struct reading *reading, struct matcher *matcher)
{
	double start = seconds(), end;
	size_t passes = 0, matches;

	do {
		matches = pass(b, reading, matcher);
		passes++;
		end = seconds();
	} while (end - start < ROUND_SECONDS);
	if (matcher)
		b->matches = matches;
	return (end - start) / (double)passes;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *list)
{
	qsort(list, ROUNDS, sizeof(*list), by_value);
	return list[ROUNDS / 2];
}

static void
measure(struct bench *b)
{
	struct matcher *matcher = matcher_new(b->rules);
	struct reading reading = {
	    .parser = json_parser_new(), .inner = json_parser_new()};
	double read[ROUNDS], match[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		double both;

		/* Side by side: what disturbs one disturbs the other. */
		read[i] = time_pass(b, &reading, NULL);
		both = time_pass(b, &reading, matcher);
		match[i] = both > read[i] ? both - read[i] : 0;
	}
	b->read_s = median(read);
	b->match_s = median(match);
	matcher_free(matcher);
	json_parser_free(reading.parser);
	json_parser_free(reading.inner);
	json_index_release(&reading.index);
	arena_release(&reading.arena);
}

/* --- output --- */

static double
rate(const struct bench *b, double s)
{
	return s > 0 ? (double)b->count / s : 0;
}

static void
table_rate(const struct bench *b, const char *name, double s)
{
	if (s > 0)
		printf("%-9s %12.0f events/s %10.2f us an event\n", name,
		    rate(b, s), s * 1e6 / (double)b->count);
	else
		printf("%-9s too little to be measured\n", name);
}

static void
print_table(const struct bench *b)
{
	printf("%-9s %12zu, %.1f MiB as JSON%s\n", "events", b->count,
	    (double)b->text.len / (1 << 20),
	    b->full ? " (the first; more are not held)" : "");
	printf("%-9s %12zu, %zu refused; loaded in %.2f s, %.1f MiB\n", "rules",
	    rules_count(b->rules), rules_refused(b->rules), b->load_s,
	    (double)b->rule_bytes / (1 << 20));
	printf("%-9s %12zu\n\n", "matches", b->matches);
	table_rate(b, "reading", b->read_s);
	table_rate(b, "matching", b->match_s);
	table_rate(b, "together", b->read_s + b->match_s);
	printf("\nOne thread, from memory; medians of %d rounds.\n", ROUNDS);
}

static void
print_json(const struct bench *b)
{
	struct buf out = {0};
	size_t mark = json_open(&out, NULL, '{');

	json_u64(&out, "events", b->count);
	json_u64(&out, "bytes", b->text.len);
	json_key(&out, "complete");
	buf_str(&out, b->full ? "false" : "true");
	json_u64(&out, "rules", rules_count(b->rules));
	json_u64(&out, "refused", rules_refused(b->rules));
	json_u64(&out, "load_ms", (uint64_t)(b->load_s * 1e3));
	json_u64(&out, "rule_bytes", b->rule_bytes);
	json_u64(&out, "matches", b->matches);
	json_u64(&out, "rounds", ROUNDS);
	json_u64(&out, "read_per_s", (uint64_t)rate(b, b->read_s));
	json_u64(&out, "match_per_s", (uint64_t)rate(b, b->match_s));
	json_u64(
	    &out, "together_per_s", (uint64_t)rate(b, b->read_s + b->match_s));
	json_close(&out, mark);
	buf_char(&out, '\n');
	rules_write(&out);
	buf_release(&out);
}

int
rules_bench(const struct rules_args *args, struct err *err)
{
	struct rules_source source = {.any_logsource = args->ignore_logsource};
	struct bench b = {.args = args, .rule_bytes = resident()};
	struct loaded loaded;
	size_t bytes;
	int status;

	b.load_s = seconds();
	if (rules_open(&loaded, args, &source, err))
		return -1;
	b.load_s = seconds() - b.load_s;
	bytes = resident();
	b.rule_bytes = bytes > b.rule_bytes ? bytes - b.rule_bytes : 0;
	b.rules = loaded.rules;
	status = hold_records(&b, err);
	if (!status) {
		measure(&b);
		if (args->json)
			print_json(&b);
		else
			print_table(&b);
		rules_print_problems(&loaded.report, stderr);
		status = loaded.report.count != 0;
	}
	rules_close(&loaded);
	buf_release(&b.text);
	free(b.records);
	return status;
}
