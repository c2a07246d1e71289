/*
 * Several tellings of one event: of each thing the one is taken that says more,
 * by an order that is the same for all, so that no order of records matters.
 */
#include <stdlib.h>

#include "incident/act_part.h"

/* --- clients that read by themselves --- */

/*
 * Services of the supplier that read mailboxes and files without being asked.
 * The first six are those of the client RESTSystem in a recorded log
 * (github.com/invictus-ir/o365_dataset); the others are services in Microsoft's
 * list "Application IDs of commonly used Microsoft applications"
 * (learn.microsoft.com, "Verify first-party Microsoft applications in sign-in
 * reports").  Graph, Exchange, Office and Outlook are what people and their
 * apps come by, so they are not here.
 */
static const struct slice services[] = {
    SLICE_INIT("3c8e478f-21ca-493a-b87c-c7366d664d54"),
    SLICE_INIT("8a18aa92-0a1e-4e06-abd0-e118fa4787b1"),
    SLICE_INIT("b6e65498-8dce-4d57-8de9-1269fcfcf6ce"),
    SLICE_INIT("7a5fbd1c-3e6d-461a-9075-83049393b3a7"),
    SLICE_INIT("5a2ee4c5-13b8-465b-88d7-75ecf16830ad"),
    SLICE_INIT("f3f64fec-ecee-4e9a-9eed-a36a5e421300"),
    SLICE_INIT("b669c6ea-1adf-453f-b8bc-6d526592b419"), /* Focused Inbox */
    SLICE_INIT("66a88757-258c-4c72-893c-3e8bed4d6899"), /* Search Service */
    /* Media Analysis and Transformation Service */
    SLICE_INIT("944f0bd1-117b-4b1c-af26-804ed95e767e"),
    SLICE_INIT("0cd196ee-71bf-4fd6-a57c-b491ffd4fb1e"),
};

static bool
holds(struct slice s, struct slice word)
{
	return s.len >= word.len &&
	       memmem(s.ptr, s.len, word.ptr, word.len) != NULL;
}

bool
act_is_background(const struct act *act)
{
	static const struct slice system = SLICE_INIT("RESTSystem");
	/* How SharePoint's crawler calls itself. */
	static const struct slice robot = SLICE_INIT("MS Search 6.0 Robot");
	const struct slice *col = act->col;

	if (holds(col[EV_CLIENT], system) ||
	    holds(col[EV_USER_AGENT], system) ||
	    holds(col[EV_USER_AGENT], robot) ||
	    slice_eq(col[EV_ACTOR_TYPE], SLICE("system")))
		return true;
	if (col[EV_SESSION].len > 0)
		return false;
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (slice_eq(col[EV_APP_ID], services[i]))
			return true;
	return false;
}

/* --- which of two says more --- */

static struct slice
fuller(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return a.len > b.len ? a : b;
	return slice_order(a, b) <= 0 ? a : b;
}

static const struct slice *
fuller_columns(
    const struct slice *a, const struct slice *b, struct arena *arena)
{
	struct slice *col;

	if (a == b)
		return a;
	col = arena_alloc(arena, EV_COLUMNS * sizeof(*col));
	for (int i = 0; i < EV_COLUMNS; i++)
		col[i] = fuller(a[i], b[i]);
	return col;
}

/* A time that is unknown is EVENT_NO_TIME, below all others. */
static int64_t
earlier(int64_t a, int64_t b)
{
	if (a == EVENT_NO_TIME || b == EVENT_NO_TIME)
		return a > b ? a : b;
	return a < b ? a : b;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Of an end, EVENT_NO_TIME says that there is none. */
static int64_t
later_end(int64_t a, int64_t b)
{
	return a == EVENT_NO_TIME || b == EVENT_NO_TIME ? EVENT_NO_TIME
	                                                : later(a, b);
}

/* --- lists --- */

static int
number_order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
reach_order(const void *left, const void *right)
{
	const struct reach *a = left, *b = right;
	int order = number_order(a->kind, b->kind);

	if (!order)
		order = slice_order(a->place, b->place);
	if (!order)
		order = slice_order(a->id, b->id);
	/* What has no id is known by its name. */
	if (!order && a->id.len == 0)
		order = slice_order(a->name, b->name);
	return order ? order : number_order(a->how, b->how);
}

static void
reach_join(void *into, const void *from)
{
	struct reach *a = into;
	const struct reach *b = from;

	a->folder = fuller(a->folder, b->folder);
	a->name = fuller(a->name, b->name);
	a->label = fuller(a->label, b->label);
	if (memcmp(a->store, b->store, sizeof(a->store)) < 0)
		memcpy(a->store, b->store, sizeof(a->store));
	a->size = later(a->size, b->size);
	a->more = a->more > b->more ? a->more : b->more;
	a->from_us = earlier(a->from_us, b->from_us);
	a->to_us = a->how == REACH_LEAKED ? later_end(a->to_us, b->to_us)
	                                  : later(a->to_us, b->to_us);
}

static int
change_order(const void *left, const void *right)
{
	const struct way_change *a = left, *b = right;
	int order = number_order(a->way, b->way);

	if (!order)
		order = number_order(a->verb, b->verb);
	if (!order)
		order = slice_order(a->object, b->object);
	if (!order)
		order = slice_order(a->holder, b->holder);
	return order ? order : slice_order(a->place, b->place);
}

static void
change_join(void *into, const void *from)
{
	struct way_change *a = into;
	const struct way_change *b = from;

	a->name = fuller(a->name, b->name);
	a->holder_name = fuller(a->holder_name, b->holder_name);
	a->detail = fuller(a->detail, b->detail);
}

static int
blind_order(const void *left, const void *right)
{
	const struct blind *a = left, *b = right;
	int order = number_order(a->cause, b->cause);

	if (!order)
		order = number_order(a->ends, b->ends);
	return order ? order : slice_order(a->place, b->place);
}

static void
blind_join(void *into, const void *from)
{
	struct blind *a = into;
	const struct blind *b = from;

	a->to_us = later_end(a->to_us, b->to_us);
}

/* How a list of an act is made one without repeats. */
struct kind_of_list {
	size_t size;
	int (*order)(const void *, const void *);
	void (*join)(void *, const void *);
};

static const struct kind_of_list reach_list = {
    sizeof(struct reach), reach_order, reach_join};
static const struct kind_of_list change_list = {
    sizeof(struct way_change), change_order, change_join};
static const struct kind_of_list blind_list = {
    sizeof(struct blind), blind_order, blind_join};

/* Sorts and joins in place; returns how many are left. */
static size_t
tidy(void *list, size_t count, const struct kind_of_list *of)
{
	char *bytes = list;
	size_t kept = 0;

	if (count < 2)
		return count;
	qsort(bytes, count, of->size, of->order);
	for (size_t i = 1; i < count; i++) {
		char *last = bytes + kept * of->size;
		char *next = bytes + i * of->size;

		if (of->order(last, next) == 0) {
			of->join(last, next);
			continue;
		}
		kept++;
		if (next != last + of->size)
			memcpy(last + of->size, next, of->size);
	}
	return kept + 1;
}

/* Both lists as one; *count is a's, and then of the result. */
static const void *
unite(const struct kind_of_list *of, const void *a, uint32_t *count,
    const void *b, uint32_t b_count, struct arena *arena)
{
	size_t sum = (size_t)*count + b_count;
	char *list;

	if (b_count == 0)
		return a;
	list = arena_alloc(arena, sum * of->size);
	if (*count > 0)
		memcpy(list, a, *count * of->size);
	memcpy(list + *count * of->size, b, b_count * of->size);
	*count = (uint32_t)tidy(list, sum, of);
	return list;
}

size_t
act_tidy_reaches(struct reach *list, size_t count)
{
	return tidy(list, count, &reach_list);
}

size_t
act_tidy_blinds(struct blind *list, size_t count)
{
	return tidy(list, count, &blind_list);
}

const struct way_change *
act_tidy_changes(const struct way_change *list, size_t count, uint32_t *left,
    struct arena *arena)
{
	struct way_change *copy;

	*left = 0;
	if (count == 0)
		return NULL;
	copy = arena_alloc(arena, count * sizeof(*copy));
	memcpy(copy, list, count * sizeof(*copy));
	*left = (uint32_t)tidy(copy, count, &change_list);
	return copy;
}

/* --- the act --- */

/* An event that one telling says took place did. */
static enum event_outcome
outcome_of(enum event_outcome a, enum event_outcome b)
{
	if (a == OUTCOME_SUCCESS || b == OUTCOME_SUCCESS)
		return OUTCOME_SUCCESS;
	return a > b ? a : b;
}

static void
merge_attribution(struct act *act, const struct act *other)
{
	if (other->certainty > act->certainty)
		act->certainty = other->certainty;
	if (other->mark < act->mark)
		act->mark = other->mark;
	if (other->why > act->why)
		act->why = other->why;
}

void
act_merge(struct act *act, const struct act *other, struct arena *arena)
{
	if (other->index < act->index)
		act->index = other->index;
	act->time_us = earlier(act->time_us, other->time_us);
	if (other->kind > act->kind)
		act->kind = other->kind;
	act->outcome = outcome_of(act->outcome, other->outcome);
	act->event = fuller(act->event, other->event);
	act->col = fuller_columns(act->col, other->col, arena);
	act->ip = fuller(act->ip, other->ip);
	act->token = fuller(act->token, other->token);
	act->mailbox = fuller(act->mailbox, other->mailbox);
	act->credential = fuller(act->credential, other->credential);
	act->account = fuller(act->account, other->account);
	act->account_id = fuller(act->account_id, other->account_id);
	act->app_only |= other->app_only;
	act->signin |= other->signin;
	act->background = act_is_background(act);
	act->reaches = unite(&reach_list, act->reaches, &act->reach_count,
	    other->reaches, other->reach_count, arena);
	act->changes = unite(&change_list, act->changes, &act->change_count,
	    other->changes, other->change_count, arena);
	act->blinds = unite(&blind_list, act->blinds, &act->blind_count,
	    other->blinds, other->blind_count, arena);
	merge_attribution(act, other);
}
