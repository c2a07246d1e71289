#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "coverage/tally.h"
#include "finding/report.h"
#include "rule/rules.h"

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
	const struct rules *rules;
	const char *geo_path;   /* NULL: no countries */
	int64_t from_us, to_us; /* from <= time < to; INT64_MIN, INT64_MAX */
	enum level level;       /* findings below it are counted as nothing */
	unsigned threads;       /* at least 1 */
	struct report_options report;
	FILE *rejects; /* NULL: only counted */
	bool progress; /* a line on stderr while it runs */
};

/*
 * Scans the files and folders.  What they hold goes to the report and the
 * tally; a file that is no log is counted there and named in `skipped`.  Fails
 * when a path that was given does not exist, or when nothing can be written.
 */
int
pipeline_scan(const struct pipeline_options *options, const char *const *paths,
    size_t count, struct report *report, struct tally *tally, struct err *err);

#endif
