#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "bench.h"
#include "rule/correlate.h"

/*
 * correlate - what a correlation costs: 5 million events, a third of them out
 * of order, over 1 million groups, one thread, the watermark moved every half a
 * million.  Prints events a second, the making of the events included, and the
 * memory that the groups take.
 *
 *	correlate event_count|value_count
 */
#define GROUPS    1000000u
#define EVENTS    5000000u
#define EVERY     500000u
#define STEP_US   600
#define LATE_US   INT64_C(60000000)
#define GROUP_LEN 19 /* a byte that it is there, two of length, the text */

static void
fire(void *context, const struct firing *firing)
{
	(void)firing;
	++*(uint64_t *)context;
}

static struct rules *
load(const char *type)
{
	struct buf text = {0};
	struct rules_text rule = {.path = "bench"};
	struct rules_source source = {.texts = &rule, .text_count = 1};
	struct rules_report report = {0};
	struct rules *rules;

	buf_printf(&text,
	    "title: a\nname: a\nlogsource: {product: x}\n"
	    "detection: {s: {r: a}, condition: s}\n---\ntitle: it\n"
	    "correlation:\n    type: %s\n    rules: [a]\n    timespan: 1h\n"
	    "    group-by: [g]\n    condition: {gte: 10%s}\n",
	    type, type[0] == 'v' ? ", field: v" : "");
	rule.text = buf_slice(&text);
	if (rules_load(&rules, &source, &report, NULL) || report.count) {
		fprintf(stderr, "correlate: no such type '%s'\n", type);
		exit(2);
	}
	rules_report_release(&report);
	buf_release(&text);
	return rules;
}

static void
put_packed(char *out, const char *text, size_t len)
{
	out[0] = 1;
	out[1] = (char)len;
	out[2] = 0;
	memcpy(out + 3, text, len);
}

static void
feed(struct correlator *correlator)
{
	uint64_t random = 1;

	for (uint32_t i = 0; i < EVENTS; i++) {
		char text[32], group[GROUP_LEN], value[6];
		int64_t time_us = INT64_C(1000000000) + (int64_t)i * STEP_US;
		struct contribution one = {.group = {group, sizeof(group)},
		    .value = {value, sizeof(value)}};

		random = hash_mix(random + i, 0x9e3779b97f4a7c15u);
		snprintf(text, sizeof(text), "user-%07u-eu.x",
		    (unsigned)(random % GROUPS));
		put_packed(group, text, GROUP_LEN - 3);
		snprintf(
		    text, sizeof(text), "%03u", (unsigned)(random >> 40) % 500);
		put_packed(value, text, 3);
		if ((random >> 20) % 3 == 0)
			time_us -= (int64_t)(random >> 24) % LATE_US;
		correlator_add(correlator, &one, time_us, i);
		if (i % EVERY == EVERY - 1)
			correlator_watermark(
			    correlator, INT64_C(1000000000) +
			                    (int64_t)i * STEP_US - 2 * LATE_US);
	}
}

int
main(int argc, char **argv)
{
	const char *type = argc > 1 ? argv[1] : "event_count";
	struct correlator_options options = {.rules = load(type), .seed = 1};
	uint64_t fired = 0;
	struct correlator *correlator = correlator_new(&options, fire, &fired);
	struct correlator_stats stats;
	double seconds = bench_seconds();

	feed(correlator);
	seconds = bench_seconds() - seconds;
	stats = correlator_stats(correlator);
	printf("%.0f events/s, %ju groups held, %.0f MB, %ju lost\n",
	    EVENTS / seconds, (uintmax_t)stats.groups,
	    (double)stats.bytes / 1e6, (uintmax_t)stats.lost_groups);
	correlator_free(correlator);
	return 0;
}
