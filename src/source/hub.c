#include "source/hub.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/event.h"
#include "ledger/streams.h"

/* A clock becomes a record when it has moved by so much, or when we stop. */
#define CLOCK_US ((int64_t)60 * 1000000)
#define HEARD_US ((int64_t)10000) /* between two looks for what is durable */

struct mood {
	const char *source;
	enum hub_mood mood;
	int64_t since_us;
	char text[256];
};

/* The clock of a stream as it was told; the record may be behind. */
struct clock {
	char *next; /* owned; its names are those of its number */
	int64_t time_us, told_us;
	bool due; /* differs from its last record */
};

struct hub {
	pthread_mutex_t lock;
	pthread_cond_t news, room, stopped;
	atomic_bool stop;
	struct coverage *coverage;
	struct news *first, *last; /* owned: a queue */
	size_t bytes, bytes_max;   /* of parcels given and not done */
	struct mood *moods;        /* owned */
	size_t mood_count;
	struct streams clock_names; /* pairs of source and stream */
	struct clock *clocks;       /* owned */
	size_t clock_room;
};

static size_t
parcel_bytes(const struct parcel *parcel)
{
	return sizeof(*parcel) + parcel->body.size;
}

/* --- the hub itself --- */

struct hub *
hub_new(size_t bytes_max)
{
	struct hub *hub = xcalloc(1, sizeof(*hub));
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&hub->lock, NULL);
	pthread_cond_init(&hub->news, &attr);
	pthread_cond_init(&hub->room, &attr);
	pthread_cond_init(&hub->stopped, &attr);
	pthread_condattr_destroy(&attr);
	hub->bytes_max = bytes_max;
	hub->coverage = coverage_new();
	return hub;
}

void
hub_free(struct hub *hub)
{
	struct news *news;

	if (!hub)
		return;
	while ((news = hub->first)) {
		hub->first = news->next;
		parcel_free(news->parcel);
		news_free(news);
	}
	for (size_t i = 0; i < hub->clock_names.count; i++)
		free(hub->clocks[i].next);
	free(hub->clocks);
	streams_release(&hub->clock_names);
	free(hub->moods);
	coverage_free(hub->coverage);
	pthread_cond_destroy(&hub->news);
	pthread_cond_destroy(&hub->room);
	pthread_cond_destroy(&hub->stopped);
	pthread_mutex_destroy(&hub->lock);
	free(hub);
}

struct coverage *
hub_coverage(struct hub *hub)
{
	return hub->coverage;
}

void
hub_set_coverage(struct hub *hub, struct coverage *coverage)
{
	coverage_free(hub->coverage);
	hub->coverage = coverage;
}

void
hub_lock(struct hub *hub)
{
	pthread_mutex_lock(&hub->lock);
}

void
hub_unlock(struct hub *hub)
{
	pthread_mutex_unlock(&hub->lock);
}

/* When so much time has passed, as pthread_cond_timedwait() wants it. */
static struct timespec
after(int64_t us)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	us += t.tv_nsec / 1000;
	t.tv_sec += us / 1000000;
	t.tv_nsec = us % 1000000 * 1000;
	return t;
}

/* --- news --- */

static void
put(struct hub *hub, struct news *news)
{
	if (hub->first)
		hub->last->next = news;
	else
		hub->first = news;
	hub->last = news;
	pthread_cond_signal(&hub->news);
}

/* `raw` is moved. */
static void
put_record(struct hub *hub, const char *stream, struct buf *raw)
{
	struct news *news = xcalloc(1, sizeof(*news));

	news->kind = NEWS_RECORD;
	news->stream = stream;
	news->raw = *raw;
	put(hub, news);
}

static bool
has_room(const struct hub *hub, size_t bytes)
{
	return !hub->bytes || hub->bytes + bytes <= hub->bytes_max ||
	       atomic_load(&hub->stop);
}

/* If it may wait, it is always taken. */
static bool
give(struct hub *hub, struct parcel *parcel, bool wait)
{
	size_t bytes = parcel_bytes(parcel);
	bool stop, room;

	pthread_mutex_lock(&hub->lock);
	while (!(room = has_room(hub, bytes)) && wait)
		pthread_cond_wait(&hub->room, &hub->lock);
	stop = atomic_load(&hub->stop);
	if (room && !stop) {
		struct news *news = xcalloc(1, sizeof(*news));

		news->kind = NEWS_PARCEL;
		news->parcel = parcel;
		hub->bytes += bytes;
		put(hub, news);
	}
	pthread_mutex_unlock(&hub->lock);
	if (stop) {
		parcel->done(parcel->ctx, parcel, PARCEL_STOPPED, "stopped");
		parcel_free(parcel);
	}
	return room;
}

void
hub_give(struct hub *hub, struct parcel *parcel)
{
	parcel->arrived_us = time_now_us();
	(void)give(hub, parcel, true);
}

bool
hub_offer(struct hub *hub, struct parcel *parcel)
{
	parcel->arrived_us = time_now_us();
	return give(hub, parcel, false);
}

struct news *
hub_take(struct hub *hub, int64_t timeout_us)
{
	struct timespec until = after(timeout_us);
	struct news *news;
	int late = 0;

	pthread_mutex_lock(&hub->lock);
	while (!hub->first && !late && timeout_us > 0)
		late = pthread_cond_timedwait(&hub->news, &hub->lock, &until);
	news = hub->first;
	if (news)
		hub->first = news->next;
	pthread_mutex_unlock(&hub->lock);
	return news;
}

void
news_free(struct news *news)
{
	if (!news)
		return;
	buf_release(&news->raw);
	free(news);
}

void
hub_done(struct hub *hub, struct parcel *parcel, enum parcel_end end,
    const char *why)
{
	size_t bytes = parcel_bytes(parcel);

	parcel->done(parcel->ctx, parcel, end, why);
	parcel_free(parcel);
	pthread_mutex_lock(&hub->lock);
	hub->bytes -= bytes;
	pthread_cond_broadcast(&hub->room);
	pthread_mutex_unlock(&hub->lock);
}

/* --- clocks --- */

/* The number of a stream's clock. */
static uint32_t
clock_of(struct hub *hub, const char *source, const char *stream)
{
	size_t before = hub->clock_names.count;
	uint32_t at = streams_number(
	    &hub->clock_names, slice_cstr(source), slice_cstr(stream));

	if (at < before)
		return at;
	if (at == hub->clock_room) {
		hub->clock_room = 2 * hub->clock_room + 16;
		hub->clocks = xrealloc(
		    hub->clocks, hub->clock_room * sizeof(*hub->clocks));
	}
	hub->clocks[at] =
	    (struct clock){.time_us = INT64_MIN, .told_us = INT64_MIN};
	return at;
}

static void
tell_clock(struct hub *hub, uint32_t at)
{
	struct clock *clock = &hub->clocks[at];
	const struct clocked clocked = {
	    .source = hub->clock_names.list[at].source,
	    .stream = hub->clock_names.list[at].tenant,
	    .until_us = clock->time_us,
	    .next = slice_cstr(clock->next ? clock->next : "")};
	struct buf raw = {0};

	clocked_write(&raw, &clocked);
	clock->told_us = clock->time_us;
	clock->due = false;
	put_record(hub, "clock", &raw);
}

void
hub_clock(struct hub *hub, const char *source, const char *stream,
    int64_t time_us, const char *next)
{
	struct clock *clock;
	uint32_t at;

	pthread_mutex_lock(&hub->lock);
	at = clock_of(hub, source, stream);
	clock = &hub->clocks[at];
	if (time_us > clock->time_us) {
		clock->time_us = time_us;
		free(clock->next);
		clock->next = next ? xstrdup(next) : NULL;
		clock->due = true;
		/* Of a source that ends nothing more will come. */
		if (clock->told_us == INT64_MIN || atomic_load(&hub->stop) ||
		    time_us - clock->told_us >= CLOCK_US)
			tell_clock(hub, at);
	}
	pthread_mutex_unlock(&hub->lock);
}

int64_t
hub_told_clock(const struct hub *hub, const char *source, const char *stream)
{
	uint32_t at;

	return streams_find(&hub->clock_names, slice_cstr(source),
	           slice_cstr(stream), &at)
	           ? hub->clocks[at].time_us
	           : EVENT_NO_TIME;
}

int64_t
hub_cursor(
    struct hub *hub, const char *source, const char *stream, struct buf *next)
{
	struct slice text = {0};
	int64_t time_us;

	pthread_mutex_lock(&hub->lock);
	time_us = coverage_clock(hub->coverage, source, stream, &text);
	buf_slice_add(next, text);
	pthread_mutex_unlock(&hub->lock);
	return time_us;
}

bool
hub_has(struct hub *hub, const unsigned char name[16])
{
	bool has;

	pthread_mutex_lock(&hub->lock);
	has = coverage_has(hub->coverage, name);
	pthread_mutex_unlock(&hub->lock);
	return has;
}

/* --- gaps --- */

void
hub_gap(struct hub *hub, const struct gap *gap)
{
	struct buf raw = {0};

	pthread_mutex_lock(&hub->lock);
	if (!coverage_gap_is_open(hub->coverage, gap->source, gap->key)) {
		gap_write(&raw, gap);
		put_record(hub, "gap", &raw);
	}
	pthread_mutex_unlock(&hub->lock);
}

/* Whether the coverage, which hears what is durable, has all of it. */
static bool
has_gap(struct hub *hub, const struct gap *gap)
{
	const struct gap_seen *seen;
	bool has;

	pthread_mutex_lock(&hub->lock);
	seen = coverage_gap_find(hub->coverage, gap->source, gap->key);
	has = seen && seen->healed_us == EVENT_NO_TIME &&
	      seen->gap.to_us >= gap->to_us;
	pthread_mutex_unlock(&hub->lock);
	return has;
}

bool
hub_gap_grow(struct hub *hub, const struct gap *gap)
{
	struct buf raw = {0};

	if (has_gap(hub, gap))
		return true;
	gap_write(&raw, gap);
	pthread_mutex_lock(&hub->lock);
	put_record(hub, "gap", &raw);
	pthread_mutex_unlock(&hub->lock);
	while (!has_gap(hub, gap))
		if (!hub_sleep(hub, HEARD_US))
			return false;
	return true;
}

void
hub_note(struct hub *hub, const char *stream, struct slice raw)
{
	struct buf copy = {0};

	buf_slice_add(&copy, raw);
	pthread_mutex_lock(&hub->lock);
	put_record(hub, stream, &copy);
	pthread_mutex_unlock(&hub->lock);
}

void
hub_heal(struct hub *hub, const char *source, const char *key)
{
	struct buf raw = {0};

	pthread_mutex_lock(&hub->lock);
	gap_write_healed(&raw, source, key);
	put_record(hub, "gap", &raw);
	pthread_mutex_unlock(&hub->lock);
}

/* --- moods --- */

static struct mood *
mood_of(struct hub *hub, const char *source)
{
	struct mood *mood;

	for (size_t i = 0; i < hub->mood_count; i++)
		if (!strcmp(hub->moods[i].source, source))
			return &hub->moods[i];
	hub->moods =
	    xrealloc(hub->moods, (hub->mood_count + 1) * sizeof(*hub->moods));
	mood = &hub->moods[hub->mood_count++];
	*mood = (struct mood){.source = source, .since_us = INT64_MIN};
	return mood;
}

void
hub_say(struct hub *hub, const char *source, enum hub_mood mood,
    const char *format, ...)
{
	struct mood *said;
	va_list args;

	pthread_mutex_lock(&hub->lock);
	said = mood_of(hub, source);
	if (said->mood != mood || said->since_us == INT64_MIN)
		said->since_us = time_now_us();
	said->mood = mood;
	va_start(args, format);
	(void)vsnprintf(said->text, sizeof(said->text), format, args);
	va_end(args);
	pthread_mutex_unlock(&hub->lock);
}

void
hub_moods(struct hub *hub,
    void (*say)(void *ctx, const char *source, enum hub_mood mood,
        const char *text, int64_t since_us),
    void *ctx)
{
	pthread_mutex_lock(&hub->lock);
	for (size_t i = 0; i < hub->mood_count; i++) {
		const struct mood *mood = &hub->moods[i];

		say(ctx, mood->source, mood->mood, mood->text, mood->since_us);
	}
	pthread_mutex_unlock(&hub->lock);
}

/* --- stopping --- */

bool
hub_sleep(struct hub *hub, int64_t us)
{
	struct timespec until = after(us);
	int late = 0;

	pthread_mutex_lock(&hub->lock);
	while (!atomic_load(&hub->stop) && !late)
		late =
		    pthread_cond_timedwait(&hub->stopped, &hub->lock, &until);
	pthread_mutex_unlock(&hub->lock);
	return !atomic_load(&hub->stop);
}

bool
hub_stopping(const struct hub *hub)
{
	return atomic_load(&hub->stop);
}

const atomic_bool *
hub_stop_flag(const struct hub *hub)
{
	return &hub->stop;
}

void
hub_stop(struct hub *hub)
{
	pthread_mutex_lock(&hub->lock);
	atomic_store(&hub->stop, true);
	/* Where sources are, to go on from there. */
	for (uint32_t i = 0; i < hub->clock_names.count; i++)
		if (hub->clocks[i].due)
			tell_clock(hub, i);
	pthread_cond_broadcast(&hub->stopped);
	pthread_cond_broadcast(&hub->room);
	pthread_cond_broadcast(&hub->news);
	pthread_mutex_unlock(&hub->lock);
}
