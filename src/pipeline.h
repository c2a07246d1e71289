#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "coverage/tally.h"
#include "finding/report.h"
#include "rule/match.h"
#include "source/files.h"

/*
 * pipeline - the way of a record, from a file to a finding:
 *
 *	file -> batch of cuts -> record -> event -> rules -> seen? -> report
 *	                         `---- in the workers ----'  `- in order -'
 *
 * Batches are worked on by several threads and finished in the order they were
 * read, so that what comes out is the same for any number of threads.
 */

struct pipeline_options {
	const struct rules *rules; /* NULL: records are not judged */
	const char *geo_path;      /* NULL: no countries */
	int64_t from_us, to_us;    /* from <= time < to; INT64_MIN, INT64_MAX */
	enum level level; /* findings below it are counted as nothing */
	unsigned threads; /* at least 1 */
	struct report_options report;
	FILE *rejects;      /* NULL: only counted */
	const char *ledger; /* its origin, where records stand in one */
	bool keep;          /* records are made ready for a ledger, too */
	bool progress;      /* a line on stderr while it runs */
	const struct watch *watch; /* what events are tested for; NULL */
	/* For commands that ask more, with one thread; each may be NULL. */
	void *context;
	struct rule_cost *costs; /* for each rule */
	/* Each record that the matcher has run on; line as in a position. */
	void (*look)(void *context, struct matcher *matcher,
	    const struct record *record, const struct event *event,
	    uint64_t line);
	/* Each finding, in place of the report, which is not used then. */
	void (*found)(void *context, const struct finding *finding);
	/* Set by them when enough was seen: the scan fails, without an error */
	bool *stop;
};

/*
 * Scans the files.  What they hold goes to the report and the tally; a file
 * that is no log is counted there and named in `skipped`.  Fails when what
 * comes out cannot be written.
 */
int
pipeline_scan(const struct pipeline_options *options, const struct files *files,
    struct report *report, struct tally *tally, struct err *err);

#endif
