#include "incident/damage_words.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/event.h"
#include "finding/report_plain.h"

/* Bytes of "2026-03-02 10:00:31", and where its blank goes. */
#define SECOND_TEXT 19
#define DAY_TEXT    10

const char *const damage_certainty_names[] = {
    [DAMAGE_POSSIBLE] = "possibly accessed",
    [DAMAGE_ACCESSED] = "accessed",
};

const char *
damage_intruder_name(enum certainty certainty)
{
	static const char *const names[] = {
	    [NOT_INTRUDER] = "not the intruder",
	    [LIKELY_INTRUDER] = "likely",
	    [CERTAINLY_INTRUDER] = "certain",
	};

	return names[certainty];
}

const char *
damage_mark_words(enum mark_kind kind)
{
	return kind == MARK_IP     ? "address"
	       : kind == MARK_USER ? "account"
	                           : mark_kind_names[kind];
}

static const struct {
	const char *one, *many, *title;
} kinds[REACH_KINDS] = {
    [REACH_MESSAGE] = {"message", "messages", "Messages"},
    [REACH_ATTACHMENT] = {"attachment", "attachments", "Attachments"},
    [REACH_FOLDER] = {"folder", "folders", "Folders"},
    [REACH_MAILBOX] = {"mailbox", "mailboxes", "Mailboxes"},
    [REACH_FILE] = {"file", "files", "Files"},
    [REACH_CHAT] = {"chat", "chats", "Chats and channels"},
    [REACH_SITE] = {"site", "sites", "Sites"},
    [REACH_SEARCH] = {"search", "searches", "Searches"},
    [REACH_COPILOT] = {"Copilot interaction", "Copilot interactions",
        "Copilot interactions"},
    [REACH_EXPORT] = {"export", "exports", "Exports"},
    [REACH_SENT] = {"mail sent", "mails sent", "Mails sent as the victim"},
    [REACH_LEAK] = {"leaking mailbox", "leaking mailboxes",
        "Handed out by rules and forwarding"},
    [REACH_LINK] = {"share link", "share links", "Share links"},
    [REACH_DIRECTORY] = {"directory list", "directory lists",
        "People, apps and groups"},
};

void
damage_kind_count(struct buf *out, enum reach_kind kind, uint64_t n)
{
	words_number(out, n);
	buf_char(out, ' ');
	buf_str(out, n == 1 ? kinds[kind].one : kinds[kind].many);
}

const char *
damage_kind_title(enum reach_kind kind)
{
	return kinds[kind].title;
}

void
damage_time(struct buf *out, int64_t time_us)
{
	char text[TIME_TEXT_MAX];

	if (time_us == EVENT_NO_TIME) {
		buf_char(out, '-');
		return;
	}
	time_format(time_us, text);
	text[DAY_TEXT] = ' ';
	buf_add(out, text, SECOND_TEXT);
}

struct slice
damage_name(struct slice name, struct slice id)
{
	return name.len ? name : id;
}

void
damage_last_by(struct buf *out, const struct damage *damage)
{
	uint32_t mark = damage->verdict.last_mark;

	if (damage->verdict.last_us == EVENT_NO_TIME ||
	    mark >= damage->mark_count)
		return;
	buf_printf(out, "%s ", damage_mark_words(damage->marks[mark].kind));
	buf_slice_add(out, damage->marks[mark].value);
}

void
damage_statement_words(struct buf *out, const struct damage_statement *said)
{
	static const char *const before[] = {
	    [STATEMENT_AWARE] = "is aware of it",
	    [STATEMENT_STATE] = "",
	    [STATEMENT_ASSESSED] = "assessed",
	    [STATEMENT_EXPORTED] = "wrote a report into",
	    [STATEMENT_CLOSED] = "closed case",
	};

	buf_str(out, before[said->kind]);
	if (said->kind == STATEMENT_CLOSED)
		buf_printf(out, " %ju", (uintmax_t)said->number);
	if (said->text.len && out->len)
		buf_str(out, said->kind == STATEMENT_CLOSED ? ": " : " ");
	buf_slice_add(out, said->text);
}

/* --- counting --- */

static int
by_bytes(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return slice_order(*x, *y);
}

static uint64_t
count_distinct(struct slice *list, size_t n)
{
	uint64_t distinct = 0;

	if (n)
		qsort(list, n, sizeof(*list), by_bytes);
	for (size_t i = 0; i < n; i++)
		distinct += !i || !slice_eq(list[i], list[i - 1]);
	return distinct;
}

static bool
in_mailbox(enum reach_kind kind)
{
	return kind == REACH_MESSAGE || kind == REACH_ATTACHMENT ||
	       kind == REACH_FOLDER || kind == REACH_MAILBOX ||
	       kind == REACH_LEAK;
}

static bool
in_site(enum reach_kind kind)
{
	return kind == REACH_FILE || kind == REACH_SITE;
}

static uint64_t
count_places(const struct damage *damage, enum damage_certainty certainty,
    bool (*in)(enum reach_kind kind))
{
	struct slice *list = xcalloc(damage->item_count + 1, sizeof(*list));
	size_t n = 0;
	uint64_t distinct;

	for (size_t i = 0; i < damage->item_count; i++) {
		const struct damage_item *item = &damage->items[i];

		/* Most stand beside others of their place. */
		if (item->certainty != certainty || !in(item->reach.kind) ||
		    !item->reach.place.len ||
		    (n && slice_eq(list[n - 1], item->reach.place)))
			continue;
		list[n++] = item->reach.place;
	}
	distinct = count_distinct(list, n);
	free(list);
	return distinct;
}

void
damage_count(const struct damage *damage, struct damage_tally *tally)
{
	*tally = (struct damage_tally){0};
	for (size_t i = 0; i < damage->item_count; i++) {
		const struct damage_item *item = &damage->items[i];

		tally->items[item->certainty]++;
		tally->kinds[item->certainty][item->reach.kind]++;
		tally->secrets += item->secrets != 0;
	}
	for (int i = DAMAGE_POSSIBLE; i <= DAMAGE_ACCESSED; i++) {
		tally->mailboxes[i] =
		    count_places(damage, (enum damage_certainty)i, in_mailbox);
		tally->sites[i] =
		    count_places(damage, (enum damage_certainty)i, in_site);
	}
	for (size_t i = 0; i < damage->way_count; i++)
		tally->ways[damage->ways[i].state]++;
}

void
damage_kinds(struct buf *out, const struct damage_tally *tally,
    enum damage_certainty certainty)
{
	bool any = false;

	for (int i = 0; i < REACH_KINDS; i++) {
		uint64_t n = tally->kinds[certainty][i];

		if (!n)
			continue;
		if (any)
			buf_str(out, ", ");
		damage_kind_count(out, (enum reach_kind)i, n);
		any = true;
	}
	if (!any)
		buf_str(out, "nothing");
}

/* --- the records --- */

struct indexes {
	uint64_t *list;
	size_t count, room;
};

static void
add_index(struct indexes *indexes, uint64_t index)
{
	if (index == NO_ACT)
		return;
	if (indexes->count == indexes->room) {
		indexes->room = indexes->room ? 2 * indexes->room : 256;
		indexes->list = xrealloc(
		    indexes->list, indexes->room * sizeof(*indexes->list));
	}
	indexes->list[indexes->count++] = index;
}

static void
add_indexes(struct indexes *indexes, const struct damage *damage)
{
	for (size_t i = 0; i < damage->evidence_count; i++)
		add_index(indexes, damage->evidence[i]);
	for (size_t i = 0; i < damage->item_count; i++)
		add_index(indexes, damage->items[i].index);
	for (size_t i = 0; i < damage->step_count; i++)
		add_index(indexes, damage->steps[i].index);
	for (size_t i = 0; i < damage->mark_count; i++) {
		const struct mark *mark = &damage->marks[i];
		uint64_t given;

		add_index(indexes, mark->via_index);
		/* Also one that was erased since, and is no act. */
		if (mark->kind == MARK_RECORD &&
		    slice_to_u64(mark->value, &given))
			add_index(indexes, given);
	}
	for (size_t i = 0; i < damage->unseen_count; i++)
		add_index(indexes, damage->unseen[i].index);
	for (size_t i = 0; i < damage->statement_count; i++)
		add_index(indexes, damage->statements[i].index);
	for (size_t i = 0; i < damage->way_count; i++) {
		const struct way_back *way = &damage->ways[i];

		add_index(indexes, way->opened_index);
		add_index(indexes, way->used_index);
		add_index(indexes, way->closed_index);
		add_index(indexes, way->seen_index);
	}
	if (damage->verdict.last_us != EVENT_NO_TIME)
		add_index(indexes, damage->verdict.last_index);
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

uint64_t *
damage_records(const struct damage *damage, size_t *count)
{
	struct indexes indexes = {0};
	size_t n = 0;

	add_indexes(&indexes, damage);
	if (indexes.count)
		qsort(indexes.list, indexes.count, sizeof(*indexes.list),
		    by_number);
	for (size_t i = 0; i < indexes.count; i++)
		if (!i || indexes.list[i] != indexes.list[n - 1])
			indexes.list[n++] = indexes.list[i];
	*count = n;
	return indexes.list;
}
