#ifndef TESTS_UNIT_REPORT_CASE_H
#define TESTS_UNIT_REPORT_CASE_H

#include <stdio.h>
#include <stdlib.h>

#include "finding/report.h"
#include "finding_case.h"

/*
 * report_case - a report into memory, to look at what it wrote.
 */

/* U+202E, which turns the text behind it around. */
static const char turning[] = {'\xe2', '\x80', '\xae', '\0'};

/* A report into memory: what ran(), and then what it wrote. */
struct run {
	struct report *report;
	struct report_options options;
	struct tally tally;
	FILE *out;
	char *text;
	size_t len;
};

static inline void
run_begin(struct run *run, enum report_format format, bool events)
{
	*run = (struct run){
	    .options = {.format = format, .events = events, .columns = 80}};
	run->out = open_memstream(&run->text, &run->len);
	assert_non_null(run->out);
	run->report = report_new(&run->options, run->out);
	run->tally.files = 1;
}

static inline void
run_finding(struct run *run, const struct finding *finding)
{
	struct err err = {0};

	tally_event(&run->tally, finding->event->kind, finding->event->time_us);
	run->tally.records++;
	tally_finding(
	    &run->tally, finding->rule->level, finding->event->time_us);
	assert_int_equal(report_finding(run->report, finding, &err), 0);
}

static inline void
run_end(struct run *run)
{
	struct err err = {0};

	assert_int_equal(report_end(run->report, &run->tally, &err), 0);
	report_free(run->report);
	fclose(run->out);
	tally_release(&run->tally);
}

static inline size_t
count_of(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static inline void
assert_has(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("'%s' is not in: %s", what, text);
}

#endif
