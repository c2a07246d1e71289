#include "finding/report.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "event/write.h"
#include "finding/report_group.h"
#include "finding/report_out.h"

/* Written out when this much has gathered. */
#define FLUSH_BYTES (64u << 10)

struct report {
	struct report_options options;
	FILE *out;
	struct buf text; /* not yet written */
	struct groups groups;
	bool begun; /* something that needs a comma before the next stands */
	int failed; /* errno of the first failed write */
};

bool
report_format_parse(struct slice name, enum report_format *out)
{
	static const char *const names[] = {
	    [REPORT_TABLE] = "table",
	    [REPORT_NDJSON] = "ndjson",
	    [REPORT_JSON] = "json",
	    [REPORT_CSV] = "csv",
	    [REPORT_HTML] = "html",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_eq(name, slice_cstr(names[i]))) {
			*out = (enum report_format)i;
			return true;
		}
	}
	return false;
}

/* What stands before the first finding or event. */
static void
add_head(struct report *report)
{
	bool events = report->options.events;

	switch (report->options.format) {
	case REPORT_TABLE:
	case REPORT_NDJSON:
	case REPORT_HTML:
		break;
	case REPORT_JSON:
		buf_char(&report->text, '[');
		break;
	case REPORT_CSV:
		if (events)
			event_csv_header(&report->text);
		else
			finding_csv_header(&report->text);
		break;
	}
}

struct report *
report_new(const struct report_options *options, FILE *out)
{
	struct report *report = xcalloc(1, sizeof(*report));

	report->options = *options;
	report->out = out;
	assert(!(options->events && options->format == REPORT_HTML));
	report->groups.with_proofs = options->format == REPORT_HTML;
	add_head(report);
	return report;
}

static int
failed(struct report *report, struct err *err)
{
	errno = report->failed;
	err_sys(err, "cannot write the report");
	errno = report->failed;
	return -1;
}

/* Writes what has gathered, and then `more`. */
static int
flush(struct report *report, struct slice more, struct err *err)
{
	struct slice parts[] = {buf_slice(&report->text), more};

	for (size_t i = 0; i < 2 && !report->failed; i++) {
		struct slice part = parts[i];

		if (part.len &&
		    fwrite(part.ptr, 1, part.len, report->out) != part.len)
			report->failed = errno ? errno : EIO;
	}
	buf_clear(&report->text);
	return report->failed ? failed(report, err) : 0;
}

static int
flush_if_full(struct report *report, struct err *err)
{
	if (report->text.len < FLUSH_BYTES)
		return 0;
	return flush(report, SLICE(""), err);
}

int
report_finding(
    struct report *report, const struct finding *finding, struct err *err)
{
	struct buf *text = &report->text;

	if (report->failed)
		return failed(report, err);
	if (report->options.events)
		return 0;
	switch (report->options.format) {
	case REPORT_TABLE:
	case REPORT_HTML:
		groups_add(&report->groups, finding);
		return 0;
	case REPORT_CSV:
		finding_write_csv(text, finding);
		break;
	case REPORT_JSON:
		buf_str(text, report->begun ? ",\n" : "\n");
		finding_write_ocsf(text, finding);
		text->len--; /* its line feed */
		report->begun = true;
		break;
	case REPORT_NDJSON:
		finding_write_ocsf(text, finding);
		break;
	}
	return flush_if_full(report, err);
}

/* --- events --- */

static void
render_json(const struct report_options *options, const struct record *record,
    const struct event *event, struct buf *out)
{
	const struct event_item *items;
	size_t count = event_items(record, event->kind, &items);

	if (options->ocsf)
		event_write_ocsf(out, event, items, count);
	else
		event_write_json(out, event, items, count);
}

void
report_render_event(const struct report_options *options,
    const struct record *record, const struct event *event, struct buf *out)
{
	const struct event_item *items;

	if (!options->events)
		return;
	switch (options->format) {
	case REPORT_TABLE:
		event_write_text(out, event, options->columns);
		break;
	case REPORT_NDJSON:
		render_json(options, record, event, out);
		break;
	case REPORT_JSON:
		/* The comma before the very first one is left out later. */
		buf_str(out, ",\n");
		render_json(options, record, event, out);
		out->len--;
		break;
	case REPORT_CSV:
		event_write_csv(
		    out, event, event_items(record, event->kind, &items));
		break;
	case REPORT_HTML:
		break;
	}
}

int
report_event(struct report *report, struct slice text, struct err *err)
{
	if (report->failed)
		return failed(report, err);
	if (!text.len)
		return 0;
	if (report->options.format == REPORT_JSON && !report->begun)
		text = slice_skip(text, 1);
	report->begun = true;
	if (text.len >= FLUSH_BYTES)
		return flush(report, text, err);
	buf_slice_add(&report->text, text);
	return flush_if_full(report, err);
}

/* --- the end --- */

int
report_end(struct report *report, const struct tally *tally, struct err *err)
{
	const struct report_options *options = &report->options;

	if (report->failed)
		return failed(report, err);
	switch (options->format) {
	case REPORT_TABLE:
		report_table(&report->text, options, &report->groups, tally);
		break;
	case REPORT_HTML:
		report_html(&report->text, &report->groups, tally);
		break;
	case REPORT_JSON:
		buf_str(&report->text, "\n]\n");
		break;
	case REPORT_NDJSON:
	case REPORT_CSV:
		break;
	}
	if (flush(report, SLICE(""), err) < 0)
		return -1;
	if (fflush(report->out) != 0) {
		report->failed = errno ? errno : EIO;
		return failed(report, err);
	}
	return 0;
}

void
report_free(struct report *report)
{
	if (!report)
		return;
	groups_release(&report->groups);
	buf_release(&report->text);
	free(report);
}
