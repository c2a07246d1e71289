#ifndef FINDING_REPORT_H
#define FINDING_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "coverage/tally.h"
#include "finding/finding.h"

/*
 * report - findings, and the tally of what was read, in the form asked for.
 *
 *	table   grouped by rule and entity, for a terminal
 *	ndjson  an OCSF finding a line, written as it comes
 *	json    the same as one array
 *	csv     a row a finding
 *	html    one self-contained page: timeline, findings, the tally
 *
 * With `events` the distinct events are written in their place, a line, element
 * or row each; the page shows findings only and must not be asked for them.
 *
 * One thread.  Rules must outlive the report; nothing else is kept by
 * reference.  Groups are bounded: past REPORT_GROUPS_MAX the rest is counted
 * and said.  A failure is ERR_SYSTEM with errno still set, so that a caller
 * can tell EPIPE; after one, nothing more is written.
 */
#define REPORT_GROUPS_MAX 200000

enum report_format {
	REPORT_TABLE,
	REPORT_NDJSON,
	REPORT_JSON,
	REPORT_CSV,
	REPORT_HTML,
};

/* False if there is no such format. */
bool report_format_parse(struct slice name, enum report_format *out);

struct report_options {
	enum report_format format;
	bool events;         /* events are written, not findings */
	bool ocsf;           /* events as whole OCSF objects (ndjson, json) */
	bool colour;         /* ANSI colours in the table */
	unsigned columns;    /* width of the table, at least 80 */
	const char *rejects; /* where rejected records are listed, or NULL */
};

struct report;

/* `out` stays the caller's and is not closed. */
struct report *report_new(const struct report_options *options, FILE *out);

/* Writes or groups one finding. */
int report_finding(
    struct report *report, const struct finding *finding, struct err *err);

/*
 * Renders an event for report_event(), in any thread: all that depends on the
 * format alone.  Adds nothing when events were not asked for.  Several events
 * may be rendered one behind the other.
 */
void report_render_event(const struct report_options *options,
    const struct record *record, const struct event *event, struct buf *out);

/* Writes events rendered before. */
int report_event(struct report *report, struct slice text, struct err *err);

/* Writes what stands at the end: the table, the page, the tally. */
int
report_end(struct report *report, const struct tally *tally, struct err *err);

void report_free(struct report *report);

#endif
