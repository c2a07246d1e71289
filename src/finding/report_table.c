#include <stdlib.h>

#include "base/term.h"
#include "finding/report_out.h"
#include "finding/report_words.h"

/* Wider than this, a line is harder to read than it is worth. */
#define COLUMNS_MAX      120

#define GROUPS_PER_LEVEL 50

/* Up to this level, all that a rule found is one group. */
#define FOLDED_LEVEL LEVEL_LOW

#define INDENT       10
#define LABEL        14

#define SGR_RESET    "\033[0m"
#define SGR_BOLD     "\033[1m"
#define SGR_DIM      "\033[2m"

struct table {
	struct buf *out;
	size_t columns;
	bool colour;
	struct buf text; /* of the cell at hand */
};

static void
sgr(struct table *table, const char *code)
{
	if (table->colour)
		buf_str(table->out, code);
}

static const char *
level_label(enum level level)
{
	static const char *const labels[LEVEL_COUNT] = {
	    [LEVEL_INFORMATIONAL] = "INFO",
	    [LEVEL_LOW] = "LOW",
	    [LEVEL_MEDIUM] = "MEDIUM",
	    [LEVEL_HIGH] = "HIGH",
	    [LEVEL_CRITICAL] = "CRITICAL",
	};

	return labels[level];
}

static const char *
level_colour(enum level level)
{
	static const char *const colours[LEVEL_COUNT] = {
	    [LEVEL_INFORMATIONAL] = "\033[36m",
	    [LEVEL_LOW] = "\033[34m",
	    [LEVEL_MEDIUM] = "\033[33m",
	    [LEVEL_HIGH] = "\033[31m",
	    [LEVEL_CRITICAL] = "\033[1;31m",
	};

	return colours[level];
}

/* left and right in one line, the left cut to what the right leaves. */
static void
two_ends(struct table *table, struct slice left, const char *left_sgr,
    struct slice right)
{
	size_t room = table->columns - INDENT;
	size_t right_width = term_width(right);

	/* A rule may carry so many tags that they would fill the line. */
	if (right_width > room / 2)
		right_width = room / 2;
	sgr(table, left_sgr);
	term_pad(table->out, left, room - right_width - 2);
	sgr(table, SGR_RESET);
	term_blanks(table->out, 2);
	sgr(table, SGR_DIM);
	term_fit(table->out, right, right_width);
	sgr(table, SGR_RESET);
	buf_char(table->out, '\n');
}

static void
add_group(struct table *table, const struct group *group)
{
	enum level level = group->rule->level;
	struct buf places = {0}, who = {0};

	sgr(table, level_colour(level));
	term_pad(table->out, slice_cstr(level_label(level)), INDENT);
	sgr(table, SGR_RESET);
	buf_clear(&table->text);
	words_count(&table->text, group->count, "finding");
	two_ends(table, group->rule->title, SGR_BOLD, buf_slice(&table->text));

	term_blanks(table->out, INDENT);
	buf_clear(&table->text);
	words_range(&table->text, group->first_us, group->last_us);
	words_entity(&who, group);
	two_ends(table, buf_slice(&who), "", buf_slice(&table->text));

	/* Addresses of one are not those of all. */
	if (group->others) {
		buf_str(&places, "and ");
		words_count(&places, group->others, "other");
	} else {
		words_places(&places, group);
	}
	buf_clear(&table->text);
	words_techniques(&table->text, group->rule);
	if (places.len || table->text.len) {
		term_blanks(table->out, INDENT);
		two_ends(
		    table, buf_slice(&places), "", buf_slice(&table->text));
	}
	buf_release(&places);
	buf_release(&who);
}

/* Words up to the width, further lines under the first, at `indent`. */
static void
wrapped(struct table *table, struct slice text, size_t indent)
{
	size_t room = table->columns - indent, used = 0;

	while (text.len) {
		struct slice word = slice_cut(&text, ' ');
		size_t width = term_width(word);

		if (used && used + 1 + width > room) {
			buf_char(table->out, '\n');
			term_blanks(table->out, indent);
			used = 0;
		}
		if (used) {
			buf_char(table->out, ' ');
			used++;
		}
		used += term_fit(table->out, word, room - used);
	}
	buf_char(table->out, '\n');
}

static void
add_fact(void *arg, const char *label, struct slice text)
{
	struct table *table = arg;

	sgr(table, SGR_DIM);
	term_pad(table->out, slice_cstr(label), LABEL);
	sgr(table, SGR_RESET);
	wrapped(table, text, LABEL);
}

/* A line of our own words, from the left edge. */
static void
say(struct table *table, size_t indent)
{
	term_blanks(table->out, indent);
	term_fit(table->out, buf_slice(&table->text), table->columns - indent);
	buf_char(table->out, '\n');
	buf_clear(&table->text);
}

/* Our own words from the left edge, over as many lines as they need. */
static void
say_wrapped(struct table *table)
{
	wrapped(table, buf_slice(&table->text), 0);
	buf_clear(&table->text);
}

static void
add_headline(struct table *table, const struct tally *tally)
{
	struct buf *text = &table->text;

	buf_clear(text);
	if (!tally->files) {
		buf_str(
		    text, "Nothing was read: no file given is a readable log.");
		say_wrapped(table);
		return;
	}
	if (!tally_findings(tally)) {
		buf_str(text, "No findings: no rule is true of what was read.");
		say_wrapped(table);
		buf_str(text, "That is no proof that nothing happened.");
		say_wrapped(table);
		return;
	}
	sgr(table, SGR_BOLD);
	words_count(text, tally_findings(tally), "finding");
	buf_str(text, ": ");
	words_levels(text, tally);
	say_wrapped(table);
	sgr(table, SGR_RESET);
	buf_str(text, "By rule and person or app (below medium by rule), "
	              "newest first, times in UTC");
	say_wrapped(table);
}

/* What of a level is not printed, and where it is. */
static void
add_rest(struct table *table, size_t groups, uint64_t findings)
{
	if (!groups)
		return;
	buf_clear(&table->text);
	buf_str(&table->text, "and ");
	words_count(&table->text, groups, "more group");
	buf_str(&table->text, " with ");
	words_count(&table->text, findings, "finding");
	buf_str(&table->text, "; --format ndjson shows all");
	say(table, INDENT);
	buf_char(table->out, '\n');
}

static void
add_groups(struct table *table, const struct groups *groups)
{
	struct group **list = groups_sorted(groups);
	size_t n = groups_fold(list, groups->count, FOLDED_LEVEL);
	size_t shown = 0, hidden = 0;
	uint64_t hidden_findings = 0;

	for (size_t i = 0; i < n; i++) {
		if (i && list[i]->rule->level != list[i - 1]->rule->level) {
			add_rest(table, hidden, hidden_findings);
			shown = hidden = 0;
			hidden_findings = 0;
		}
		if (shown == GROUPS_PER_LEVEL) {
			hidden++;
			hidden_findings += list[i]->count;
			continue;
		}
		shown++;
		add_group(table, list[i]);
		buf_char(table->out, '\n');
	}
	add_rest(table, hidden, hidden_findings);
	if (groups->left) {
		words_count(&table->text, groups->left, "more finding");
		buf_str(&table->text,
		    " past the most groups kept; --format ndjson shows all");
		say(table, 0);
		buf_char(table->out, '\n');
	}
	free(list);
}

/* What stood at the top, which has scrolled away by now. */
static void
add_findings_fact(struct table *table, const struct tally *tally)
{
	struct buf text = {0};

	words_levels(&text, tally);
	if (text.len) {
		buf_str(&text, "; the worst stand at the top");
		add_fact(table, "findings", buf_slice(&text));
	}
	buf_release(&text);
}

static void
add_tally(struct table *table, const struct report_options *options,
    const struct tally *tally)
{
	struct buf rejects = {0};

	if (options->rejects)
		buf_printf(
		    &rejects, "; each with its reason in %s", options->rejects);
	else
		buf_str(&rejects, "; --rejects FILE lists each and why");
	words_tally(tally, buf_slice(&rejects), add_fact, table);
	buf_release(&rejects);
}

void
report_table(struct buf *out, const struct report_options *options,
    const struct groups *groups, const struct tally *tally)
{
	struct table table = {.out = out, .colour = options->colour};

	table.columns = options->columns < 80 ? 80 : options->columns;
	if (table.columns > COLUMNS_MAX)
		table.columns = COLUMNS_MAX;
	if (!options->events) {
		add_headline(&table, tally);
		buf_char(out, '\n');
		add_groups(&table, groups);
		add_findings_fact(&table, tally);
	} else if (tally->events) {
		buf_char(out, '\n');
	}
	add_tally(&table, options, tally);
	buf_release(&table.text);
}
