/*
 * The story: acts of one account, of one kind, attributed in one way, with no
 * long time between them, are one step.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "incident/act_part.h"
#include "incident/items.h"

#define GAP_US     (INT64_C(3600) * 1000000)
#define NAMES_MAX  3
#define DETAIL_MAX 120

enum step_kind {
	STEP_SIGNIN,
	STEP_READ,
	STEP_SEARCH,
	STEP_SENT,
	STEP_DIRECTORY,
	STEP_OTHER, /* by operation */
};

/* An act with what tells it from the acts of other steps. */
struct part {
	const struct act *act;
	enum step_kind kind;
	bool failed;
	struct slice who, operation;
};

static enum step_kind
kind_of(const struct act *act)
{
	enum step_kind kind = STEP_OTHER;

	if (act->signin)
		return STEP_SIGNIN;
	if (act->change_count > 0 || act->reach_count == 0)
		return STEP_OTHER;
	switch (act->reaches[0].kind) {
	case REACH_SEARCH:
		return STEP_SEARCH;
	case REACH_SENT:
		return STEP_SENT;
	case REACH_DIRECTORY:
		return STEP_DIRECTORY;
	case REACH_EXPORT:
	case REACH_LEAK:
	case REACH_LINK:
		break;
	default:
		kind = STEP_READ;
	}
	return kind;
}

static struct slice
who_of(const struct act *act)
{
	static const enum event_column columns[] = {
	    EV_ACTOR_NAME, EV_APP_NAME, EV_APP_ID, EV_ACTOR_ID};

	if (act->account.len > 0)
		return act->account;
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (act->col[columns[i]].len > 0)
			return act->col[columns[i]];
	return SLICE("");
}

static int
number_order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Parts of different steps, but for the time between them. */
static int
step_order(const struct part *a, const struct part *b)
{
	int order = slice_order(a->who, b->who);

	if (!order)
		order = number_order(a->kind, b->kind);
	if (!order)
		order = number_order(a->failed, b->failed);
	if (!order)
		order = number_order(a->act->certainty, b->act->certainty);
	if (!order)
		order = number_order(a->act->mark, b->act->mark);
	return order ? order : slice_order(a->operation, b->operation);
}

static int
part_order(const void *left, const void *right)
{
	const struct part *a = left, *b = right;
	int order = step_order(a, b);

	if (!order)
		order = number_order(a->act->time_us, b->act->time_us);
	if (!order)
		order = slice_order(a->act->event, b->act->event);
	return order ? order
	             : (a->act->index > b->act->index) -
	                   (a->act->index < b->act->index);
}

/* --- how many things --- */

static int
thing_order(const void *left, const void *right)
{
	const struct reach *a = *(const struct reach *const *)left;
	const struct reach *b = *(const struct reach *const *)right;
	int order = number_order(a->kind, b->kind);

	if (!order)
		order = number_order(a->how, b->how);
	if (!order)
		order = slice_order(a->place, b->place);
	return order ? order : slice_order(a->id, b->id);
}

struct count {
	uint64_t things, places;
};

/* All reaches of a step, sorted; for free(). */
static const struct reach **
things_of(const struct part *parts, size_t n, size_t *count)
{
	const struct reach **list;
	size_t room = 1;

	for (size_t i = 0; i < n; i++)
		room += parts[i].act->reach_count;
	list = xcalloc(room, sizeof(const struct reach *));
	*count = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < parts[i].act->reach_count; j++)
			list[(*count)++] = &parts[i].act->reaches[j];
	qsort(list, *count, sizeof(const struct reach *), thing_order);
	return list;
}

/* Of a kind and how, or of any kind (REACH_KINDS) but Copilot. */
static struct count
count_of(const struct reach *const *list, size_t n, enum reach_kind kind,
    enum reach_how how)
{
	const struct reach *last = NULL;
	struct count count = {0};

	for (size_t i = 0; i < n; i++) {
		const struct reach *reach = list[i];

		if (reach->how != how ||
		    (kind == REACH_KINDS ? reach->kind == REACH_COPILOT
		                         : reach->kind != kind))
			continue;
		if (last == NULL || !slice_eq(last->place, reach->place)) {
			count.places++;
			count.things++;
		} else if (!slice_eq(last->id, reach->id) ||
		           last->kind != reach->kind) {
			count.things++;
		}
		last = reach;
	}
	return count;
}

static void
add_number(struct buf *out, uint64_t n, const char *one, const char *many)
{
	buf_u64(out, n);
	buf_char(out, ' ');
	buf_str(out, n == 1 ? one : many);
}

static void
add_comma(struct buf *out)
{
	if (out->len > 0)
		buf_str(out, ", ");
}

static void
add_reads(struct buf *out, const struct reach *const *list, size_t n)
{
	static const struct {
		enum reach_kind kind;
		enum reach_how how;
		const char *verb, *one, *many, *place, *places;
	} rows[] = {
	    {REACH_MESSAGE, REACH_NAMED, "read ", "message", "messages",
	        "mailbox", "mailboxes"},
	    {REACH_ATTACHMENT, REACH_NAMED, "opened ", "attachment",
	        "attachments", "mailbox", "mailboxes"},
	    {REACH_FOLDER, REACH_SYNCED, "synchronised ", "whole folder",
	        "whole folders", "mailbox", "mailboxes"},
	    {REACH_MAILBOX, REACH_SYNCED, "synchronised ", "whole mailbox",
	        "whole mailboxes", NULL, NULL},
	    {REACH_FILE, REACH_NAMED, "opened ", "file", "files", "site",
	        "sites"},
	    {REACH_SITE, REACH_NAMED, "viewed ", "page or list",
	        "pages and lists", "site", "sites"},
	    {REACH_CHAT, REACH_NAMED, "read ", "chat", "chats", NULL, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct count count =
		    count_of(list, n, rows[i].kind, rows[i].how);

		if (count.things == 0)
			continue;
		add_comma(out);
		buf_str(out, rows[i].verb);
		add_number(out, count.things, rows[i].one, rows[i].many);
		if (rows[i].place == NULL)
			continue;
		buf_str(out, " in ");
		add_number(out, count.places, rows[i].place, rows[i].places);
	}
}

/* What is covered without being named. */
static void
add_covers(struct buf *out, const struct reach *const *list, size_t n)
{
	static const struct {
		enum reach_how how;
		const char *words;
	} rows[] = {
	    {REACH_AGGREGATED, "read more than is named in "},
	    {REACH_UNLISTED, "listed what is not named in "},
	    {REACH_THROTTLED, "read so much that logging stopped in "},
	};
	struct count copilot = count_of(list, n, REACH_COPILOT, REACH_NAMED);

	copilot.things +=
	    count_of(list, n, REACH_COPILOT, REACH_UNLISTED).things;
	if (copilot.things > 0) {
		add_comma(out);
		buf_str(out, "used Copilot in ");
		add_number(
		    out, copilot.things, "conversation", "conversations");
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct count count =
		    count_of(list, n, REACH_KINDS, rows[i].how);

		if (count.places == 0)
			continue;
		add_comma(out);
		buf_str(out, rows[i].words);
		add_number(out, count.places, "place", "places");
	}
}

/* --- names, up to a few --- */

static struct slice
detail_of(const struct act *act)
{
	if (act->change_count > 0 && act->changes[0].name.len > 0)
		return act->changes[0].name;
	if (act->reach_count > 0 && act->reaches[0].name.len > 0)
		return act->reaches[0].name;
	if (act->reach_count > 0 && act->reaches[0].id.len > 0)
		return act->reaches[0].id;
	if (act->col[EV_TARGET_NAME].len > 0)
		return act->col[EV_TARGET_NAME];
	return act->col[EV_TARGET_ID];
}

/* Cut between two characters. */
static void
add_short(struct buf *out, struct slice s)
{
	bool cut = s.len > DETAIL_MAX;

	if (cut)
		s.len = DETAIL_MAX;
	while (cut && s.len > 0 && ((unsigned char)s.ptr[s.len] & 0xc0) == 0x80)
		s.len--;
	buf_slice_add(out, s);
	if (cut)
		buf_str(out, "…");
}

static void
add_names(struct buf *out, const struct part *parts, size_t n)
{
	struct slice shown[NAMES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < n && count < NAMES_MAX; i++) {
		struct slice name = detail_of(parts[i].act);
		bool known = name.len == 0;

		for (size_t j = 0; j < count; j++)
			known |= slice_eq(shown[j], name);
		if (known)
			continue;
		buf_str(out, count == 0 ? ": " : ", ");
		add_short(out, name);
		shown[count++] = name;
	}
}

/* --- a step --- */

static void
add_signins(struct buf *out, const struct part *parts, size_t n)
{
	buf_str(out, parts[0].failed ? "tried to sign in" : "signed in");
	if (n > 1)
		buf_printf(out, " %zu times", n);
}

static void
add_what(struct buf *out, const struct part *parts, size_t n)
{
	size_t count;
	const struct reach **things;

	switch (parts[0].kind) {
	case STEP_SIGNIN:
		add_signins(out, parts, n);
		return;
	case STEP_READ:
		things = things_of(parts, n, &count);
		add_reads(out, things, count);
		add_covers(out, things, count);
		free(things);
		return;
	case STEP_SEARCH:
		buf_str(out, "searched ");
		add_number(out, n, "time", "times");
		break;
	case STEP_SENT:
		buf_str(out, "sent ");
		add_number(out, n, "message", "messages");
		break;
	case STEP_DIRECTORY:
		buf_str(out, "asked the directory ");
		add_number(out, n, "time", "times");
		break;
	default:
		if (parts[0].failed)
			buf_str(out, "tried ");
		add_short(out, parts[0].operation);
		if (n > 1)
			buf_printf(out, " %zu times", n);
	}
	add_names(out, parts, n);
}

static struct slice
mark_words(const struct intruder *intruder, uint32_t mark, struct arena *arena)
{
	const struct mark *by;
	struct slice text;

	if (mark == NO_MARK || mark >= intruder_mark_count(intruder))
		return SLICE("");
	by = intruder_mark(intruder, mark);
	text = by->name.len > 0 ? by->name : by->value;
	return arena_printf(
	    arena, "%s " SLICE_FMT, mark_kind_names[by->kind], SLICE_ARG(text));
}

static struct damage_step
make_step(const struct part *parts, size_t n, const struct intruder *intruder,
    struct arena *arena)
{
	const struct act *first = parts[0].act;
	struct buf what = {0};
	struct damage_step step = {
	    .time_us = first->time_us,
	    .last_us = parts[n - 1].act->time_us,
	    .who = parts[0].who,
	    .by = mark_words(intruder, first->mark, arena),
	    .certainty = first->certainty,
	    .acts = n,
	    .index = first->index,
	};

	add_what(&what, parts, n);
	step.what = arena_copy(arena, buf_slice(&what));
	buf_release(&what);
	return step;
}

static int
time_order(const void *left, const void *right)
{
	const struct damage_step *a = left, *b = right;
	int order = number_order(a->time_us, b->time_us);

	if (!order)
		order = (a->index > b->index) - (a->index < b->index);
	return order ? order : slice_order(a->what, b->what);
}

static bool
goes_on(const struct part *a, const struct part *b)
{
	int64_t between;

	return step_order(a, b) == 0 &&
	       !__builtin_sub_overflow(
	           b->act->time_us, a->act->time_us, &between) &&
	       between <= GAP_US;
}

static size_t
parts_of(const struct act *acts, size_t count, struct part *parts)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const struct act *act = &acts[i];
		enum step_kind kind = kind_of(act);

		if (act->certainty == NOT_INTRUDER)
			continue;
		parts[n++] = (struct part){
		    .act = act,
		    .kind = kind,
		    .failed = act->outcome == OUTCOME_FAILURE,
		    .who = who_of(act),
		    .operation = kind == STEP_OTHER
		                     ? act_plain(act->col[EV_OPERATION])
		                     : SLICE(""),
		};
	}
	qsort(parts, n, sizeof(*parts), part_order);
	return n;
}

size_t
steps_find(const struct act *acts, size_t act_count,
    const struct intruder *intruder, const struct damage_step **out,
    struct arena *arena)
{
	struct part *parts = xcalloc(act_count + 1, sizeof(*parts));
	size_t n = parts_of(acts, act_count, parts), count = 1;
	struct damage_step *steps;

	for (size_t i = 1; i < n; i++)
		count += !goes_on(&parts[i - 1], &parts[i]);
	steps = arena_calloc(arena, count, sizeof(*steps));
	count = 0;
	for (size_t i = 0, next; i < n; i = next) {
		next = i + 1;
		while (next < n && goes_on(&parts[next - 1], &parts[next]))
			next++;
		steps[count++] =
		    make_step(&parts[i], next - i, intruder, arena);
	}
	free(parts);
	qsort(steps, count, sizeof(*steps), time_order);
	*out = steps;
	return count;
}
