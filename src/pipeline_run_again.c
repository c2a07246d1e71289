#include "pipeline_run_again.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "base/xxh64.h"
#include "ledger/leaf.h"
#include "ledger/view.h"
#include "json/json.h"

/* Of a cut: the record's place, and the hash of its source. */
struct origin {
	uint64_t index, source;
};

struct again {
	struct run *run;
	struct worker *worker;
	struct work work;
	struct origin *origins; /* of the batch's cuts; owned */
	size_t size;
	const atomic_bool *stop;
	bool stopped;
};

/*
 * A state that looks like an event is none: what is an event was kept as a
 * record of the source that its reader names, or of none (pipeline_intake.c).
 */
static bool
is_event(const struct again *again, const struct outcome *o)
{
	struct slice source;

	if (o->why || !o->event)
		return !o->why;
	source = o->event->col[EV_SOURCE];
	if (!leaf_name_ok(source))
		source = SLICE("file/unknown");
	return again->origins[o->cut].source == xxh64(source);
}

static int
judge(struct again *again)
{
	struct batch *batch = &again->work.batch;

	if (!batch->count)
		return 0;
	memset(buf_reserve(&batch->bytes, JSON_PADDING), 0, JSON_PADDING);
	worker_run(again->worker, &again->work);
	for (size_t i = 0; i < again->work.count; i++) {
		const struct outcome *o = &again->work.outcomes[i];

		if (is_event(again, o) && run_judge(again->run, &again->work, o,
		                              again->origins[o->cut].index))
			return -1;
	}
	batch_reset(batch);
	return 0;
}

/* History, rows of CSV and what is firn's own are not judged here. */
static bool
is_wanted(const struct frame *frame, const struct stream *stream)
{
	struct slice raw = frame->raw;

	if (frame->historic || !raw.len || raw.ptr[0] != '{')
		return false;
	return stream->source.len < 5 ||
	       memcmp(stream->source.ptr, "firn/", 5) != 0;
}

static int
add(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct again *again = ctx;
	struct batch *batch = &again->work.batch;
	struct cut cut = {.kind = CUT_JSON};

	if (atomic_load(again->stop)) {
		again->stopped = true;
		return err_set(err, ERR_LIMIT, "stopped");
	}
	if (!is_wanted(frame, stream))
		return 0;
	/* A batch is of one tenant; records come in runs of one. */
	if (!slice_eq(batch->tenant, stream->tenant) && judge(again))
		return -1;
	if (!batch->count)
		batch->tenant = arena_copy(&batch->arena, stream->tenant);
	if (batch->count == again->size) {
		again->size = again->size * 2 + 1024;
		again->origins = xrealloc(
		    again->origins, again->size * sizeof(*again->origins));
	}
	again->origins[batch->count] =
	    (struct origin){.index = index, .source = xxh64(stream->source)};
	cut.at = batch->bytes.len;
	cut.len = frame->raw.len;
	buf_slice_add(&batch->bytes, frame->raw);
	batch_cut(batch, &cut);
	return batch->bytes.len < BATCH_BYTES ? 0 : judge(again);
}

/* The first record that was received at that time or later. */
static int
first_since(
    struct view *view, int64_t since_us, uint64_t *first, struct err *err)
{
	uint64_t end = view_tree(view)->size;
	uint64_t low = end > AGAIN_RECORDS ? end - AGAIN_RECORDS : 0;
	uint64_t high = end;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		struct stream stream;
		struct frame frame;

		if (view_record(view, mid, &frame, &stream, err))
			return -1;
		if (frame.received_us < since_us)
			low = mid + 1;
		else
			high = mid;
	}
	*first = low;
	return 0;
}

int
run_again(struct run *run, const struct run_again *how, struct err *err)
{
	struct pipeline_options options = *how->work;
	struct again again = {.run = run, .stop = how->stop};
	struct view *view = NULL;
	uint64_t first = 0;
	int status;

	options.keep = false;
	again.work.batch.file = "ledger";
	again.worker = worker_new(&options, how->geo, how->seed);
	status = view_open(&view, how->dir, err);
	if (!status)
		status =
		    first_since(view, time_now_us() - AGAIN_US, &first, err);
	if (!status)
		status = view_walk(
		    view, first, view_tree(view)->size, add, &again, err);
	if (again.stopped)
		status = 0;
	else if (!status)
		status = judge(&again);
	view_close(view);
	worker_free(again.worker);
	work_release(&again.work);
	free(again.origins);
	return status;
}
