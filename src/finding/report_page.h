#ifndef FINDING_REPORT_PAGE_H
#define FINDING_REPORT_PAGE_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * report_page - the frame of HTML reports: head, style and script, and text
 * made safe for it.
 *
 * The page loads nothing: its policy forbids every source but its own style
 * and the one script whose hash it names.  Without the script it reads the
 * same, only unfiltered.
 */

/* Everything up to the content of <main>, with the title as heading. */
void page_begin(struct buf *out, const char *title);

/* The script and the end of the page. */
void page_end(struct buf *out);

/*
 * The same for a page without a script: its policy allows none.  The lines of
 * style are added behind those of the report.
 */
void page_begin_plain(struct buf *out, const char *title,
    const char *const *more_style, size_t lines);
void page_end_plain(struct buf *out);

/*
 * Adds s as text, also for attribute values in quotes.  What a terminal may
 * not be shown is escaped here, too (base/term.h): it turns and hides text in
 * browsers as well.  Line feeds stay.
 */
void page_text(struct buf *out, struct slice s);

/* A link if s is an http or https address, else just the text. */
void page_link(struct buf *out, struct slice s);

#endif
