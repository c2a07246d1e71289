#include "finding/outbox.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "finding/outbox_batch.h"
#include "finding/outbox_state.h"
#include "ledger/dir.h"

#define PAUSE_FIRST_US 500000
#define PAUSE_MAX_US   INT64_C(300000000)
#define NAME_MAX_LEN   64

/* Findings passed over are looked at again after a crash; not too many. */
#define PASSED_MAX 10000

struct outbox {
	struct outbox_options options;
	struct output_common common;
	struct output_place place;
	struct output *output; /* owned */
	struct output_limits limits;
	char *dead; /* path, owned */
	pthread_t thread;
	bool started;

	/* The thread's alone. */
	struct outbox_batch batch;
	struct outbox_cursor cursor;
	uint64_t kept;     /* cursor.next as it is on disk */
	uint64_t from;     /* where to look for the next finding */
	size_t most;       /* findings to send at once: halved, and doubled */
	unsigned failures; /* one behind the other */
	int64_t sent_at;   /* by the steady clock */

	pthread_mutex_t lock;
	pthread_cond_t news;
	atomic_bool stop;
	bool woken;                /* under the lock */
	struct outbox_stats stats; /* under the lock */
};

/* --- time --- */

static int64_t
steady_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/*
 * Until that time of the steady clock, or, with `news`, until there is some;
 * INT64_MAX: for ever.  False if we are to stop.
 */
static bool
wait_until(struct outbox *outbox, int64_t until, bool news)
{
	struct timespec at = {.tv_sec = (time_t)(until / 1000000),
	    .tv_nsec = (long)(until % 1000000) * 1000};
	int status = 0;

	pthread_mutex_lock(&outbox->lock);
	while (!atomic_load(&outbox->stop) && status != ETIMEDOUT &&
	       !(news && outbox->woken))
		status = until == INT64_MAX
		             ? pthread_cond_wait(&outbox->news, &outbox->lock)
		             : pthread_cond_timedwait(
		                   &outbox->news, &outbox->lock, &at);
	if (news)
		outbox->woken = false;
	pthread_mutex_unlock(&outbox->lock);
	return !atomic_load(&outbox->stop);
}

static bool
wait_in_place(void *ctx, int64_t us)
{
	return wait_until(ctx, steady_us() + us, false);
}

/* --- what is told of it --- */

static void
tell_failure(struct outbox *outbox, bool attempt, const char *why)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->stats.trouble = true;
	outbox->stats.retried += attempt;
	snprintf(outbox->stats.error, sizeof(outbox->stats.error), "%s", why);
	pthread_mutex_unlock(&outbox->lock);
}

static void
tell_position(struct outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->stats.sent = outbox->cursor.sent;
	outbox->stats.dead = outbox->cursor.dead;
	outbox->stats.next = outbox->cursor.next;
	pthread_mutex_unlock(&outbox->lock);
}

static void
tell_waiting(struct outbox *outbox, bool waits)
{
	int64_t now = outbox->options.now();

	pthread_mutex_lock(&outbox->lock);
	outbox->stats.waiting_us = waits ? now : 0;
	pthread_mutex_unlock(&outbox->lock);
}

static void
tell_sent(struct outbox *outbox)
{
	int64_t now = outbox->options.now();

	pthread_mutex_lock(&outbox->lock);
	outbox->stats.trouble = false;
	outbox->stats.sent_us = now;
	pthread_mutex_unlock(&outbox->lock);
}

/* --- failures --- */

/* After one more of them; false if we are to stop. */
static bool
pause_after(struct outbox *outbox, int64_t least_us)
{
	int64_t us = outbox->options.pause_us;

	for (unsigned i = 0; i < outbox->failures && us < PAUSE_MAX_US; i++)
		us *= 2;
	if (us > PAUSE_MAX_US)
		us = PAUSE_MAX_US;
	if (us < least_us)
		us = least_us;
	outbox->failures++;
	return wait_until(outbox, steady_us() + us, false);
}

/* Makes the cursor durable, however often it takes; false: to stop. */
static bool
keep(struct outbox *outbox)
{
	const struct outbox_options *options = &outbox->options;
	struct err err;

	while (outbox_cursor_write(
	    options->dir, options->name, &outbox->cursor, &err)) {
		tell_failure(outbox, false, err.msg);
		if (!pause_after(outbox, 0))
			return false;
	}
	outbox->kept = outbox->cursor.next;
	tell_position(outbox);
	return true;
}

/* The next n of the batch are done with. */
static bool
move_on(struct outbox *outbox, size_t n, bool dead)
{
	*(dead ? &outbox->cursor.dead : &outbox->cursor.sent) += n;
	outbox->cursor.next = outbox_batch_drop(&outbox->batch, n);
	return keep(outbox);
}

/* The next n of the batch are refused for good. */
static bool
bury(struct outbox *outbox, size_t n, const char *why)
{
	const struct outbox_batch *batch = &outbox->batch;
	struct outbox_letter *letters = xcalloc(n, sizeof(*letters));
	struct err err;
	bool go_on = true;
	char text[ERR_MSG_MAX];

	for (size_t i = 0; i < n; i++)
		letters[i] =
		    (struct outbox_letter){.item = &batch->items[batch->at + i],
		        .output = outbox->options.name,
		        .why = why,
		        .time_us = outbox->options.now()};
	while (go_on && outbox_letters_add(outbox->dead, letters, n, &err)) {
		tell_failure(outbox, false, err.msg);
		go_on = pause_after(outbox, 0);
	}
	free(letters);
	if (!go_on)
		return false;
	snprintf(text, sizeof(text), "refused for good: %s", why);
	tell_failure(outbox, false, text);
	return move_on(outbox, n, true);
}

/* --- sending --- */

/* What became of `tried` findings; false if we are to stop. */
static bool
judge(struct outbox *outbox, const struct output_result *result, size_t tried)
{
	size_t left = tried - result->done;

	if (result->end == OUTPUT_SENT || result->done) {
		outbox->failures = 0;
		tell_sent(outbox);
	}
	if (result->end == OUTPUT_SENT) {
		if (outbox->most < outbox->limits.count)
			outbox->most *= 2;
		return move_on(outbox, tried, false);
	}
	if (result->done && !move_on(outbox, result->done, false))
		return false;
	if (result->end == OUTPUT_AGAIN) {
		tell_failure(outbox, true, result->why.msg);
		return pause_after(outbox, result->wait_us);
	}
	outbox->failures = 0;
	if (result->refused || left == 1)
		return bury(outbox, result->refused ? result->refused : left,
		    result->why.msg);
	outbox->most = left / 2;
	return true;
}

/* How many may be sent now: up to one that cannot be read. */
static size_t
count_ready(struct outbox *outbox)
{
	const struct outbox_batch *batch = &outbox->batch;
	size_t left = batch->count - batch->at, n = 0;

	while (n < left && n < outbox->most &&
	       batch->items[batch->at + n].class_uid)
		n++;
	return n;
}

/* Until the whole batch is done with, or we are to stop. */
static void
deliver(struct outbox *outbox)
{
	const struct outbox_batch *batch = &outbox->batch;
	bool go_on = true;

	tell_waiting(outbox, true);
	while (
	    go_on && batch->at < batch->count &&
	    wait_until(outbox,
	        outbox->sent_at ? outbox->sent_at + outbox->limits.every_us : 0,
	        false)) {
		struct output_result result = {0};
		size_t n = count_ready(outbox);

		if (!n) {
			go_on = bury(outbox, 1, "it is no finding on one line");
			continue;
		}
		outbox->options.output.kind->send(
		    outbox->output, &batch->items[batch->at], n, &result);
		outbox->sent_at = steady_us();
		assert(result.done + result.refused <= n);
		go_on = judge(outbox, &result, n);
	}
	if (batch->at == batch->count)
		tell_waiting(outbox, false);
}

/* --- gathering --- */

/*
 * Fills the batch with what there is, as far as the limits go.  0 if there is
 * no more for now, -1 if that cannot be told, else 1.
 */
static int
gather(struct outbox *outbox)
{
	const struct outbox_options *options = &outbox->options;
	const struct output_limits *limits = &outbox->limits;
	struct outbox_batch *batch = &outbox->batch;
	struct err err;
	int got = 1;

	outbox_batch_clear(batch);
	while (got == 1 && !atomic_load(&outbox->stop) &&
	       outbox_batch_has_room(batch, limits->count, limits->bytes)) {
		uint64_t index = outbox->from;

		buf_clear(&batch->text);
		got = options->next(
		    options->ctx, outbox->from, &index, &batch->text, &err);
		if (got < 0) {
			tell_failure(outbox, false, err.msg);
			break;
		}
		assert(index >= outbox->from);
		outbox->from = index + (got != 0);
		if (got)
			outbox_batch_add(
			    batch, index, (enum level)outbox->common.level);
	}
	return got;
}

/* Nothing is left of the batch: what was passed over is done with, too. */
static void
rest(struct outbox *outbox, bool ending)
{
	outbox->cursor.next = outbox->from;
	outbox->failures = 0;
	pthread_mutex_lock(&outbox->lock);
	outbox->stats.trouble = false;
	pthread_mutex_unlock(&outbox->lock);
	tell_position(outbox);
	if (outbox->from - outbox->kept > (ending ? 0 : PASSED_MAX))
		keep(outbox);
}

static bool
is_done(const struct outbox *outbox)
{
	return outbox->batch.at == outbox->batch.count;
}

static void *
run(void *arg)
{
	struct outbox *outbox = arg;
	int got = 1;

	while (!atomic_load(&outbox->stop)) {
		if (!got)
			wait_until(outbox, INT64_MAX, true);
		got = gather(outbox);
		if (outbox->batch.count)
			deliver(outbox);
		else if (got < 0)
			pause_after(outbox, 0);
		if (is_done(outbox) && got >= 0)
			rest(outbox, false);
	}
	if (is_done(outbox))
		rest(outbox, true);
	return NULL;
}

/* --- open and close --- */

static bool
name_ok(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz"
	                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

	return n && n <= NAME_MAX_LEN && !name[n];
}

static int
find_place(struct outbox *outbox, struct err *err)
{
	const struct outbox_options *options = &outbox->options;
	bool found = false;

	outbox->cursor.next = options->end;
	if (outbox_cursor_read(
	        options->dir, options->name, &outbox->cursor, &found, err))
		return -1;
	if (outbox->cursor.next > options->end)
		return err_set(err, ERR_CORRUPT,
		    "'%s/%s.cursor' is of another ledger: it stands at %ju of "
		    "%ju records",
		    options->dir, options->name, (uintmax_t)outbox->cursor.next,
		    (uintmax_t)options->end);
	outbox->from = outbox->kept = outbox->cursor.next;
	/* Where it begins is a fact from now on, also if it is never woken. */
	return found ? 0
	             : outbox_cursor_write(
	                   options->dir, options->name, &outbox->cursor, err);
}

static void
set_up(struct outbox *outbox)
{
	const struct outbox_options *options = &outbox->options;
	pthread_condattr_t attr;
	struct buf name = {0};

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&outbox->news, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&outbox->lock, NULL);
	outbox->place = (struct output_place){.name = options->name,
	    .now = options->now,
	    .stop = &outbox->stop,
	    .mail = options->mail,
	    .wait = wait_in_place,
	    .ctx = outbox};
	if (!outbox->options.pause_us)
		outbox->options.pause_us = PAUSE_FIRST_US;
	outbox_batch_init(&outbox->batch);
	if (outbox->common.dead) {
		outbox->dead = xstrdup(outbox->common.dead);
		return;
	}
	buf_printf(&name, "%s.dead.ndjson", options->name);
	buf_char(&name, '\0');
	outbox->dead = dir_path(options->dir, name.ptr);
	buf_release(&name);
}

int
outbox_open(
    struct outbox **out, const struct outbox_options *options, struct err *err)
{
	const struct output_kind *kind = options->output.kind;
	struct outbox *outbox;

	if (!name_ok(options->name))
		return err_set(err, ERR_USAGE,
		    "an output's name has 1 to %d letters, digits, -, _ and ., "
		    "unlike '%s'",
		    NAME_MAX_LEN, options->name);
	outbox = xcalloc(1, sizeof(*outbox));
	outbox->options = *options;
	outbox->common = *(const struct output_common *)options->output.config;
	set_up(outbox);
	if (find_place(outbox, err) ||
	    kind->open(&outbox->output, &outbox->place, options->output.config,
	        &outbox->limits, err)) {
		err_context(err, "output '%s'", options->name);
		outbox_close(outbox);
		return -1;
	}
	outbox->most = outbox->limits.count;
	tell_position(outbox);
	*out = outbox;
	return 0;
}

void
outbox_start(struct outbox *outbox)
{
	sigset_t all, before;

	/* Signals are the main thread's, and a broken pipe is an error. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&outbox->thread, NULL, run, outbox))
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	outbox->started = true;
}

void
outbox_wake(struct outbox *outbox, uint64_t newest)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->woken = true;
	if (newest > outbox->stats.newest)
		outbox->stats.newest = newest;
	pthread_cond_signal(&outbox->news);
	pthread_mutex_unlock(&outbox->lock);
}

void
outbox_close(struct outbox *outbox)
{
	if (!outbox)
		return;
	pthread_mutex_lock(&outbox->lock);
	atomic_store(&outbox->stop, true);
	pthread_cond_signal(&outbox->news);
	pthread_mutex_unlock(&outbox->lock);
	if (outbox->started)
		pthread_join(outbox->thread, NULL);
	outbox->options.output.kind->close(outbox->output);
	outbox_batch_release(&outbox->batch);
	pthread_cond_destroy(&outbox->news);
	pthread_mutex_destroy(&outbox->lock);
	free(outbox->dead);
	free(outbox);
}

void
outbox_stats(struct outbox *outbox, struct outbox_stats *stats)
{
	pthread_mutex_lock(&outbox->lock);
	*stats = outbox->stats;
	pthread_mutex_unlock(&outbox->lock);
}
