/*
 * Half a page for a board: the verdict, the numbers by certainty, what to do
 * next, and by when others are to be told.
 */
#include "event/event.h"
#include "finding/report_page.h"
#include "finding/report_plain.h"
#include "incident/damage_page_part.h"

#define HOUR_US INT64_C(3600000000)

/* Of the list of what to do. */
#define REASONS_SHOWN 6
#define SETTLES_SHOWN 5

/* The main one in a sentence, some below it, and the rest on request. */
static void
add_reasons(struct buf *out, const struct damage_verdict *verdict)
{
	size_t count = verdict->reason_count;

	for (size_t i = 0; i < count; i++) {
		if (i == 1)
			buf_str(out, "<ul>\n");
		if (i == REASONS_SHOWN)
			buf_printf(out,
			    "</ul>\n<details><summary>%zu more reasons"
			    "</summary>\n<ul>\n",
			    count - i);
		buf_str(out, i ? "<li>" : "<p>");
		page_text(out, verdict->reasons[i]);
		buf_str(out, i ? "</li>\n" : "</p>\n");
	}
	if (count > 1)
		buf_str(out, "</ul>\n");
	if (count > REASONS_SHOWN)
		buf_str(out, "</details>\n");
}

static void
add_verdict(struct buf *out, const struct damage *damage)
{
	static const char *const classes[] = {
	    [VERDICT_CONTINUES] = "continues",
	    [VERDICT_NONE_SEEN] = "none",
	    [VERDICT_NOT_ESTABLISHED] = "not",
	};
	const struct damage_verdict *verdict = &damage->verdict;

	buf_printf(out,
	    "<section class=\"verdict %s\" aria-label=\"Verdict\">\n"
	    "<p class=\"dim\">Has it stopped?</p>\n<h2 id=\"verdict\">",
	    classes[verdict->verdict]);
	buf_str(out, damage_verdict_name(verdict->verdict));
	if (verdict->verdict == VERDICT_NONE_SEEN) {
		buf_str(out, " since ");
		damage_time(out, verdict->since_us);
	}
	buf_str(out, "</h2>\n");
	add_reasons(out, verdict);
	if (verdict->verdict == VERDICT_NONE_SEEN)
		buf_str(out, "<p>That none was seen is no proof that there "
		             "was none.</p>\n");
	buf_str(out, "</section>\n");
}

/* --- the numbers --- */

static void
add_places(struct buf *out, const struct damage_tally *tally,
    enum damage_certainty certainty)
{
	uint64_t mailboxes = tally->mailboxes[certainty];
	uint64_t sites = tally->sites[certainty];

	if (!mailboxes && !sites)
		return;
	buf_str(out, "<p>in ");
	if (mailboxes)
		damage_kind_count(out, REACH_MAILBOX, mailboxes);
	if (mailboxes && sites)
		buf_str(out, " and ");
	if (sites)
		damage_kind_count(out, REACH_SITE, sites);
	buf_str(out, "</p>\n");
}

static void
add_certainty(struct buf *out, const struct damage_tally *tally,
    enum damage_certainty certainty, const char *class, const char *means)
{
	buf_printf(out, "<li class=\"%s\"><h3>", class);
	buf_str(out, damage_certainty_names[certainty]);
	buf_str(out, "</h3><b>");
	words_number(out, tally->items[certainty]);
	buf_str(out, "</b><p>");
	damage_kinds(out, tally, certainty);
	buf_str(out, "</p>\n");
	add_places(out, tally, certainty);
	buf_printf(out, "<p class=\"dim\">%s</p></li>\n", means);
}

static void
add_numbers(struct buf *out, const struct damage *damage,
    const struct damage_tally *tally)
{
	buf_str(out, "<h2>What was reached</h2>\n<ul class=\"levels\">\n");
	add_certainty(out, tally, DAMAGE_ACCESSED, "accessed",
	    "It was the intruder, and the record names the item.");
	add_certainty(out, tally, DAMAGE_POSSIBLE, "possibly",
	    "A record covers the item without naming it, or it was likely the "
	    "intruder, not certainly.");
	buf_str(out, "<li class=\"undetermined\"><h3>undetermined</h3><b>");
	words_number(out, damage->unseen_count);
	buf_str(out, "</b><p>");
	buf_str(out,
	    damage->unseen_count == 1 ? "range of time" : "ranges of time");
	buf_str(out, "</p>\n<p class=\"dim\">Nothing shows what was read "
	             "then.</p></li>\n</ul>\n"
	             "<p class=\"dim\">These numbers are of different "
	             "certainty and must not be added.</p>\n");
}

/* --- what to do --- */

static void
add_task(struct buf *out, uint64_t n, const char *one, const char *many,
    const char *where)
{
	if (!n)
		return;
	buf_str(out, "<li>");
	buf_str(out, n == 1 ? one : many);
	buf_printf(out, " (<a href=\"#%s\">", where);
	words_number(out, n);
	buf_str(out, "</a>).</li>\n");
}

static void
add_tasks(struct buf *out, const struct damage *damage,
    const struct damage_tally *tally)
{
	const struct damage_verdict *verdict = &damage->verdict;
	size_t mark;

	buf_str(out, "<div><h2>What to do next</h2>\n");
	mark = out->len;
	buf_str(out, "<ol>\n");
	add_task(out, tally->ways[WAY_OPEN], "Close the way back that is open",
	    "Close the ways back that are open", "ways");
	add_task(out, tally->ways[WAY_SHUT],
	    "Read the tenant again: of a way back either the closing or its "
	    "absence is not shown yet",
	    "Read the tenant again: of these ways back either the closing or "
	    "the absence is not shown yet",
	    "ways");
	add_task(out, tally->ways[WAY_UNCHECKED],
	    "Check the way back that firn cannot see, and state it",
	    "Check the ways back that firn cannot see, and state it", "ways");
	add_task(out, tally->secrets,
	    "Search the item that may hold secrets, and change those",
	    "Search the items that may hold secrets, and change those",
	    "secrets");
	for (size_t i = 0; i < verdict->settle_count && i < SETTLES_SHOWN;
	     i++) {
		buf_str(out, "<li>");
		page_text(out, verdict->settles[i]);
		buf_str(out, "</li>\n");
	}
	if (verdict->settle_count > SETTLES_SHOWN)
		buf_str(out, "<li>More is under <a href=\"#ways\">Ways "
		             "back</a>.</li>\n");
	if (out->len == mark + strlen("<ol>\n")) {
		out->len = mark;
		buf_str(out, "<p>Nothing that this assessment shows.</p>\n");
	} else {
		buf_str(out, "</ol>\n");
	}
	buf_str(out, "</div>\n");
}

/* --- the clock --- */

/* By the newest record: the page asks no clock. */
static void
add_left(struct buf *out, const struct damage *damage)
{
	int64_t left = damage->notify_us - damage->as_of_us;

	if (damage->as_of_us == EVENT_NO_TIME)
		return;
	buf_str(out, "<p>When the newest record came, ");
	damage_time(out, damage->as_of_us);
	if (left < 0) {
		buf_str(out, ", it had passed.</p>\n");
		return;
	}
	buf_str(out, ", ");
	words_count(out, (uint64_t)(left / HOUR_US), "hour");
	buf_str(out, " were left.</p>\n");
}

static void
add_clock(struct buf *out, const struct damage *damage)
{
	buf_str(out, "<div><h2>Notification clock</h2>\n");
	if (damage->aware_us == EVENT_NO_TIME) {
		buf_str(out,
		    "<p><strong>Not started.</strong> Nobody has stated to be "
		    "aware of the breach. <code>firn damage aware DIR --at T "
		    "--by NAME</code> starts it (GDPR Art. 33: 72 hours unless "
		    "something else is said).</p>\n</div>\n");
		return;
	}
	buf_str(out, "<p>Authorities are to be told by <strong>");
	damage_time(out, damage->notify_us);
	buf_str(out, "</strong>.</p>\n<p>Aware since ");
	damage_time(out, damage->aware_us);
	buf_str(out, ", as stated by ");
	page_text(out, damage->aware_by);
	buf_str(out, ".</p>\n");
	add_left(out, damage);
	buf_str(out, "</div>\n");
}

void
damage_page_board(struct buf *out, const struct damage *damage,
    const struct damage_tally *tally)
{
	add_verdict(out, damage);
	add_numbers(out, damage, tally);
	buf_str(out, "<div class=\"two\">\n");
	add_tasks(out, damage, tally);
	add_clock(out, damage);
	buf_str(out, "</div>\n");
}
