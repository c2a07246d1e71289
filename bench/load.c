#include <fts.h>
#include <libfyaml.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "bench.h"
#include "rule/rules.h"

/*
 * load - what it costs to check and compile rules: medians of rounds, one
 * thread.  Beside it the floor: libfyaml alone reading the same files, event
 * by event, and nothing done with them.
 *
 *	load ROUNDS DIR...
 *
 * Prints with tabs between: rules, refused, seconds to load, seconds of
 * libfyaml alone, MB that the compiled rules take, MB at most while loading.
 */

/* As rules_load() chooses them. */
static bool
is_rule_file(const FTSENT *entry)
{
	const char *dot = strrchr(entry->fts_name, '.');

	return entry->fts_info == FTS_F && entry->fts_name[0] != '.' && dot &&
	       (!strcmp(dot, ".yml") || !strcmp(dot, ".yaml"));
}

static void
read_yaml(struct fy_parser *parser, const char *path, struct buf *text)
{
	FILE *file = fopen(path, "r");
	struct fy_event *event;
	size_t got;

	if (!file) {
		fprintf(stderr, "load: '%s' cannot be read\n", path);
		exit(2);
	}
	text->len = 0;
	while ((got = fread(buf_reserve(text, 1 << 16), 1, 1 << 16, file)) > 0)
		text->len += got;
	fclose(file);
	fy_parser_reset(parser);
	fy_parser_set_string(parser, text->ptr, text->len);
	while ((event = fy_parser_parse(parser)))
		fy_parser_event_free(parser, event);
}

/* Seconds. */
static double
read_alone(char **dirs)
{
	struct fy_parse_cfg config = {.flags = FYPCF_QUIET};
	struct fy_parser *parser = fy_parser_create(&config);
	struct buf text = {0};
	double start = bench_seconds();
	FTS *walk = fts_open(dirs, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;

	while ((entry = fts_read(walk)))
		if (is_rule_file(entry))
			read_yaml(parser, entry->fts_path, &text);
	fts_close(walk);
	start = bench_seconds() - start;
	buf_release(&text);
	fy_parser_destroy(parser);
	return start;
}

/* Seconds; the rules are left in *out. */
static double
load(struct rules **out, char **dirs, size_t count)
{
	struct rules_source source = {
	    .paths = (const char *const *)dirs, .path_count = count};
	struct rules_report report = {0};
	struct err err = {0};
	double start = bench_seconds();

	if (rules_load(out, &source, &report, &err)) {
		fprintf(stderr, "load: %s\n", err.msg);
		exit(2);
	}
	start = bench_seconds() - start;
	rules_report_release(&report);
	return start;
}

int
main(int argc, char **argv)
{
	size_t rounds = argc > 2 ? bench_rounds(argv[1]) : 0;
	double loads[BENCH_ROUNDS_MAX], reads[BENCH_ROUNDS_MAX];
	double before, compiled, peak;
	struct rules *rules;
	size_t rule_count, refused;

	if (!rounds) {
		fputs("usage: load ROUNDS DIR...\n", stderr);
		return 2;
	}
	/* Memory first: what later rounds leave behind does not count. */
	before = bench_resident();
	load(&rules, argv + 2, (size_t)argc - 2);
	peak = bench_peak();
	compiled = bench_resident() - before;
	rule_count = rules_count(rules);
	refused = rules_refused(rules);
	rules_free(rules);
	for (size_t i = 0; i < rounds; i++) {
		reads[i] = read_alone(argv + 2);
		loads[i] = load(&rules, argv + 2, (size_t)argc - 2);
		rules_free(rules);
	}
	printf("%zu\t%zu\t%.3f\t%.3f\t%.1f\t%.1f\n", rule_count, refused,
	    bench_median(loads, rounds), bench_median(reads, rounds), compiled,
	    peak);
	return 0;
}
