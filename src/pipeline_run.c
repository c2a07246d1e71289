#include "pipeline_run.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/time.h"
#include "pipeline_run_again.h"
#include "pipeline_run_part.h"

#define ROUND_BYTES ((size_t)16 << 20) /* of parcels taken together */
#define DAY_US      (INT64_C(86400) * 1000000)
#define FORGET_US   (6 * INT64_C(3600) * 1000000)
#define SETTLE_US   ((int64_t)1000000) /* between two looks at watermarks */

/* --- rounds --- */

/* Up to when all events have come, as far as the sources can know. */
static int64_t
watermark_us(struct run *run)
{
	struct coverage *coverage = hub_coverage(run->options.hub);
	int64_t now_us = time_now_us(), least_us = now_us;
	struct coverage_stream stream;

	hub_lock(run->options.hub);
	for (size_t i = 0; i < coverage_stream_count(coverage); i++) {
		coverage_stream(coverage, i, &stream);
		if (stream.clock_us != EVENT_NO_TIME &&
		    stream.clock_us < least_us)
			least_us = stream.clock_us;
	}
	hub_unlock(run->options.hub);
	/* One that is silent for days does not hold the others back. */
	if (least_us < now_us - DAY_US)
		least_us = now_us - DAY_US;
	return least_us - run->options.lateness_us;
}

/* The coverage is not changed from here: the record is heard of later. */
static void
note_gap(void *ctx, struct slice text)
{
	struct run *run = ctx;

	run_hold(&run->gaps, &run->gap_count, &run->gap_size,
	    &(struct heard){0}, text);
}

static int
look_for_missing(struct run *run)
{
	int status = 0;

	hub_lock(run->options.hub);
	missing_look(run->missing, time_now_us(), note_gap, run);
	hub_unlock(run->options.hub);
	for (size_t i = 0; i < run->gap_count && !status; i++)
		status =
		    run_add_record(run, "gap", buf_slice(&run->gaps[i].raw));
	run->gap_count = 0;
	return status;
}

static void
count_correlations(struct run *run)
{
	struct correlator_stats stats = scan_correlate_stats(run->correlate);

	run->counts.correlate_held = stats.held;
	run->counts.correlate_bytes = stats.bytes;
	run->counts.correlate_late = stats.late;
	run->counts.correlate_lost = stats.lost_events;
}

/* What is due by the clock, now and then. */
static int
look_at_clock(struct run *run)
{
	int64_t now_us = time_now_us();

	if (now_us - run->settled_us < SETTLE_US)
		return 0;
	run->settled_us = now_us;
	run->arrived_us = 0;
	if (now_us - run->forgot_us > FORGET_US) {
		run->forgot_us = now_us;
		scan_correlate_forget(run->correlate);
	}
	if (look_for_missing(run) ||
	    scan_correlate_watermark(run->correlate, watermark_us(run)))
		return -1;
	count_correlations(run);
	return 0;
}

static int
take_news(struct run *run, struct news *news, size_t *bytes)
{
	int status;

	if (news->kind == NEWS_RECORD) {
		status =
		    run_add_record(run, news->stream, buf_slice(&news->raw));
	} else {
		*bytes += news->parcel->body.len;
		status = run_take_parcel(run, news->parcel);
	}
	news_free(news);
	return status;
}

int
run_round(struct run *run, struct err *err)
{
	/* Of before: what an answer brings does not wait long. */
	int64_t wait_us = follow_wait_us(run->follow), until_us;
	struct news *news;
	size_t bytes = 0;

	run->err = err;
	if (follow_take(run->follow, run))
		return -1;
	news = hub_take(run->options.hub, wait_us);
	until_us = time_now_us() + RUN_ROUND_US;
	while (news) {
		if (take_news(run, news, &bytes))
			return -1;
		if (bytes > ROUND_BYTES || time_now_us() > until_us)
			break;
		news = hub_take(run->options.hub, 0);
	}
	if (look_at_clock(run))
		return -1;
	return run_settle(run) ? -1 : follow_ask(run->follow, run);
}

int
run_finish(struct run *run, struct err *err)
{
	struct news *news;
	size_t bytes = 0;

	run->err = err;
	while ((news = hub_take(run->options.hub, 0)))
		if (take_news(run, news, &bytes))
			return -1;
	if (run_settle(run))
		return -1;
	return append_sign(run->options.append, err);
}

void
run_counts(struct run *run, struct run_counts *out)
{
	pthread_mutex_lock(&run->lock);
	*out = run->shown;
	pthread_mutex_unlock(&run->lock);
}

size_t
run_glances(struct run *run, struct run_glance out[RUN_GLANCES])
{
	size_t n, first;

	pthread_mutex_lock(&run->lock);
	n = run->glance_count < RUN_GLANCES ? run->glance_count : RUN_GLANCES;
	first = run->glance_count - n;
	for (size_t i = 0; i < n; i++)
		out[i] = run->glances[(first + i) % RUN_GLANCES];
	pthread_mutex_unlock(&run->lock);
	return n;
}

/* --- beginning and end --- */

static void
set_up(struct run *run)
{
	const struct intake_options intake = {.append = run->options.append,
	    .work = run->work,
	    .geo = run->options.geo,
	    .seed = run->seed,
	    .item = run_item,
	    .recalled = run_recalled,
	    .dir = run->options.dir,
	    .closing = run_closing,
	    .closed = run_closed,
	    .ctx = run};

	run->intake = intake_new(&intake);
	run->correlate = scan_correlate_new(
	    &(struct scan_correlate_options){.scan = &run->work,
	        .seed = run->seed,
	        .live = true,
	        .found = run_found,
	        .context = run});
}

struct run *
run_new(const struct run_options *options)
{
	struct run *run = xcalloc(1, sizeof(*run));

	run->options = *options;
	pthread_mutex_init(&run->lock, NULL);
	if (getrandom(&run->seed, sizeof(run->seed), 0) != sizeof(run->seed))
		abort();
	run->work = (struct pipeline_options){.rules = options->rules,
	    .from_us = INT64_MIN,
	    .to_us = INT64_MAX,
	    .level = LEVEL_INFORMATIONAL,
	    .threads = options->threads,
	    .ledger = options->origin,
	    .keep = true};
	run->counts.newest_event_us = EVENT_NO_TIME;
	run->shown = run->counts;
	run->forgot_us = time_now_us();
	run->missing =
	    missing_new(&(struct missing_options){.hub = options->hub,
	        .holidays = options->holidays,
	        .dir = options->dir,
	        .origin = options->origin,
	        .sources = options->sources,
	        .source_count = options->source_count,
	        .now_us = time_now_us()});
	if (options->damage)
		run->follow = follow_new(options->damage, run->seed);
	run->work.watch = follow_watch(run->follow);
	set_up(run);
	return run;
}

static void
tear_down(struct run *run)
{
	struct intake_delivery *delivery;
	struct incoming *incoming;

	while ((delivery = intake_shift(run->intake)))
		run_wait_durable(run, delivery->what);
	/* After a failure: nothing is known of them. */
	while ((incoming = run->waiting)) {
		run->waiting = incoming->next;
		hub_done(run->options.hub, incoming->parcel, PARCEL_STOPPED,
		    "stopped");
		incoming_free(incoming);
	}
	intake_free(run->intake);
	scan_correlate_free(run->correlate);
}

static void
list_release(struct heard *list, size_t size)
{
	for (size_t i = 0; i < size; i++)
		buf_release(&list[i].raw);
	free(list);
}

void
run_free(struct run *run)
{
	if (!run)
		return;
	tear_down(run);
	missing_free(run->missing);
	follow_free(run->follow);
	list_release(run->heard, run->heard_size);
	list_release(run->findings, run->finding_size);
	list_release(run->gaps, run->gap_size);
	buf_release(&run->text);
	pthread_mutex_destroy(&run->lock);
	free(run);
}

void
run_set_rules(struct run *run, const struct rules *rules)
{
	tear_down(run);
	run->options.rules = run->work.rules = rules;
	set_up(run);
}

int
run_catch_up(struct run *run, const atomic_bool *stop, struct err *err)
{
	const struct run_again how = {.work = &run->work,
	    .geo = run->options.geo,
	    .dir = run->options.dir,
	    .seed = run->seed,
	    .stop = stop};

	run->err = err;
	run->arrived_us = 0;
	/* Read back is what a checkpoint signs for. */
	if (append_sign(run->options.append, err) || run_again(run, &how, err))
		return -1;
	return run_settle(run);
}
