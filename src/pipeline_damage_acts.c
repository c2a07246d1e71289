/*
 * Records become acts; what two records tell of one event becomes one.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "pipeline_damage_part.h"

/*
 * An act takes some 4.4 KB with its texts, while acts are put in order, and
 * with what is said of it: so many take less than 1 GB.
 */
#define ACTS_MAX ((size_t)200000)

static int
take(struct assess *assess, uint64_t index, struct err *err)
{
	struct reread_record record;
	struct act *act;

	if (reread_record(assess->reread, index, &record, err))
		return -1;
	if (!record.readable)
		return 0;
	if (assess->act_count == ACTS_MAX)
		return err_set(err, ERR_LIMIT,
		    "more than %zu events belong to what was given: assess a "
		    "later --from, or cut a branch by --cut, and the rest of "
		    "it in another call",
		    ACTS_MAX);
	if (assess->act_count == assess->act_room) {
		assess->act_room =
		    assess->act_room ? 2 * assess->act_room : 1024;
		assess->acts = xrealloc(
		    assess->acts, assess->act_room * sizeof(*assess->acts));
	}
	act = &assess->acts[assess->act_count++];
	act_read(act, &record.record, &record.event, assess->arena);
	act->index = index;
	act->received_us = record.received_us;
	assess->records++;
	return 0;
}

static int
order_events(const void *a, const void *b)
{
	const struct act *const *x = a, *const *y = b;
	int order = slice_order((*x)->event, (*y)->event);

	if (order)
		return order;
	return (*x)->index < (*y)->index ? -1 : (*x)->index > (*y)->index;
}

static int
order_times(const void *a, const void *b)
{
	const struct act *const *x = a, *const *y = b;

	if ((*x)->time_us != (*y)->time_us)
		return (*x)->time_us < (*y)->time_us ? -1 : 1;
	return order_events(a, b);
}

/* An event that several records tell is one act, at the first one's place. */
static size_t
merge(struct assess *assess, struct act **list, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct act *last = kept ? list[kept - 1] : NULL;

		if (last && list[i]->event.len &&
		    slice_eq(last->event, list[i]->event))
			act_merge(last, list[i], assess->arena);
		else
			list[kept++] = list[i];
	}
	return kept;
}

static void
put_in_order(struct assess *assess)
{
	size_t count = assess->act_count;
	struct act **list = xcalloc(count + 1, sizeof(struct act *));
	struct act *acts = xcalloc(count + 1, sizeof(*acts));

	for (size_t i = 0; i < count; i++)
		list[i] = &assess->acts[i];
	qsort(list, count, sizeof(struct act *), order_events);
	count = merge(assess, list, count);
	qsort(list, count, sizeof(struct act *), order_times);
	for (size_t i = 0; i < count; i++)
		acts[i] = *list[i];
	free(list);
	free(assess->acts);
	assess->acts = acts;
	assess->act_room = assess->act_count + 1;
	assess->act_count = count;
}

int
damage_take(struct assess *assess, const struct set *set, struct err *err)
{
	const struct damage_ask *ask = assess->ask;
	size_t before = assess->act_count;

	for (uint64_t i = set->first; set_next(set, &i); i++) {
		if (set_has(&assess->taken, i))
			continue;
		if (!set_add(&assess->taken, i))
			return err_set(err, ERR_LIMIT,
			    "too many records belong to what was given");
		if (take(assess, i, err))
			return -1;
		if (ask->progress && assess->records % 4096 == 0)
			ask->progress(
			    ask->progress_ctx, "records read", assess->records);
	}
	if (assess->act_count > before)
		put_in_order(assess);
	return 0;
}
