#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "bench.h"
#include "rule/match.h"
#include "text/decode.h"
#include "json/index.h"
#include "json/json.h"

/*
 * match - what matching costs: the events of a lane (NDJSON, any compression)
 * against rules, held in memory, one thread; medians of interleaved passes.
 *
 *	match [-u] [-m DIR] [-n EVENTS] [-r ROUNDS] [-o FILE] LANE RULES...
 *
 *	-u	rules look at every event, whatever their log source
 *	-m DIR	mappings
 *	-n	only so many events of the lane
 *	-o FILE	gets a line for each rule that matched: its id, how often
 *
 * Prints with tabs between: events; rules; matches; a hash of the set of
 * matches; events a second read alone (parsed, indexed and, without -u, turned
 * into events), read and matched, and matched alone (the difference); seconds
 * to load; MB that the compiled rules take.
 */
#define ROUNDS 5

struct lane {
	struct buf bytes;
	struct slice *events;
	size_t count, size;
};

struct options {
	struct rules_source source;
	const char *lane, *mapping, *counts;
	size_t rounds, events_max;
};

/* What a pass with a matcher found. */
struct matches {
	size_t count;
	uint64_t hash;     /* of the set of pairs of event and rule */
	uint64_t *of_rule; /* NULL: not counted */
};

struct result {
	double load, memory, read, both; /* seconds, MB, seconds a pass */
	struct matches matches;
};

static int
load_lane(struct lane *lane, const struct options *options, struct err *err)
{
	struct decode *decode;
	struct slice rest;
	ssize_t got;

	if (decode_open(&decode, options->lane, err))
		return -1;
	while ((got = decode_read(decode, buf_reserve(&lane->bytes, 1 << 20),
	            1 << 20, err)) > 0)
		lane->bytes.len += (size_t)got;
	decode_close(decode);
	memset(buf_reserve(&lane->bytes, JSON_PADDING), 0, JSON_PADDING);
	rest = buf_slice(&lane->bytes);
	while (rest.len && lane->count < options->events_max) {
		struct slice line = slice_cut(&rest, '\n');

		if (lane->count == lane->size) {
			lane->size = lane->size ? lane->size * 2 : 4096;
			lane->events = xrealloc(
			    lane->events, lane->size * sizeof(*lane->events));
		}
		if (line.len)
			lane->events[lane->count++] = line;
	}
	return got < 0 ? -1 : 0;
}

/* Does not depend on the order of events or rules. */
static void
note(struct matches *matches, const struct rules *rules, size_t event,
    const uint32_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice id = rules_meta(rules, list[i])->id;

		matches->hash += hash64(id, event);
		matches->of_rule[list[i]]++;
	}
}

/*
 * Seconds that one pass over the lane takes; with a matcher it matches, too,
 * and with rules it notes what has matched.
 */
static double
pass(const struct lane *lane, struct matcher *matcher, bool any,
    const struct rules *rules, struct matches *matches)
{
	struct json_parser *parser = json_parser_new();
	struct json_parser *inner = json_parser_new();
	struct json_index index = {0};
	struct arena arena = {0};
	double start = bench_cpu();

	matches->count = 0;
	for (size_t i = 0; i < lane->count; i++) {
		struct record record = {
		    .arena = &arena, .inner = inner, .index = &index};
		const uint32_t *list;
		struct event event;
		size_t n;

		if (json_parse(parser, lane->events[i], &record.root, NULL) ==
		    JSON_BAD)
			continue;
		arena_reset(&arena);
		json_index_build(&index, record.root);
		if (any)
			event = (struct event){.time_us = EVENT_NO_TIME};
		else
			event_read(&record, &event);
		if (!matcher)
			continue;
		n = matcher_run(matcher, &record, &event, &list);
		matches->count += n;
		if (rules)
			note(matches, rules, i, list, n);
	}
	start = bench_cpu() - start;
	json_parser_free(parser);
	json_parser_free(inner);
	json_index_release(&index);
	arena_release(&arena);
	return start;
}

static void
measure(const struct lane *lane, const struct rules *rules,
    const struct options *options, struct result *out)
{
	bool any = options->source.any_logsource;
	struct matcher *matcher = matcher_new(rules);
	double read[BENCH_ROUNDS_MAX], both[BENCH_ROUNDS_MAX];
	struct matches none = {0};

	/* Not measured: warms up, and notes the matches. */
	out->matches.of_rule =
	    xcalloc(rules_count(rules) + 1, sizeof(*out->matches.of_rule));
	pass(lane, matcher, any, rules, &out->matches);
	for (size_t i = 0; i < options->rounds; i++) {
		read[i] = pass(lane, NULL, any, NULL, &none);
		both[i] = pass(lane, matcher, any, NULL, &none);
	}
	out->read = bench_median(read, options->rounds);
	out->both = bench_median(both, options->rounds);
	matcher_free(matcher);
}

static int
print_counts(
    const char *path, const struct rules *rules, const struct matches *matches)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return -1;
	for (size_t i = 0; i < rules_count(rules); i++) {
		struct slice id = rules_meta(rules, i)->id;

		if (matches->of_rule[i])
			fprintf(file, SLICE_FMT "\t%ju\n", SLICE_ARG(id),
			    (uintmax_t)matches->of_rule[i]);
	}
	return fclose(file);
}

static void
print_result(const struct lane *lane, const struct rules *rules,
    const struct result *result)
{
	double count = (double)lane->count;
	double match = result->both - result->read;

	printf("%zu\t%zu\t%zu\t%016jx\t%.0f\t%.0f\t%.0f\t%.3f\t%.1f\n",
	    lane->count, rules_count(rules), result->matches.count,
	    (uintmax_t)result->matches.hash, count / result->read,
	    count / result->both, match > 0 ? count / match : 0, result->load,
	    result->memory);
}

static int
parse_options(int argc, char **argv, struct options *out)
{
	int option;

	*out = (struct options){.rounds = ROUNDS, .events_max = SIZE_MAX};
	while ((option = getopt(argc, argv, "um:n:r:o:")) != -1) {
		switch (option) {
		case 'u':
			out->source.any_logsource = true;
			break;
		case 'm':
			out->mapping = optarg;
			out->source.mappings = &out->mapping;
			out->source.mapping_count = 1;
			break;
		case 'n':
			out->events_max = strtoul(optarg, NULL, 10);
			break;
		case 'r':
			out->rounds = bench_rounds(optarg);
			break;
		case 'o':
			out->counts = optarg;
			break;
		default:
			return -1;
		}
	}
	if (argc - optind < 2 || !out->rounds)
		return -1;
	out->lane = argv[optind];
	out->source.paths = (const char *const *)argv + optind + 1;
	out->source.path_count = (size_t)(argc - optind - 1);
	return 0;
}

int
main(int argc, char **argv)
{
	struct rules_report report = {0};
	struct result result = {0};
	struct lane lane = {0};
	struct options options;
	struct rules *rules = NULL;
	struct err err = {0};

	if (parse_options(argc, argv, &options)) {
		fputs("usage: match [-u] [-m DIR] [-n EVENTS] [-r ROUNDS] "
		      "[-o FILE] LANE RULES...\n",
		    stderr);
		return 2;
	}
	result.memory = bench_resident();
	result.load = bench_cpu();
	if (rules_load(&rules, &options.source, &report, &err))
		goto fail;
	result.load = bench_cpu() - result.load;
	rules_report_release(&report);
	result.memory = bench_resident() - result.memory;
	if (load_lane(&lane, &options, &err))
		goto fail;
	measure(&lane, rules, &options, &result);
	if (options.counts &&
	    print_counts(options.counts, rules, &result.matches)) {
		err_sys(&err, "cannot write '%s'", options.counts);
		goto fail;
	}
	print_result(&lane, rules, &result);
	free(result.matches.of_rule);
	rules_free(rules);
	buf_release(&lane.bytes);
	free(lane.events);
	return 0;
fail:
	fprintf(stderr, "match: %s\n", err.msg);
	return 2;
}
