#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "pipeline_run_again.h"
#include "pipeline_run_part.h"

/* --- items --- */

static void
count_item(
    struct run *run, const struct outcome *o, enum append_verdict verdict)
{
	struct run_counts *counts = &run->counts;

	counts->records++;
	counts->bytes += o->taken ? o->taken->raw.len : 0;
	if (o->why)
		counts->unreadable++;
	else if (verdict == APPEND_NEW)
		counts->events++;
	else
		counts->duplicates++;
	counts->not_kept += verdict == APPEND_PASSED && o->why;
	if (o->time_us != EVENT_NO_TIME &&
	    o->time_us > counts->newest_event_us && !o->why)
		counts->newest_event_us = o->time_us;
}

int
run_item(void *ctx, struct intake_delivery *delivery, struct work *work,
    const struct outcome *o, enum append_verdict verdict, uint64_t index)
{
	struct run *run = ctx;
	struct incoming *incoming = delivery->what;
	const struct parcel *parcel = incoming->parcel;

	/* Also of one that was taken before: the way told it. */
	if (!o->why && !delivery->as)
		missing_event(run->missing, parcel, o);
	if (verdict == APPEND_BEFORE)
		return 0;
	count_item(run, o, verdict);
	if (o->why || delivery->as)
		return 0;
	if (index != APPEND_NOWHERE)
		follow_hit(run->follow, o->watched, parcel->arrived_us);
	if (verdict == APPEND_NEW)
		delivered_event(&incoming->delivered, o->time_us,
		    parcel->created_us, parcel->arrived_us);
	if (index == APPEND_NOWHERE)
		return 0;
	run->arrived_us = parcel->arrived_us;
	return run_judge(run, work, o, index);
}

/* It was counted and judged when it was taken; the tally is of all items. */
void
run_recalled(void *ctx, struct intake_delivery *delivery,
    const struct outcome *o, enum append_verdict verdict, int64_t received_us)
{
	struct incoming *incoming = delivery->what;
	struct run *run = ctx;

	if (o->why || delivery->as)
		return;
	missing_event(run->missing, incoming->parcel, o);
	if (verdict == APPEND_NEW)
		delivered_event(&incoming->delivered, o->time_us,
		    incoming->parcel->created_us, received_us);
}

/* --- parcels --- */

bool
run_closing(void *ctx, const struct intake_delivery *delivery, struct buf *text)
{
	struct incoming *incoming = delivery->what;
	const struct intake_counts *n = &delivery->counts;
	struct delivered *d = &incoming->delivered;

	(void)ctx;
	if (n->items < delivery->consumed) {
		incoming->end = PARCEL_SHORT;
		return false;
	}
	d->delivery = delivery->index;
	d->source = slice_cstr(incoming->parcel->source);
	d->stream = buf_slice(&incoming->parcel->stream);
	d->items = n->items;
	d->before = n->before;
	d->added = n->added;
	d->repeats = n->repeats;
	d->tellings = n->tellings;
	d->conflicts = n->conflicts;
	d->unreadable = n->unreadable;
	d->not_kept = n->not_kept;
	d->within = n->within;
	d->after = buf_slice(&incoming->parcel->after);
	delivered_write(text, d);
	return true;
}

void
run_wait_durable(struct run *run, struct incoming *incoming)
{
	if (run->waiting)
		run->waiting_last->next = incoming;
	else
		run->waiting = incoming;
	run->waiting_last = incoming;
}

/* Before the ledger has it for good: the file may know more than that. */
static void
keep_told(struct run *run)
{
	struct err err;

	if (missing_keep(run->missing, time_now_us(), &err))
		fprintf(stderr,
		    "firn: who told what is not kept for the next start: %s\n",
		    err.msg);
}

int
run_closed(void *ctx, struct intake_delivery *delivery, struct slice text,
    uint64_t index)
{
	struct run *run = ctx;

	/* A read of the tenant's state, or of a source that went on. */
	if (delivery->as && delivery->counts.added)
		follow_all(run->follow);
	else
		follow_later(run->follow);
	/* At once: taking what follows may make it durable. */
	if (index != APPEND_NOWHERE) {
		run_hear(run, "firn/delivered", text, index);
		missing_delivery(run->missing);
		keep_told(run);
	}
	run_wait_durable(run, delivery->what);
	return 0;
}

void
incoming_free(struct incoming *incoming)
{
	delivered_release(&incoming->delivered);
	free(incoming);
}

static struct incoming *
incoming_new(struct parcel *parcel)
{
	struct incoming *incoming = xcalloc(1, sizeof(*incoming));
	struct intake_delivery *delivery = &incoming->delivery;

	incoming->parcel = parcel;
	delivered_init(&incoming->delivered);
	memcpy(delivery->name, parcel->name, sizeof(delivery->name));
	delivery->available_us = parcel->created_us == EVENT_NO_TIME
	                             ? LEAF_NO_TIME
	                             : parcel->created_us;
	delivery->as = parcel->as;
	delivery->tenant = buf_slice(&parcel->tenant);
	delivery->what = incoming;
	return incoming;
}

/* What was begun before, coverage has heard of. */
static int
begin(struct run *run, struct incoming *incoming, bool before)
{
	const struct parcel *parcel = incoming->parcel;
	struct opened opened = {.by = slice_cstr(parcel->by),
	    .path = slice_cstr(parcel->path ? parcel->path : parcel->by),
	    .source = slice_cstr(parcel->source),
	    .stream = buf_slice(&parcel->stream),
	    .tenant = buf_slice(&parcel->tenant),
	    .created_us = parcel->created_us,
	    .asked_us = parcel->asked_us,
	    .about = buf_slice(&parcel->about)};

	memcpy(opened.name, parcel->name, sizeof(opened.name));
	buf_clear(&run->text);
	opened_write(&run->text, &opened);
	if (intake_begin(run->intake, &incoming->delivery,
	        buf_slice(&run->text), run->err))
		return -1;
	if (!before)
		run_hear(run, "firn/delivery", buf_slice(&run->text),
		    incoming->delivery.index);
	return 0;
}

/* An empty list holds nothing, and is whole all the same. */
static bool
is_empty(const struct parcel *parcel)
{
	struct slice text = slice_trim_json(buf_slice(&parcel->body));

	if (parcel->file)
		return false;
	if (text.len < 2 || text.ptr[0] != '[' || text.ptr[text.len - 1] != ']')
		return !text.len;
	return !slice_trim_json(slice_of(text.ptr + 1, text.len - 2)).len;
}

/* All is durable: the sources may go on, and findings are told. */
static void
tell(struct run *run)
{
	struct incoming *incoming;
	uint64_t size = 0;

	run->settle_us = time_now_us();
	run_tell_coverage(run);
	while ((incoming = run->waiting)) {
		run->waiting = incoming->next;
		run->counts.deliveries++;
		hub_done(run->options.hub, incoming->parcel, incoming->end,
		    incoming->end == PARCEL_SHORT ? "more was taken before"
		                                  : "");
		incoming_free(incoming);
	}
	if (!append_size(run->options.append, &size, NULL)) {
		run->counts.size = size;
		run->counts.last_record_us = time_now_us();
	}
	pthread_mutex_lock(&run->lock);
	run->shown = run->counts;
	pthread_mutex_unlock(&run->lock);
	for (size_t i = 0; run->options.told && i < run->finding_count; i++)
		run->options.told(run->options.ctx, run->findings[i].index,
		    buf_slice(&run->findings[i].raw));
	run->finding_count = 0;
}

static int
commit(struct run *run)
{
	keep_told(run);
	return append_commit(run->options.append, run->err);
}

int
run_settle(struct run *run)
{
	if (intake_drain(run->intake, run->err) || commit(run))
		return -1;
	tell(run);
	return 0;
}

/* In the middle of a long parcel: what was found of it does not wait. */
static int
settle_between(void *ctx, const struct file *file)
{
	struct run *run = ctx;

	(void)file;
	if (time_now_us() - run->settle_us < RUN_ROUND_US)
		return 0;
	if (commit(run))
		return -1;
	tell(run);
	return 0;
}

static int
read_parcel(
    struct run *run, struct incoming *incoming, bool before, struct file *file)
{
	const struct parcel *parcel = incoming->parcel;

	if (begin(run, incoming, before)) {
		/* Nothing refers to it yet. */
		hub_done(run->options.hub, incoming->parcel, PARCEL_STOPPED,
		    run->err->msg);
		incoming_free(incoming);
		return -1;
	}
	if (file && intake_read(run->intake, file,
	                parcel->file ? parcel->file : parcel->source,
	                settle_between, run->err))
		return -1;
	return intake_end(run->intake, run->err);
}

/* Whether the ledger has all of it already, or it was begun. */
static int
is_there(struct run *run, const struct parcel *parcel, bool *there, bool *begun)
{
	struct ledger_delivery known;

	if (append_find(
	        run->options.append, parcel->name, begun, &known, run->err))
		return -1;
	*there = *begun && known.closed;
	return 0;
}

int
run_take_parcel(struct run *run, struct parcel *parcel)
{
	struct file *file = NULL;
	struct err why = {0};
	bool there, begun;
	int status;

	if (is_there(run, parcel, &there, &begun))
		return -1;
	if (there || intake_has(run->intake, parcel->name)) {
		run_wait_durable(run, incoming_new(parcel));
		return 0;
	}
	if (is_empty(parcel))
		return read_parcel(run, incoming_new(parcel), begun, NULL);
	status = parcel->file
	             ? file_open(&file, parcel->file, &why)
	             : file_open_bytes(&file, buf_slice(&parcel->body), &why);
	if (!status && file_no_log(file))
		status = err_set(&why, ERR_INPUT, "%s", file_no_log(file));
	if (status) {
		run->counts.broken++;
		hub_done(run->options.hub, parcel, PARCEL_BROKEN, why.msg);
		file_close(file);
		return 0;
	}
	status = read_parcel(run, incoming_new(parcel), begun, file);
	file_close(file);
	return status;
}
