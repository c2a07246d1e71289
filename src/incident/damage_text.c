#include "incident/damage_text.h"

#include "base/term.h"
#include "event/event.h"
#include "finding/report_plain.h"
#include "incident/damage_words.h"

#define COLUMNS 80
#define LABEL   14 /* columns before a line's text */

/* Of each list so many lines are shown. */
#define REASONS_SHOWN 3
#define WAYS_SHOWN    5
#define UNSEEN_SHOWN  4

/* --- lines --- */

/* Words of the text that fit into so many columns, at least one. */
static struct slice
take_line(struct slice *rest, size_t columns)
{
	struct slice line = *rest;

	while (line.len && term_width(line) > columns) {
		size_t at = line.len - 1;

		while (at && line.ptr[at] != ' ')
			at--;
		if (!at)
			break;
		line.len = at;
	}
	/* A word that is too long stands alone, and is cut. */
	if (line.len && term_width(line) > columns)
		line = slice_cut(rest, ' ');
	else
		*rest = slice_skip(*rest, line.len + 1);
	return line;
}

/* The text behind a label, in as many lines as it takes, indented. */
static void
add_field(struct buf *out, const char *label, struct slice text)
{
	do {
		struct slice line = take_line(&text, COLUMNS - LABEL);

		term_pad(out, slice_cstr(label), LABEL);
		term_fit(out, line, COLUMNS - LABEL);
		buf_char(out, '\n');
		label = "";
	} while (text.len);
}

/* One line; what does not fit is cut. */
static void
add_line(struct buf *out, const char *label, struct slice text)
{
	term_pad(out, slice_cstr(label), LABEL);
	term_fit(out, text, COLUMNS - LABEL);
	buf_char(out, '\n');
}

static void
add_more(struct buf *out, uint64_t n)
{
	struct buf text = {0};

	buf_str(&text, "\xe2\x80\xa6"
	               "and ");
	words_number(&text, n);
	buf_str(&text, " more, --format json");
	add_line(out, "", buf_slice(&text));
	buf_release(&text);
}

/* --- the parts --- */

static void
add_verdict(struct buf *out, const struct damage *damage)
{
	const struct damage_verdict *verdict = &damage->verdict;
	struct buf text = {0};

	buf_str(&text, damage_verdict_name(verdict->verdict));
	if (verdict->verdict == VERDICT_NONE_SEEN) {
		buf_str(&text, " since ");
		damage_time(&text, verdict->since_us);
		buf_str(&text, "; no proof of absence");
	}
	add_field(out, "verdict", buf_slice(&text));
	for (size_t i = 0; i < verdict->reason_count; i++)
		if (i < REASONS_SHOWN)
			add_field(out, "", verdict->reasons[i]);
	if (verdict->reason_count > REASONS_SHOWN)
		add_more(out, verdict->reason_count - REASONS_SHOWN);
	buf_release(&text);
}

static void
add_certainty(struct buf *out, const struct damage_tally *tally,
    enum damage_certainty certainty, const char *label)
{
	struct buf text = {0};

	damage_kinds(&text, tally, certainty);
	if (tally->mailboxes[certainty]) {
		buf_str(&text, "; in ");
		damage_kind_count(
		    &text, REACH_MAILBOX, tally->mailboxes[certainty]);
	}
	if (tally->sites[certainty]) {
		buf_str(&text, tally->mailboxes[certainty] ? ", " : "; in ");
		damage_kind_count(&text, REACH_SITE, tally->sites[certainty]);
	}
	add_field(out, label, buf_slice(&text));
	buf_release(&text);
}

static void
add_unseen(struct buf *out, const struct damage *damage)
{
	struct buf text = {0};

	words_count(&text, damage->unseen_count, "range");
	buf_str(&text, " of time that the evidence leaves open");
	add_field(out, "undetermined", buf_slice(&text));
	for (size_t i = 0; i < damage->unseen_count && i < UNSEEN_SHOWN; i++) {
		buf_clear(&text);
		words_range(
		    &text, damage->unseen[i].from_us, damage->unseen[i].to_us);
		buf_str(&text, ": ");
		buf_slice_add(&text, damage->unseen[i].detail);
		add_line(out, "", buf_slice(&text));
	}
	if (damage->unseen_count > UNSEEN_SHOWN)
		add_more(out, damage->unseen_count - UNSEEN_SHOWN);
	buf_release(&text);
}

static void
add_intruder(struct buf *out, const struct damage *damage)
{
	struct buf text = {0};

	words_range(&text, damage->first_us, damage->last_us);
	buf_str(&text, " UTC: ");
	words_count(&text, damage->certain, "act");
	buf_str(&text, " certain, ");
	words_number(&text, damage->likely);
	buf_str(&text, " likely; by ");
	words_count(&text, damage->mark_count, "mark");
	add_field(out, "intruder", buf_slice(&text));
	buf_release(&text);
}

static void
add_way(struct buf *out, const struct way_back *way)
{
	struct slice name = damage_name(way->name, way->object);
	struct slice holder = damage_name(way->holder_name, way->holder);
	struct buf text = {0};

	buf_str(&text, way_kinds[way->way].words);
	if (name.len) {
		buf_str(&text, " \"");
		buf_slice_add(&text, name);
		buf_char(&text, '"');
	}
	if (holder.len) {
		buf_str(&text, " of ");
		buf_slice_add(&text, holder);
	}
	if (way->place.len && !slice_eq(way->place, holder)) {
		buf_str(&text, " at ");
		buf_slice_add(&text, way->place);
	}
	add_line(out, "", buf_slice(&text));
	buf_release(&text);
}

static void
add_ways(struct buf *out, const struct damage *damage,
    const struct damage_tally *tally)
{
	struct buf text = {0};
	size_t shown = 0;

	for (int i = 0; i < WAY_STATES; i++) {
		if (i)
			buf_str(&text, ", ");
		words_number(&text, tally->ways[i]);
		buf_char(&text, ' ');
		buf_str(&text, way_state_names[i]);
	}
	add_field(out, "ways back", buf_slice(&text));
	for (size_t i = 0; i < damage->way_count; i++)
		if (damage->ways[i].state == WAY_OPEN && shown < WAYS_SHOWN) {
			add_way(out, &damage->ways[i]);
			shown++;
		}
	if (tally->ways[WAY_OPEN] > shown)
		add_more(out, tally->ways[WAY_OPEN] - shown);
	buf_release(&text);
}

static void
add_end(struct buf *out, const struct damage *damage,
    const struct damage_tally *tally)
{
	struct buf text = {0};

	if (tally->secrets) {
		words_count(&text, tally->secrets, "item");
		buf_str(&text, " to be searched for secrets first");
		add_field(out, "secrets", buf_slice(&text));
		buf_clear(&text);
	}
	if (damage->aware_us == EVENT_NO_TIME) {
		buf_str(&text, "nobody has stated to be aware: firn damage "
		               "aware DIR --at T --by NAME");
	} else {
		buf_str(&text, "until ");
		damage_time(&text, damage->notify_us);
		buf_str(&text, " UTC; aware since ");
		damage_time(&text, damage->aware_us);
		buf_str(&text, ", by ");
		buf_slice_add(&text, damage->aware_by);
	}
	add_field(out, "notification", buf_slice(&text));
	buf_clear(&text);
	buf_slice_add(&text, damage->origin);
	buf_str(&text, ", ");
	words_count(&text, damage->size, "record");
	buf_str(&text, ", as of ");
	damage_time(&text, damage->as_of_us);
	add_field(out, "ledger", buf_slice(&text));
	buf_release(&text);
}

void
damage_text(struct buf *out, const struct damage *damage)
{
	struct damage_tally tally;

	damage_count(damage, &tally);
	add_verdict(out, damage);
	add_certainty(out, &tally, DAMAGE_ACCESSED, "accessed");
	add_certainty(out, &tally, DAMAGE_POSSIBLE, "possibly");
	add_unseen(out, damage);
	add_intruder(out, damage);
	add_ways(out, damage, &tally);
	add_end(out, damage, &tally);
}
