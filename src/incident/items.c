#include "incident/items.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"

/* What is known of all acts, to tell the things that they reached apart. */
struct finding {
	struct known *known;      /* owned */
	struct stored *stored;    /* owned */
	struct closing *closings; /* owned */
	size_t known_count, stored_count, closing_count;
};

/* --- the same mailbox by two names --- */

/* Graph knows people by id, mailbox records by name; some acts know both. */
struct known {
	struct slice id, name;
};

static int
known_order(const void *left, const void *right)
{
	const struct known *a = left, *b = right;
	int order = slice_order(a->id, b->id);

	return order ? order : slice_order(a->name, b->name);
}

/* Of an id with two names the first counts, whatever the order was. */
static size_t
known_tidy(struct known *list, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(list, count, sizeof(*list), known_order);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || !slice_eq(list[kept - 1].id, list[i].id))
			list[kept++] = list[i];
	return kept;
}

static size_t
known_find(const struct act *acts, size_t count, struct known **out)
{
	struct known *list;
	size_t n = 1;

	for (size_t i = 0; i < count; i++)
		n += acts[i].account.len > 0 && acts[i].account_id.len > 0;
	list = xcalloc(n, sizeof(*list));
	n = 0;

	for (size_t i = 0; i < count; i++)
		if (acts[i].account.len > 0 && acts[i].account_id.len > 0)
			list[n++] =
			    (struct known){acts[i].account_id, acts[i].account};
	*out = list;
	return known_tidy(list, n);
}

static struct slice
name_of(const struct known *list, size_t count, struct slice id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_order(list[middle].id, id);

		if (order == 0)
			return list[middle].name;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return id;
}

/* --- the same message by two ids --- */

/* A message that a record names by the store's id, or by both. */
struct stored {
	const struct reach *reach;
	bool doubtful; /* records name it by two InternetMessageIds */
};

static const unsigned char no_store[REACH_STORE_LEN];

static bool
has_store(const struct reach *reach)
{
	return memcmp(reach->store, no_store, sizeof(no_store)) != 0;
}

static bool
has_char(struct slice text, char c)
{
	return text.len > 0 && memchr(text.ptr, c, text.len) != NULL;
}

/* Ids of the store have no '<' in them. */
static bool
is_internet_id(struct slice id)
{
	return has_char(id, '<');
}

static int
stored_same(const void *left, const void *right)
{
	const struct reach *a = ((const struct stored *)left)->reach;
	const struct reach *b = ((const struct stored *)right)->reach;
	int order = (a->kind > b->kind) - (a->kind < b->kind);

	return order ? order : memcmp(a->store, b->store, REACH_STORE_LEN);
}

/* The InternetMessageId first, by which most records name it. */
static int
stored_order(const void *left, const void *right)
{
	const struct reach *a = ((const struct stored *)left)->reach;
	const struct reach *b = ((const struct stored *)right)->reach;
	int order = stored_same(left, right);

	if (!order)
		order = is_internet_id(b->id) - is_internet_id(a->id);
	if (!order)
		order = slice_order(a->id, b->id);
	return order ? order : slice_order(a->place, b->place);
}

/* By whichever records, whoever did it. */
static size_t
stored_find(const struct act *acts, size_t count, struct stored **out)
{
	struct stored *list;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < acts[i].reach_count; j++)
			n += has_store(&acts[i].reaches[j]);
	list = xcalloc(n + 1, sizeof(*list));
	n = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < acts[i].reach_count; j++)
			if (has_store(&acts[i].reaches[j]))
				list[n++].reach = &acts[i].reaches[j];
	qsort(list, n, sizeof(*list), stored_order);
	*out = list;
	return n;
}

/*
 * A message lies in one mailbox, so that the owner's id and name are known to
 * be one from it, too.
 */
static void
learn_places(struct finding *finding, const struct stored *list, size_t count)
{
	size_t first = 0, n = finding->known_count;

	finding->known =
	    xrealloc(finding->known, (n + count + 1) * sizeof(*finding->known));
	for (size_t i = 0; i < count; i++) {
		struct slice id = list[i].reach->place, name;

		if (stored_same(&list[first], &list[i]) != 0)
			first = i;
		name = list[first].reach->place;
		if (!has_char(id, '@') && id.len > 0 && has_char(name, '@'))
			finding->known[n++] = (struct known){id, name};
	}
	finding->known_count = known_tidy(finding->known, n);
}

/* Each message once. */
static size_t
stored_tidy(struct stored *list, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct slice id = list[i].reach->id;

		if (kept == 0 || stored_same(&list[kept - 1], &list[i]) != 0)
			list[kept++] = list[i];
		else if (is_internet_id(id) &&
		         !slice_eq(id, list[kept - 1].reach->id))
			list[kept - 1].doubtful = true;
	}
	return kept;
}

/* The id that all records can have. */
static struct slice
id_of(const struct stored *list, size_t count, const struct reach *reach)
{
	const struct stored key = {.reach = reach};
	const struct stored *found;

	if (!has_store(reach) || is_internet_id(reach->id))
		return reach->id;
	found = bsearch(&key, list, count, sizeof(*list), stored_same);
	return found->doubtful ? reach->id : found->reach->id;
}

/* --- until when a rule handed mails out --- */

/* A closing of a way that leaks, by whoever. */
struct closing {
	const struct way_change *change;
	int64_t time_us;
};

static bool
is_leak_way(enum way way)
{
	return way == WAY_INBOX_RULE || way == WAY_HIDDEN_RULE ||
	       way == WAY_FORWARDING || way == WAY_TRANSPORT_RULE ||
	       way == WAY_JOURNAL_RULE;
}

/* The object has the mailbox in it; the place is as each record spells it. */
static int
change_order(const struct way_change *a, const struct way_change *b)
{
	int order = (a->way > b->way) - (a->way < b->way);

	return order ? order : slice_order(a->object, b->object);
}

static int
closing_order(const void *left, const void *right)
{
	const struct closing *a = left, *b = right;
	int order = change_order(a->change, b->change);

	return order ? order
	             : (a->time_us > b->time_us) - (a->time_us < b->time_us);
}

static size_t
closings_find(const struct act *acts, size_t count, struct closing **out)
{
	struct closing *list;
	size_t room = 1, n = 0;

	for (size_t i = 0; i < count; i++)
		room += acts[i].change_count;
	list = xcalloc(room, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < acts[i].change_count; j++) {
			const struct way_change *change = &acts[i].changes[j];

			if (change->verb == WAY_CLOSES &&
			    is_leak_way(change->way) &&
			    acts[i].outcome != OUTCOME_FAILURE)
				list[n++] =
				    (struct closing){change, acts[i].time_us};
		}
	qsort(list, n, sizeof(*list), closing_order);
	*out = list;
	return n;
}

/* The first closing of what the change opened, after it; EVENT_NO_TIME. */
static int64_t
closed_at(const struct closing *list, size_t count,
    const struct way_change *change, int64_t time_us)
{
	const struct closing key = {change, time_us};
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (closing_order(&list[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == count || change_order(list[low].change, change) != 0)
		return EVENT_NO_TIME;
	return list[low].time_us;
}

/* --- hits --- */

/* One act's reaching of one thing. */
struct hit {
	const struct reach *reach;
	const struct act *act;
	struct slice place, id; /* by the names that all records can have */
	int64_t to_us;          /* of a leak, until it was closed */
};

/*
 * A rule is known by its name and by its id, and closed by either of them; of
 * a forwarding each address is closed by itself.
 */
static int64_t
leak_end(const struct finding *finding, const struct act *act)
{
	int64_t end = EVENT_NO_TIME;

	for (size_t i = 0; i < act->change_count; i++) {
		const struct way_change *change = &act->changes[i];
		bool each = change->way == WAY_FORWARDING;
		int64_t at;

		if (change->verb != WAY_OPENS || !is_leak_way(change->way))
			continue;
		at = closed_at(finding->closings, finding->closing_count,
		    change, act->time_us);
		if (at == EVENT_NO_TIME && each)
			return at;
		if (at != EVENT_NO_TIME &&
		    (end == EVENT_NO_TIME || (each ? at > end : at < end)))
			end = at;
	}
	return end;
}

static struct hit
make_hit(const struct finding *finding, const struct act *act,
    const struct reach *reach)
{
	return (struct hit){.reach = reach,
	    .act = act,
	    .place =
	        name_of(finding->known, finding->known_count, reach->place),
	    .id = id_of(finding->stored, finding->stored_count, reach),
	    .to_us = reach->how == REACH_LEAKED ? leak_end(finding, act)
	                                        : reach->to_us};
}

static enum damage_certainty
certainty_of(const struct hit *hit)
{
	return hit->act->certainty == CERTAINLY_INTRUDER &&
	               hit->reach->how == REACH_NAMED
	           ? DAMAGE_ACCESSED
	           : DAMAGE_POSSIBLE;
}

static int
order_of(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/*
 * What is covered in several ways, as a whole, is an item for each of them, so
 * that no reason hides another.
 */
static int
same_item(const struct hit *a, const struct hit *b)
{
	const struct reach *x = a->reach, *y = b->reach;
	int order = order_of(x->kind, y->kind);

	if (!order)
		order = slice_order(a->place, b->place);
	if (!order)
		order = slice_order(a->id, b->id);
	if (!order && a->id.len == 0)
		order = slice_order(x->name, y->name);
	if (!order && (x->kind == REACH_MAILBOX || x->kind == REACH_FOLDER))
		order = order_of(x->how, y->how);
	return order;
}

/* Items in order, the hits of each with the strongest, first one in front. */
static int
hit_order(const void *left, const void *right)
{
	const struct hit *a = left, *b = right;
	int order = same_item(a, b);

	if (!order)
		order = order_of(certainty_of(b), certainty_of(a));
	if (!order)
		order = order_of(b->act->certainty, a->act->certainty);
	if (!order)
		order = order_of(a->reach->how, b->reach->how);
	if (!order)
		order = order_of(a->act->time_us, b->act->time_us);
	if (!order)
		order = slice_order(a->act->event, b->act->event);
	return order ? order
	             : (a->act->index > b->act->index) -
	                   (a->act->index < b->act->index);
}

static size_t
hits_find(const struct act *acts, size_t count, struct hit **out)
{
	struct finding finding = {0};
	struct hit *list;
	size_t room = 1, n = 0;

	finding.known_count = known_find(acts, count, &finding.known);
	finding.stored_count = stored_find(acts, count, &finding.stored);
	learn_places(&finding, finding.stored, finding.stored_count);
	finding.stored_count =
	    stored_tidy(finding.stored, finding.stored_count);
	finding.closing_count = closings_find(acts, count, &finding.closings);
	for (size_t i = 0; i < count; i++)
		if (acts[i].certainty != NOT_INTRUDER)
			room += acts[i].reach_count;
	list = xcalloc(room, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; acts[i].certainty != NOT_INTRUDER &&
		                   j < acts[i].reach_count;
		     j++)
			list[n++] =
			    make_hit(&finding, &acts[i], &acts[i].reaches[j]);
	free(finding.known);
	free(finding.stored);
	free(finding.closings);
	qsort(list, n, sizeof(*list), hit_order);
	*out = list;
	return n;
}

/* --- items --- */

static void
fill(struct slice *text, struct slice other)
{
	if (text->len == 0)
		*text = other;
}

static void
add_times(struct reach *reach, int64_t from_us, int64_t to_us)
{
	if (from_us != EVENT_NO_TIME &&
	    (reach->from_us == EVENT_NO_TIME || from_us < reach->from_us))
		reach->from_us = from_us;
	if (reach->how == REACH_LEAKED &&
	    (reach->to_us == EVENT_NO_TIME || to_us == EVENT_NO_TIME))
		reach->to_us = EVENT_NO_TIME;
	else if (to_us > reach->to_us)
		reach->to_us = to_us;
}

/* Counts are added only of acts that are as certainly the intruder's. */
static void
add_hit(struct damage_item *item, const struct hit *hit)
{
	const struct reach *reach = hit->reach;

	item->acts++;
	fill(&item->reach.folder, reach->folder);
	fill(&item->reach.name, reach->name);
	fill(&item->reach.label, reach->label);
	if (item->reach.size < 0)
		item->reach.size = reach->size;
	if (hit->act->certainty == item->intruder &&
	    __builtin_add_overflow(
	        item->reach.more, reach->more, &item->reach.more))
		item->reach.more = UINT64_MAX;
	add_times(&item->reach, reach->from_us, hit->to_us);
}

static struct damage_item
make_item(const struct hit *hit)
{
	struct damage_item item = {
	    .reach = *hit->reach,
	    .certainty = certainty_of(hit),
	    .intruder = hit->act->certainty,
	    .mark = hit->act->mark,
	    .acts = 1,
	    .index = hit->act->index,
	};

	item.reach.place = hit->place;
	item.reach.id = hit->id;
	item.reach.to_us = hit->to_us;
	return item;
}

static int
item_order(const void *left, const void *right)
{
	const struct reach *a = &((const struct damage_item *)left)->reach;
	const struct reach *b = &((const struct damage_item *)right)->reach;
	int order = order_of(a->kind, b->kind);

	if (!order)
		order = slice_order(a->place, b->place);
	if (!order)
		order = order_of(a->from_us, b->from_us);
	if (!order)
		order = slice_order(a->id, b->id);
	if (!order)
		order = slice_order(a->name, b->name);
	return order ? order : order_of(a->how, b->how);
}

size_t
items_find(const struct act *acts, size_t act_count,
    const struct damage_item **out, struct arena *arena)
{
	struct hit *hits;
	size_t hit_count = hits_find(acts, act_count, &hits);
	struct damage_item *items;
	size_t count = 0;

	for (size_t i = 0; i < hit_count; i++)
		count += i == 0 || same_item(&hits[i - 1], &hits[i]) != 0;
	items = arena_calloc(arena, count + 1, sizeof(*items));
	count = 0;
	for (size_t i = 0; i < hit_count; i++)
		if (i == 0 || same_item(&hits[i - 1], &hits[i]) != 0)
			items[count++] = make_item(&hits[i]);
		else
			add_hit(&items[count - 1], &hits[i]);
	free(hits);
	for (size_t i = 0; i < count; i++)
		items[i].secrets = items_secrets(&items[i]);
	qsort(items, count, sizeof(*items), item_order);
	*out = items;
	return count;
}
