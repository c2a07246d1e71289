/*
 * Records become acts; what two records tell of one event becomes one.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "pipeline_damage_part.h"

/*
 * A million acts take some 300 MB, and as much what is said of them; what one
 * record names can be much more, so that bytes are counted, too.
 */
#define BYTES_MAX ((size_t)400 << 20)

#define NARROW                                                                 \
	"assess a later --from, or cut a branch by --cut, and the rest of it " \
	"in another call"

#define NAMES_SAID 3

int
damage_too_many(const struct assess *assess, struct err *err)
{
	size_t count = intruder_name_count(assess->intruder);
	struct buf names = {0};

	for (size_t i = assess->names_before; i < count; i++) {
		const struct mark_name *name =
		    intruder_name(assess->intruder, i);

		buf_str(&names, i > assess->names_before ? ", " : " (");
		if (i == assess->names_before + NAMES_SAID) {
			buf_str(&names, "...");
			break;
		}
		buf_printf(&names, "%s:" SLICE_FMT, mark_kind_names[name->kind],
		    SLICE_ARG(name->value));
	}
	buf_printf(&names, "%s", names.len ? ")" : "");
	err_set(err, ERR_LIMIT,
	    "more than %zu records belong to what was given" SLICE_FMT
	    ": " NARROW,
	    RECORDS_MAX, SLICE_ARG(buf_slice(&names)));
	buf_release(&names);
	return -1;
}

static int
take(struct assess *assess, uint64_t index, struct err *err)
{
	struct reread_record record;
	struct act *act;

	if (reread_record(assess->reread, index, &record, err))
		return -1;
	if (!record.readable)
		return 0;
	if (assess->act_count == assess->act_room) {
		assess->act_room =
		    assess->act_room ? 2 * assess->act_room : 1024;
		assess->acts = xrealloc(
		    assess->acts, assess->act_room * sizeof(*assess->acts));
	}
	act = &assess->acts[assess->act_count++];
	arena_reset(&assess->room);
	act_read(act, &record.record, &record.event, &assess->room);
	act->index = index;
	act_keep(&assess->keeper, act, &assess->room);
	assess->records++;
	if (act_keeper_bytes(&assess->keeper) > BYTES_MAX)
		return err_set(err, ERR_LIMIT,
		    "what was given reached more than can be kept: " NARROW);
	return 0;
}

/* --- order --- */

static int
order_events(const void *a, const void *b)
{
	const struct act *x = a, *y = b;
	int order = slice_order(x->event, y->event);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int
order_times(const void *a, const void *b)
{
	const struct act *x = a, *y = b;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return order_events(a, b);
}

static bool
is_same_event(const struct act *a, const struct act *b)
{
	return a->event.len && slice_eq(a->event, b->event);
}

/* An event that several records tell is one act.  Returns how many are left. */
static size_t
merge_new(struct assess *assess, struct act *list, size_t count)
{
	size_t kept = 0;

	qsort(list, count, sizeof(*list), order_events);
	for (size_t i = 0; i < count; i++)
		if (kept && is_same_event(&list[kept - 1], &list[i]))
			act_merge(
			    &list[kept - 1], &list[i], &assess->keeper.own);
		else
			list[kept++] = list[i];
	return kept;
}

static struct act *
find_event(struct act *list, size_t count, const struct act *act)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_order(list[middle].event, act->event) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && is_same_event(act, &list[low]) ? &list[low]
	                                                     : NULL;
}

/*
 * Of the first `old` acts each takes what a new one, by events, tells of it.
 * Returns how many new ones are left; *moved: an old one is earlier now.
 */
static size_t
merge_old(struct assess *assess, size_t old, size_t count, bool *moved)
{
	struct act *list = &assess->acts[old];
	bool *gone = xcalloc(count + 1, sizeof(*gone));
	size_t kept = 0;

	*moved = false;
	for (size_t i = 0; i < old; i++) {
		struct act *act = &assess->acts[i];
		struct act *again = find_event(list, count, act);
		int64_t time_us = act->time_us;

		if (!again)
			continue;
		act_merge(act, again, &assess->keeper.own);
		gone[again - list] = true;
		*moved |= act->time_us != time_us;
	}
	for (size_t i = 0; i < count; i++)
		if (!gone[i])
			list[kept++] = list[i];
	free(gone);
	return kept;
}

/* Puts the last `count` acts, which are sorted, among the `old` before them. */
static void
merge_sorted(struct act *acts, size_t old, size_t count)
{
	struct act *list = xcalloc(count + 1, sizeof(*list));

	memcpy(list, &acts[old], count * sizeof(*list));
	while (count)
		if (old && order_times(&acts[old - 1], &list[count - 1]) > 0) {
			acts[old + count - 1] = acts[old - 1];
			old--;
		} else {
			acts[old + count - 1] = list[count - 1];
			count--;
		}
	free(list);
}

/* The acts from `old` on are new; those before are in order. */
static void
put_in_order(struct assess *assess, size_t old)
{
	struct act *list = &assess->acts[old];
	size_t count = merge_new(assess, list, assess->act_count - old);
	bool moved;

	count = merge_old(assess, old, count, &moved);
	assess->act_count = old + count;
	if (moved) {
		qsort(assess->acts, assess->act_count, sizeof(*list),
		    order_times);
		return;
	}
	qsort(list, count, sizeof(*list), order_times);
	if (old)
		merge_sorted(assess->acts, old, count);
}

int
damage_take(struct assess *assess, const struct set *set, struct err *err)
{
	const struct damage_ask *ask = assess->ask;
	size_t before = assess->act_count;
	uint64_t count = assess->taken.count;

	for (uint64_t i = set->first; set_next(set, &i); i++)
		count += !set_has(&assess->taken, i);
	if (count > RECORDS_MAX)
		return damage_too_many(assess, err);
	for (uint64_t i = set->first; set_next(set, &i); i++) {
		if (set_has(&assess->taken, i))
			continue;
		if (!set_add(&assess->taken, i))
			return damage_too_many(assess, err);
		if (take(assess, i, err))
			return -1;
		if (ask->progress && assess->records % 4096 == 0)
			ask->progress(
			    ask->progress_ctx, "records read", assess->records);
	}
	if (assess->act_count > before)
		put_in_order(assess, before);
	return 0;
}
