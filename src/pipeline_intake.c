#include "pipeline_intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define SOURCE_UNREADABLE "file/unreadable"
/* By how much a suite's clocks and ours may differ. */
#define CLOCKS_US ((int64_t)86400 * 1000000)

#define ITEMS_MAX 4096 /* taken with one call */

struct intake {
	struct intake_options options;
	struct pool *pool;
	struct intake_delivery *first, *last; /* a queue */
	struct append_item items[ITEMS_MAX];
	unsigned char verdicts[ITEMS_MAX];
	uint64_t indexes[ITEMS_MAX];
	struct buf text;  /* of the record that closed a delivery, */
	uint64_t closing; /* and its place */
	struct err *err;  /* of the call at hand */
};

static int finish(void *context, struct work *work);

struct intake *
intake_new(const struct intake_options *options)
{
	struct intake *intake = xcalloc(1, sizeof(*intake));

	intake->options = *options;
	intake->options.work.keep = true;
	intake->pool = pool_new(
	    &intake->options.work, options->geo, options->seed, finish, intake);
	return intake;
}

void
intake_free(struct intake *intake)
{
	if (!intake)
		return;
	pool_free(intake->pool);
	buf_release(&intake->text);
	free(intake);
}

static void
forget_before(struct intake_delivery *delivery)
{
	became_free(delivery->became);
	delivery->became = NULL;
}

struct intake_delivery *
intake_shift(struct intake *intake)
{
	struct intake_delivery *first = intake->first;

	if (!first)
		return NULL;
	intake->first = first->next;
	forget_before(first);
	return first;
}

bool
intake_has(const struct intake *intake, const unsigned char name[16])
{
	const struct intake_delivery *d;

	for (d = intake->first; d; d = d->next)
		if (!memcmp(d->name, name, sizeof(d->name)))
			return true;
	return false;
}

/* --- closing --- */

static int
close_delivery(struct intake *intake, struct intake_delivery *delivery)
{
	const struct intake_options *options = &intake->options;
	struct append_delivery of = {.name = delivery->name,
	    .tenant = delivery->tenant,
	    .index = &intake->closing};

	intake->closing = APPEND_NOWHERE;
	buf_clear(&intake->text);
	if (!options->closing(options->ctx, delivery, &intake->text))
		return 0;
	of.raw = buf_slice(&intake->text);
	return append_end(options->append, &of, intake->err);
}

/* Closes what is done with, from the first on. */
static int
close_done(struct intake *intake)
{
	const struct intake_options *options = &intake->options;
	struct intake_delivery *first;

	while ((first = intake->first) != NULL && first->read &&
	       first->finished == first->given) {
		if (close_delivery(intake, first))
			return -1;
		intake->first = first->next;
		forget_before(first);
		if (options->closed(options->ctx, first,
		        buf_slice(&intake->text), intake->closing))
			return -1;
	}
	return 0;
}

/* --- taking: in order, one thread --- */

/* A state: kept as it is, and no event. */
static void
make_state(const struct intake_delivery *delivery, struct append_item *item)
{
	item->source = slice_cstr(delivery->as);
	item->tenant = delivery->tenant;
	item->identity = NULL;
}

/* Events inside another's record have none of their own. */
static void
make_item(const struct intake_delivery *delivery, const struct outcome *o,
    struct append_item *item)
{
	const struct taken *taken = o->taken;

	*item = (struct append_item){0};
	if (!taken || taken->raw.len > FRAME_RAW_MAX)
		return;
	*item = (struct append_item){.keep = true,
	    .historic = delivery->historic,
	    .source = taken->source,
	    .tenant = taken->tenant,
	    .available_us = delivery->available_us,
	    .since_us = o->time_us == EVENT_NO_TIME ? INT64_MIN
	                                            : o->time_us - CLOCKS_US,
	    .identity = taken->has_identity ? &taken->identity : NULL,
	    .raw = taken->raw,
	    .salt = taken->salt,
	    .commit = &taken->commit};
	if (delivery->as)
		make_state(delivery, item);
	else if (o->why)
		item->source = SLICE(SOURCE_UNREADABLE);
	else if (!leaf_name_ok(item->source))
		item->source = SLICE("file/unknown");
	/* What a record calls its tenant may be anything. */
	if (!leaf_name_ok(item->tenant))
		item->tenant = delivery->tenant;
}

static void
count(struct intake_counts *n, const struct outcome *o,
    enum append_verdict verdict)
{
	bool passed = verdict == APPEND_PASSED;

	n->items++;
	if (verdict == APPEND_BEFORE) {
		n->before++;
	} else if (o->why) {
		n->unreadable++;
		n->not_kept += passed;
	} else {
		n->repeats += verdict == APPEND_REPEAT;
		n->tellings += verdict == APPEND_TELLING;
		n->conflicts += verdict == APPEND_CONFLICT;
		n->added += verdict != APPEND_REPEAT && !passed;
		n->within += passed;
	}
}

/* It was taken before: it is counted as what it became then. */
static void
recall(struct intake *intake, struct intake_delivery *delivery,
    const struct outcome *o, const struct append_item *item)
{
	const struct intake_options *options = &intake->options;
	int64_t received_us = LEAF_NO_TIME;
	enum append_verdict verdict =
	    became_next(delivery->became, item, &received_us);

	count(&delivery->counts, o, verdict);
	if (verdict != APPEND_BEFORE)
		options->recalled(
		    options->ctx, delivery, o, verdict, received_us);
}

static int
take(struct intake *intake, struct intake_delivery *delivery, struct work *work,
    size_t at, size_t n)
{
	const struct intake_options *options = &intake->options;
	struct append_batch batch = {.name = delivery->name,
	    .first = delivery->counts.items,
	    .items = intake->items,
	    .count = n,
	    .indexes = intake->indexes};

	for (size_t i = 0; i < n; i++)
		make_item(delivery, &work->outcomes[at + i], &intake->items[i]);
	if (append_take(options->append, &batch, intake->verdicts, intake->err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct outcome *o = &work->outcomes[at + i];
		enum append_verdict verdict =
		    (enum append_verdict)intake->verdicts[i];

		if (verdict == APPEND_BEFORE && delivery->became &&
		    delivery->counts.items < delivery->consumed) {
			recall(intake, delivery, o, &intake->items[i]);
			continue;
		}
		count(&delivery->counts, o, verdict);
		if (options->item && options->item(options->ctx, delivery, work,
		                         o, verdict, intake->indexes[i]))
			return -1;
	}
	return 0;
}

static int
finish(void *context, struct work *work)
{
	struct intake *intake = context;
	struct intake_delivery *delivery;

	/* An empty one, of which there is nothing to finish. */
	if (close_done(intake))
		return -1;
	delivery = intake->first;
	for (size_t at = 0, n; at < work->count; at += n) {
		n = work->count - at < ITEMS_MAX ? work->count - at : ITEMS_MAX;
		if (take(intake, delivery, work, at, n))
			return -1;
	}
	delivery->finished++;
	return close_done(intake);
}

/* --- reading --- */

/*
 * What was taken before can be asked of what is signed for.  If it cannot be
 * read, these items are counted as taken before, and that is shown.
 */
static int
look_before(struct intake *intake, struct intake_delivery *delivery,
    const struct ledger_delivery *opened, struct err *err)
{
	const struct intake_options *options = &intake->options;
	struct err why;

	if (!options->recalled || !opened->consumed || opened->closed)
		return 0;
	if (append_sign(options->append, err))
		return -1;
	if (became_open(&delivery->became, options->dir, opened->index, &why))
		delivery->became = NULL;
	return 0;
}

int
intake_begin(struct intake *intake, struct intake_delivery *delivery,
    struct slice raw, struct err *err)
{
	struct append_delivery of = {
	    .name = delivery->name, .tenant = delivery->tenant, .raw = raw};
	struct ledger_delivery opened;

	if (append_begin(intake->options.append, &of, &opened, err) ||
	    look_before(intake, delivery, &opened, err))
		return -1;
	delivery->index = opened.index;
	delivery->consumed = opened.consumed;
	if (intake->first)
		intake->last->next = delivery;
	else
		intake->first = delivery;
	intake->last = delivery;
	return 0;
}

int
intake_read(struct intake *intake, struct file *file, const char *name,
    int (*progress)(void *ctx, const struct file *file), struct err *err)
{
	struct intake_delivery *delivery = intake->last;

	intake->err = err;
	for (;;) {
		struct work *work = pool_take(intake->pool);

		if (!work)
			return -1;
		batch_reset(&work->batch);
		work->batch.file = name;
		work->batch.tenant = delivery->tenant;
		if (!file_next(file, &work->batch)) {
			pool_return(intake->pool, work);
			break;
		}
		/*
		 * Not after the last one: what came of a delivery's items is
		 * best made durable together with its end.
		 */
		if (delivery->given && progress &&
		    progress(intake->options.ctx, file)) {
			pool_return(intake->pool, work);
			return -1;
		}
		delivery->given++;
		if (pool_give(intake->pool, work))
			return -1;
	}
	return 0;
}

int
intake_end(struct intake *intake, struct err *err)
{
	intake->err = err;
	intake->last->read = true;
	return close_done(intake);
}

int
intake_drain(struct intake *intake, struct err *err)
{
	intake->err = err;
	return pool_drain(intake->pool) || close_done(intake) ? -1 : 0;
}
