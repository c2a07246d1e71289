#include "finding/report_words.h"

#include "event/fact.h"

/* Of the files that were no logs, this many are named. */
#define SKIPPED_SHOWN 3

/* Of an id that stands behind its name: enough to find it again. */
#define ID_SHOWN 8

static void
add_size(struct buf *out, uint64_t bytes)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB", "PB"};
	double size = (double)bytes / 1000;
	size_t unit = 0;

	if (bytes < 1000) {
		words_count(out, bytes, "byte");
		return;
	}
	for (; size >= 999.95 && unit < 4; unit++)
		size /= 1000;
	buf_printf(out, "%.1f %s", size, units[unit]);
}

static bool
is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

void
words_levels(struct buf *out, const struct tally *tally)
{
	const char *before = "";

	for (int i = LEVEL_COUNT - 1; i >= 0; i--) {
		if (!tally->findings[i])
			continue;
		buf_str(out, before);
		words_number(out, tally->findings[i]);
		buf_char(out, ' ');
		buf_str(out, level_name((enum level)i));
		before = ", ";
	}
}

void
words_entity(struct buf *out, const struct group *group)
{
	struct slice id = group->entity;

	if (!id.len) {
		buf_str(out, "(nobody named)");
		return;
	}
	if (!group->name.len) {
		if (group->app_id)
			buf_str(out, "app ");
		buf_slice_add(out, id);
		return;
	}
	buf_slice_add(out, group->name);
	buf_str(out, " (");
	/* Ids are ASCII; one that is not is a name, and stays whole. */
	if (id.len <= ID_SHOWN + 1 || !is_ascii(id)) {
		buf_slice_add(out, id);
	} else {
		buf_slice_add(out, slice_of(id.ptr, ID_SHOWN));
		buf_str(out, "\xe2\x80\xa6");
	}
	buf_char(out, ')');
}

void
words_places(struct buf *out, const struct group *group)
{
	const struct group_place *place = group->places;

	if (!place)
		return;
	buf_slice_add(out, place->ip);
	if (place->country.len) {
		buf_char(out, ' ');
		buf_slice_add(out, place->country);
	}
	if (group->place_count > 1)
		buf_printf(out, " and %s%zu more",
		    group->more_places ? "over " : "", group->place_count - 1);
}

void
words_techniques(struct buf *out, const struct rule_meta *rule)
{
	for (size_t i = 0; i < rule->techniques.count; i++) {
		if (i)
			buf_char(out, ' ');
		buf_slice_add(out, rule->techniques.list[i]);
	}
}

/* --- the tally --- */

/* What the facts are made with: one sentence at a time. */
struct facts {
	const struct tally *tally;
	struct buf text;
	void (*fact)(void *arg, const char *label, struct slice text);
	void *arg;
};

static void
emit(struct facts *facts, const char *label)
{
	if (facts->text.len)
		facts->fact(facts->arg, label, buf_slice(&facts->text));
	buf_clear(&facts->text);
}

/* A further clause of the sentence, if there is anything of it. */
static void
clause(struct facts *facts, uint64_t n, const char *one, const char *says)
{
	if (!n)
		return;
	if (facts->text.len)
		buf_str(&facts->text, "; ");
	words_count(&facts->text, n, one);
	buf_char(&facts->text, ' ');
	buf_str(&facts->text, says);
}

static void
say_files(struct facts *facts)
{
	const struct tally *tally = facts->tally;

	words_count(&facts->text, tally->files, "file");
	buf_str(&facts->text, ", ");
	add_size(&facts->text, tally->bytes);
	emit(facts, "read");
	if (!tally->files_skipped)
		return;
	words_count(&facts->text, tally->files_skipped, "file");
	for (size_t i = 0; i < tally->skipped_count && i < SKIPPED_SHOWN; i++) {
		buf_str(&facts->text, i ? "; " : ": ");
		buf_slice_add(&facts->text, tally->skipped[i].file);
		buf_str(&facts->text, " (");
		buf_slice_add(&facts->text, tally->skipped[i].why);
		buf_char(&facts->text, ')');
	}
	if (tally->files_skipped > SKIPPED_SHOWN) {
		buf_str(&facts->text, "; and ");
		words_number(
		    &facts->text, tally->files_skipped - SKIPPED_SHOWN);
		buf_str(&facts->text, " more, which --summary FILE lists");
	}
	emit(facts, "skipped");
}

static void
say_records(struct facts *facts)
{
	const struct tally *tally = facts->tally;

	words_number(&facts->text, tally->records);
	buf_str(&facts->text, " = ");
	words_count(&facts->text, tally->events, "event");
	buf_str(&facts->text, " + ");
	words_count(&facts->text, tally->duplicates, "duplicate");
	buf_str(&facts->text, " + ");
	words_number(&facts->text, tally->rejected);
	buf_str(&facts->text, " rejected");
	emit(facts, "records");
	for (int i = 0; i < KIND_COUNT; i++) {
		if (!tally->kinds[i])
			continue;
		if (facts->text.len)
			buf_str(&facts->text, ", ");
		buf_str(&facts->text, event_kind_name((enum event_kind)i));
		buf_char(&facts->text, ' ');
		words_number(&facts->text, tally->kinds[i]);
	}
	if (tally->kinds[KIND_UNKNOWN])
		buf_str(&facts->text,
		    "; unknown: no kind that firn knows, few rules see it");
	emit(facts, "events");
}

static void
say_times(struct facts *facts)
{
	const struct tally *tally = facts->tally;

	if (tally->events > tally->no_time) {
		words_time(&facts->text, tally->first_us);
		buf_str(&facts->text, " \xe2\x80\x93 ");
		words_time(&facts->text, tally->last_us);
		buf_str(&facts->text, " UTC");
	}
	clause(facts, tally->no_time, "event", "without a time");
	clause(facts, tally->outside, "event", "outside --from and --to");
	emit(facts, "time");
}

/* " (outcome 2, address 1)" */
static void
add_conflict_fields(struct facts *facts)
{
	const uint64_t *fields = facts->tally->conflict_fields;
	const char *before = " (";

	for (size_t i = 0; i < TOLD_FIELDS; i++) {
		if (!fields[i])
			continue;
		buf_str(&facts->text, before);
		buf_str(&facts->text, told_field_name(i));
		buf_char(&facts->text, ' ');
		words_number(&facts->text, fields[i]);
		before = ", ";
	}
	if (before[0] == ',')
		buf_char(&facts->text, ')');
}

static void
say_doubts(struct facts *facts, struct slice rejects)
{
	const struct tally *tally = facts->tally;

	clause(facts, tally->tellings, "duplicate",
	    "told what the first record left out");
	clause(facts, tally->conflicts, "duplicate",
	    "contradicted the first record");
	add_conflict_fields(facts);
	if (facts->text.len)
		buf_str(&facts->text, "; rules looked at these too");
	emit(facts, "duplicates");
	clause(facts, tally->repaired, "record",
	    "with broken bytes, read all the same");
	clause(facts, tally->duplicate_keys, "repeated key",
	    "in a record, of which the first counts");
	emit(facts, "repairs");
	clause(facts, tally->rejected, "record", "not readable");
	if (tally->rejected)
		buf_slice_add(&facts->text, rejects);
	emit(facts, "rejected");
}

/* Of the groups that were given up, this many are named. */
#define LOST_SHOWN 3

static void
say_correlations(struct facts *facts)
{
	const struct tally *tally = facts->tally;
	struct buf *text = &facts->text;
	uint64_t lost = tally->correlate_lost_groups;

	clause(facts, lost, "group", "given up for want of room, with ");
	if (lost)
		words_count(text, tally->correlate_lost_events, "event");
	for (size_t i = 0; i < tally->correlate_lost_count && i < LOST_SHOWN;
	     i++) {
		buf_str(text, i ? ", " : ": ");
		buf_slice_add(text, tally->correlate_lost[i].title);
		buf_str(text, " (");
		buf_slice_add(text, tally->correlate_lost[i].group);
		buf_char(text, ')');
	}
	if (lost > LOST_SHOWN) {
		buf_str(text, " and ");
		words_number(text, lost - LOST_SHOWN);
		buf_str(text, " more, which --summary FILE lists");
		if (lost > tally->correlate_lost_count)
			buf_str(text, " in part");
	}
	clause(facts, tally->correlate_no_time, "event",
	    "without a time, not counted");
	emit(facts, "correlations");
}

/* Of the rules that are undecided, this many are named. */
#define UNDECIDED_SHOWN 3

static void
say_undecided(struct facts *facts)
{
	const struct tally *tally = facts->tally;
	struct buf *text = &facts->text;

	for (size_t i = 0; i < tally->undecided_count && i < UNDECIDED_SHOWN;
	     i++) {
		const struct tally_undecided *one = &tally->undecided[i];
		bool several = one->facts & (one->facts - 1);

		if (i)
			buf_str(text, "; ");
		buf_slice_add(text, one->title);
		buf_str(text, ": ");
		words_count(text, one->events, "event");
		buf_str(text, ", because ");
		event_facts_add(text, one->facts);
		buf_str(text, several ? " are unknown" : " is unknown");
	}
	if (tally->undecided_count > UNDECIDED_SHOWN) {
		buf_str(text, "; and ");
		words_count(
		    text, tally->undecided_count - UNDECIDED_SHOWN, "rule");
		buf_str(text, " more, which --summary FILE lists");
	}
	emit(facts, "undecided");
}

void
words_tally(const struct tally *tally, struct slice rejects,
    void (*fact)(void *arg, const char *label, struct slice text), void *arg)
{
	struct facts facts = {.tally = tally, .fact = fact, .arg = arg};

	say_files(&facts);
	say_records(&facts);
	say_times(&facts);
	say_doubts(&facts, rejects);
	words_number(&facts.text, tally->rules_loaded);
	buf_str(&facts.text, " loaded, ");
	words_number(&facts.text, tally->rules_refused);
	buf_str(&facts.text, " refused");
	clause(&facts, tally->regex_limited, "regular expression",
	    "given up at a limit, taken as not matching");
	clause(&facts, tally->lookup_limited, "look-up",
	    "stopped at a limit, the rest taken as absent");
	emit(&facts, "rules");
	say_correlations(&facts);
	say_undecided(&facts);
	buf_str(&facts.text,
	    "unknown: an export does not say what is missing from it");
	emit(&facts, "completeness");
	buf_release(&facts.text);
}
