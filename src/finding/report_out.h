#ifndef FINDING_REPORT_OUT_H
#define FINDING_REPORT_OUT_H

#include "finding/report.h"
#include "finding/report_group.h"

/*
 * report_out - the two forms of report that are written at the end.
 */

/*
 * The table.  With options->events only the tally: the events stand above it
 * already.
 */
void report_table(struct buf *out, const struct report_options *options,
    const struct groups *groups, const struct tally *tally);

/* The page. */
void report_html(
    struct buf *out, const struct groups *groups, const struct tally *tally);

/* The timeline of the page as SVG, with a text alternative. */
void report_html_timeline(struct buf *out, const struct tally *tally);

#endif
