#ifndef CORRELATION_CASE_H
#define CORRELATION_CASE_H

#include "rule_case.h"

#include "rule/correlate.h"

/*
 * correlation_case - rules with correlations in one text, events given one by
 * one, and the firings that come of them.
 */
#define SECOND INT64_C(1000000)

struct fired {
	struct firing firing;
	char group[64]; /* values with | between them, - for absent */
};

struct correlation_run {
	struct rule_run rules;
	struct correlator *correlator;
	struct arena arena;
	struct fired *list;
	size_t count, size;
};

static inline void
correlation_keep(void *context, const struct firing *firing)
{
	struct correlation_run *run = context;
	struct slice rest = firing->group, value;
	struct fired *fired;
	struct buf text = {0};

	if (run->count == run->size) {
		run->size = run->size ? run->size * 2 : 64;
		run->list = realloc(run->list, run->size * sizeof(*run->list));
		assert_non_null(run->list);
	}
	fired = &run->list[run->count++];
	*fired = (struct fired){.firing = *firing};
	while (unpack_value(&rest, &value)) {
		if (text.len)
			buf_char(&text, '|');
		buf_slice_add(&text, value.ptr ? value : SLICE("-"));
	}
	snprintf(fired->group, sizeof(fired->group), "%.*s", (int)text.len,
	    text.ptr ? text.ptr : "");
	buf_release(&text);
}

static inline void
correlation_run_load(struct correlation_run *run, struct slice rules,
    const struct correlator_options *more)
{
	struct rules_source source = {.any_logsource = true};
	struct correlator_options options =
	    more ? *more : (struct correlator_options){0};

	*run = (struct correlation_run){0};
	rule_run_load(&run->rules, rules, NULL, &source);
	for (size_t i = 0; i < run->rules.report.count; i++) {
		const struct rules_problem *p = &run->rules.report.list[i];

		print_message("%u:%u: " SLICE_FMT "\n", p->line, p->column,
		    SLICE_ARG(p->reason));
	}
	assert_int_equal(run->rules.report.count, 0);
	options.rules = run->rules.rules;
	run->correlator = correlator_new(&options, correlation_keep, run);
}

/* The record, t microseconds after the epoch; `ref` is its number. */
static inline void
correlation_run_add(
    struct correlation_run *run, struct slice record, int64_t t, uint64_t ref)
{
	const struct contribution *list;
	const uint32_t *hits;
	size_t n = rule_run_match(&run->rules, record, KIND_UNKNOWN, &hits);

	n = matcher_correlate(run->rules.matcher, hits, n, &run->arena, &list);
	for (size_t i = 0; i < n; i++)
		correlator_add(run->correlator, &list[i], t, ref);
}

static inline void
correlation_run_free(struct correlation_run *run)
{
	correlator_free(run->correlator);
	rule_run_free(&run->rules);
	arena_release(&run->arena);
	free(run->list);
}

#endif
