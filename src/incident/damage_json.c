#include "incident/damage_json.h"

#include "base/time.h"
#include "base/version.h"
#include "event/event.h"
#include "event/read.h"
#include "incident/damage_words.h"
#include "json/build.h"
#include "json/json.h"

/* --- values that are always there --- */

/* An array that stays an array when it is empty. */
static void
open_list(struct buf *out, const char *key)
{
	json_key(out, key);
	buf_char(out, '[');
}

static void
add_null(struct buf *out, const char *key)
{
	json_key(out, key);
	buf_str(out, "null");
}

static void
add_text(struct buf *out, const char *key, struct slice s)
{
	if (s.len)
		json_text(out, key, s);
	else
		add_null(out, key);
}

static void
add_word(struct buf *out, const char *key, const char *word)
{
	json_cstr(out, key, word);
}

static void
add_bool(struct buf *out, const char *key, bool value)
{
	json_key(out, key);
	buf_str(out, value ? "true" : "false");
}

static void
add_time(struct buf *out, const char *key, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	if (time_us == EVENT_NO_TIME || time_us == INT64_MAX)
		add_null(out, key);
	else
		json_text(out, key, time_format(time_us, room));
}

static void
add_index(struct buf *out, uint64_t index)
{
	if (index == NO_ACT)
		add_null(out, "index");
	else
		json_u64(out, "index", index);
}

static void
add_mark_number(struct buf *out, const char *key, uint32_t mark)
{
	if (mark == NO_MARK)
		add_null(out, key);
	else
		json_u64(out, key, mark);
}

/* When, and by which record; null if it never was. */
static void
add_moment(struct buf *out, const char *key, int64_t time_us, uint64_t index)
{
	size_t mark;

	if (time_us == EVENT_NO_TIME && index == NO_ACT) {
		add_null(out, key);
		return;
	}
	mark = json_open(out, key, '{');
	add_time(out, "at", time_us);
	add_index(out, index);
	json_close(out, mark);
}

static void
add_texts(
    struct buf *out, const char *key, const struct slice *list, size_t count)
{
	open_list(out, key);
	for (size_t i = 0; i < count; i++) {
		json_key(out, NULL);
		json_add_str(out, list[i]);
	}
	buf_char(out, ']');
}

/* --- the head --- */

static void
add_ledger(struct buf *out, const struct damage *damage)
{
	size_t mark = json_open(out, "ledger", '{');

	add_text(out, "origin", damage->origin);
	json_u64(out, "size", damage->size);
	add_text(out, "root", damage->root);
	add_time(out, "as_of", damage->as_of_us);
	json_close(out, mark);
	mark = json_open(out, "asked", '{');
	add_text(out, "command", damage->command);
	add_time(out, "from", damage->from_us);
	add_time(out, "to", damage->to_us);
	json_close(out, mark);
}

static void
add_verdict(struct buf *out, const struct damage *damage)
{
	const struct damage_verdict *verdict = &damage->verdict;
	bool used = verdict->last_us != EVENT_NO_TIME;
	size_t mark = json_open(out, "verdict", '{');

	add_word(out, "verdict", damage_verdict_name(verdict->verdict));
	add_time(out, "since",
	    verdict->verdict == VERDICT_NONE_SEEN ? verdict->since_us
	                                          : EVENT_NO_TIME);
	add_moment(out, "last_use", verdict->last_us,
	    used ? verdict->last_index : NO_ACT);
	add_time(out, "closed", verdict->closed_us);
	add_time(out, "tokens_until", verdict->tokens_us);
	add_time(out, "complete_to", verdict->complete_us);
	add_texts(out, "reasons", verdict->reasons, verdict->reason_count);
	add_texts(out, "settles", verdict->settles, verdict->settle_count);
	json_close(out, mark);
}

static void
add_clock(struct buf *out, const struct damage *damage)
{
	size_t mark;

	if (damage->aware_us == EVENT_NO_TIME) {
		add_null(out, "notification");
		return;
	}
	mark = json_open(out, "notification", '{');
	add_time(out, "aware", damage->aware_us);
	add_text(out, "by", damage->aware_by);
	add_time(out, "until", damage->notify_us);
	json_close(out, mark);
}

static void
add_counts_of(struct buf *out, const struct damage_tally *tally,
    enum damage_certainty certainty)
{
	size_t mark = json_open(out, damage_certainty_names[certainty], '{');
	size_t kinds;

	json_u64(out, "items", tally->items[certainty]);
	json_u64(out, "mailboxes", tally->mailboxes[certainty]);
	json_u64(out, "sites", tally->sites[certainty]);
	kinds = json_open(out, "kinds", '{');
	for (int i = 0; i < REACH_KINDS; i++)
		json_u64(out, reach_kind_names[i], tally->kinds[certainty][i]);
	json_close(out, kinds);
	json_close(out, mark);
}

static void
add_counts(struct buf *out, const struct damage *damage)
{
	struct damage_tally tally;
	size_t mark = json_open(out, "counts", '{');
	size_t inner;

	damage_count(damage, &tally);
	add_counts_of(out, &tally, DAMAGE_ACCESSED);
	add_counts_of(out, &tally, DAMAGE_POSSIBLE);
	inner = json_open(out, "undetermined", '{');
	json_u64(out, "ranges", damage->unseen_count);
	json_close(out, inner);
	inner = json_open(out, "ways", '{');
	for (int i = 0; i < WAY_STATES; i++)
		json_u64(out, way_state_names[i], tally.ways[i]);
	json_close(out, inner);
	json_close(out, mark);
}

/* --- the intrusion --- */

static void
add_mark(struct buf *out, const struct mark *mark)
{
	size_t open = json_open(out, NULL, '{');

	add_word(out, "kind", mark_kind_names[mark->kind]);
	add_text(out, "value", mark->value);
	add_text(out, "name", mark->name);
	add_word(out, "rule", mark_rule_name(mark->rule));
	add_word(out, "why", mark_rule_words(mark->rule));
	add_word(out, "intruder", damage_intruder_name(mark->certainty));
	add_bool(out, "own", mark->own);
	add_bool(out, "cut", mark->cut);
	add_time(out, "from", mark->from_us);
	add_mark_number(out, "via", mark->via_mark);
	add_index(out, mark->via_index);
	json_u64(out, "certain", mark->certain);
	json_u64(out, "likely", mark->likely);
	json_close(out, open);
}

static void
add_not(struct buf *out, const struct damage *damage)
{
	open_list(out, "not_the_intruder");
	for (int i = 1; i < NOT_WHYS; i++) {
		size_t open = json_open(out, NULL, '{');

		add_word(out, "why", not_why_words((enum not_why)i));
		json_u64(out, "acts", damage->not_acts[i]);
		json_close(out, open);
	}
	buf_char(out, ']');
}

static void
add_step(struct buf *out, const struct damage_step *step)
{
	size_t open = json_open(out, NULL, '{');

	add_time(out, "first", step->time_us);
	add_time(out, "last", step->last_us);
	add_text(out, "what", step->what);
	add_text(out, "who", step->who);
	add_text(out, "by", step->by);
	add_word(out, "intruder", damage_intruder_name(step->certainty));
	json_u64(out, "acts", step->acts);
	add_index(out, step->index);
	json_close(out, open);
}

static void
add_intrusion(struct buf *out, const struct damage *damage)
{
	size_t open = json_open(out, "intrusion", '{');

	add_time(out, "first", damage->first_us);
	add_time(out, "last", damage->last_us);
	json_u64(out, "certain", damage->certain);
	json_u64(out, "likely", damage->likely);
	add_not(out, damage);
	open_list(out, "marks");
	for (size_t i = 0; i < damage->mark_count; i++)
		add_mark(out, &damage->marks[i]);
	buf_char(out, ']');
	open_list(out, "steps");
	for (size_t i = 0; i < damage->step_count; i++)
		add_step(out, &damage->steps[i]);
	buf_char(out, ']');
	json_close(out, open);
}

/* --- what was reached, and what is not known --- */

static void
add_item(struct buf *out, const struct damage_item *item)
{
	const struct reach *reach = &item->reach;
	size_t open = json_open(out, NULL, '{');

	add_word(out, "certainty", damage_certainty_names[item->certainty]);
	add_word(out, "kind", reach_kind_names[reach->kind]);
	add_text(out, "place", reach->place);
	add_text(out, "folder", reach->folder);
	add_text(out, "name", reach->name);
	add_text(out, "id", reach->id);
	add_text(out, "label", reach->label);
	if (reach->size >= 0)
		json_i64(out, "size", reach->size);
	else
		add_null(out, "size");
	add_word(out, "how", reach_how_name(reach->how));
	add_word(out, "why", reach_how_words(reach->how));
	json_u64(out, "more", reach->more);
	add_word(out, "intruder", damage_intruder_name(item->intruder));
	add_mark_number(out, "mark", item->mark);
	add_time(out, "first", reach->from_us);
	add_time(out, "last", reach->to_us);
	json_u64(out, "acts", item->acts);
	json_u64(out, "secrets", item->secrets);
	add_index(out, item->index);
	json_close(out, open);
}

static void
add_unseen(struct buf *out, const struct unseen *unseen)
{
	size_t open = json_open(out, NULL, '{');

	add_word(out, "cause", unseen_cause_names[unseen->cause]);
	add_time(out, "from", unseen->from_us);
	add_time(out, "to", unseen->to_us);
	add_texts(out, "places", unseen->places, unseen->place_count);
	add_text(out, "source", unseen->source);
	add_text(out, "stream", unseen->stream);
	add_text(out, "detail", unseen->detail);
	add_time(out, "heals_until", unseen->heals_until_us);
	add_index(out, unseen->index);
	json_close(out, open);
}

static void
add_seen(struct buf *out, const struct way_back *way)
{
	size_t open;

	if (way->seen_us == EVENT_NO_TIME) {
		add_null(out, "seen");
		return;
	}
	open = json_open(out, "seen", '{');
	add_time(out, "at", way->seen_us);
	add_bool(out, "present", way->seen_present);
	add_index(out, way->seen_index);
	json_close(out, open);
}

static void
add_way(struct buf *out, const struct way_back *way)
{
	size_t open = json_open(out, NULL, '{');

	add_word(out, "kind", way_kinds[way->way].name);
	add_word(out, "state", way_state_names[way->state]);
	add_text(out, "object", way->object);
	add_text(out, "name", way->name);
	add_text(out, "holder", way->holder);
	add_text(out, "holder_name", way->holder_name);
	add_text(out, "place", way->place);
	add_text(out, "detail", way->detail);
	add_word(out, "intruder", damage_intruder_name(way->intruder));
	add_moment(out, "opened", way->opened_us, way->opened_index);
	add_moment(out, "used", way->used_us, way->used_index);
	add_moment(out, "closed", way->closed_us, way->closed_index);
	add_seen(out, way);
	add_text(out, "where", way->where);
	add_mark_number(out, "statement", way->statement);
	json_close(out, open);
}

static void
add_statement(struct buf *out, const struct damage_statement *statement)
{
	static const char *const kinds[] = {
	    [STATEMENT_AWARE] = "aware",
	    [STATEMENT_STATE] = "state",
	    [STATEMENT_ASSESSED] = "assessed",
	    [STATEMENT_EXPORTED] = "exported",
	    [STATEMENT_CLOSED] = "closed",
	};
	size_t open = json_open(out, NULL, '{');

	add_word(out, "kind", kinds[statement->kind]);
	add_text(out, "text", statement->text);
	add_text(out, "by", statement->by);
	add_text(out, "evidence", statement->evidence);
	add_text(out, "way",
	    statement->way < WAY_COUNT
	        ? slice_cstr(way_kinds[statement->way].name)
	        : SLICE(""));
	add_text(out, "source", statement->source);
	add_time(out, "until", statement->until_us);
	add_time(out, "at", statement->at_us);
	if (statement->kind == STATEMENT_CLOSED)
		json_u64(out, "case", statement->number);
	else
		add_null(out, "case");
	add_index(out, statement->index);
	json_close(out, open);
}

static void
add_country(struct buf *out, const struct damage_count *country)
{
	size_t open = json_open(out, NULL, '{');

	add_text(out, "country", country->name);
	json_u64(out, "people", country->people);
	json_close(out, open);
}

static void
add_lists(struct buf *out, const struct damage *damage)
{
	open_list(out, "items");
	for (size_t i = 0; i < damage->item_count; i++)
		add_item(out, &damage->items[i]);
	buf_char(out, ']');
	open_list(out, "undetermined");
	for (size_t i = 0; i < damage->unseen_count; i++)
		add_unseen(out, &damage->unseen[i]);
	buf_char(out, ']');
	open_list(out, "ways");
	for (size_t i = 0; i < damage->way_count; i++)
		add_way(out, &damage->ways[i]);
	buf_char(out, ']');
	open_list(out, "owners");
	for (size_t i = 0; i < damage->country_count; i++)
		add_country(out, &damage->countries[i]);
	buf_char(out, ']');
	open_list(out, "statements");
	for (size_t i = 0; i < damage->statement_count; i++)
		add_statement(out, &damage->statements[i]);
	buf_char(out, ']');
	open_list(out, "evidence");
	for (size_t i = 0; i < damage->evidence_count; i++)
		json_u64(out, NULL, damage->evidence[i]);
	buf_char(out, ']');
}

void
damage_json(struct buf *out, const struct damage *damage)
{
	size_t open = json_open(out, NULL, '{');

	add_word(out, "format", "firn-damage/1");
	add_word(out, "firn", FIRN_VERSION);
	json_u64(out, "readers", EVENT_READERS);
	add_ledger(out, damage);
	add_verdict(out, damage);
	add_clock(out, damage);
	add_counts(out, damage);
	add_intrusion(out, damage);
	add_lists(out, damage);
	json_close(out, open);
	buf_char(out, '\n');
}
