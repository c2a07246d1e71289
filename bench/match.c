#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rule/match.h"
#include "text/decode.h"
#include "json/index.h"
#include "json/json.h"

/*
 * match - what matching costs: the events of a lane (NDJSON, any compression)
 * against rules, held in memory, one thread.  Prints, for the best of the
 * rounds, events a second read alone (parsed, indexed and, without -u, turned
 * into events), read and matched, and matched alone (the difference), and how
 * many matches there were.
 *
 *	match [-u] [-m DIR] LANE RULES...	-u: rules look at every event
 */
#define ROUNDS 5

struct lane {
	struct buf bytes;
	struct slice *events;
	size_t count, size;
};

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
load_lane(struct lane *lane, const char *path, struct err *err)
{
	struct decode *decode;
	struct slice rest;
	ssize_t got;

	if (decode_open(&decode, path, err))
		return -1;
	while ((got = decode_read(decode, buf_reserve(&lane->bytes, 1 << 20),
	            1 << 20, err)) > 0)
		lane->bytes.len += (size_t)got;
	decode_close(decode);
	memset(buf_reserve(&lane->bytes, JSON_PADDING), 0, JSON_PADDING);
	rest = buf_slice(&lane->bytes);
	while (rest.len) {
		struct slice line = slice_cut(&rest, '\n');

		if (lane->count == lane->size) {
			lane->size = lane->size ? lane->size * 2 : 4096;
			lane->events = realloc(
			    lane->events, lane->size * sizeof(*lane->events));
		}
		if (line.len)
			lane->events[lane->count++] = line;
	}
	return got < 0 ? -1 : 0;
}

/* One pass over the lane; with a matcher it matches, too. */
static double
pass(const struct lane *lane, struct matcher *matcher, bool any, size_t *hits)
{
	struct json_parser *parser = json_parser_new();
	struct json_parser *inner = json_parser_new();
	struct json_index index = {0};
	struct arena arena = {0};
	double start = seconds();

	*hits = 0;
	for (size_t i = 0; i < lane->count; i++) {
		struct record record = {
		    .arena = &arena, .inner = inner, .index = &index};
		const uint32_t *rules;
		struct event event;

		if (json_parse(parser, lane->events[i], &record.root, NULL) ==
		    JSON_BAD)
			continue;
		arena_reset(&arena);
		json_index_build(&index, record.root);
		if (any)
			event = (struct event){.time_us = EVENT_NO_TIME};
		else
			event_read(&record, &event);
		if (matcher)
			*hits += matcher_run(matcher, &record, &event, &rules);
	}
	start = seconds() - start;
	json_parser_free(parser);
	json_parser_free(inner);
	json_index_release(&index);
	arena_release(&arena);
	return start;
}

int
main(int argc, char **argv)
{
	struct rules_source source = {0};
	struct rules_report report = {0};
	struct lane lane = {0};
	struct rules *rules;
	struct matcher *matcher;
	struct err err = {0};
	double parse = 1e9, both = 1e9, load;
	size_t hits = 0, none;
	int at = 1;

	if (at < argc && !strcmp(argv[at], "-u")) {
		source.any_logsource = true;
		at++;
	}
	if (at + 1 < argc && !strcmp(argv[at], "-m")) {
		source.mappings = (const char *const *)&argv[at + 1];
		source.mapping_count = 1;
		at += 2;
	}
	if (argc - at < 2) {
		fputs("usage: match [-u] [-m DIR] LANE RULES...\n", stderr);
		return 2;
	}
	source.paths = (const char *const *)argv + at + 1;
	source.path_count = (size_t)(argc - at - 1);
	load = seconds();
	if (load_lane(&lane, argv[at], &err) ||
	    rules_load(&rules, &source, &report, &err)) {
		fprintf(stderr, "match: %s\n", err.msg);
		return 2;
	}
	load = seconds() - load;
	matcher = matcher_new(rules);
	for (int i = 0; i < ROUNDS; i++) {
		double t = pass(&lane, NULL, source.any_logsource, &none);

		parse = t < parse ? t : parse;
		t = pass(&lane, matcher, source.any_logsource, &hits);
		both = t < both ? t : both;
	}
	printf("%zu events, %zu rules loaded in %.2f s, %zu matches: "
	       "%.0f/s read, %.0f/s read and matched, %.0f/s matched\n",
	    lane.count, rules_count(rules), load, hits,
	    (double)lane.count / parse, (double)lane.count / both,
	    (double)lane.count / (both - parse));
	matcher_free(matcher);
	rules_free(rules);
	rules_report_release(&report);
	buf_release(&lane.bytes);
	free(lane.events);
	return 0;
}
