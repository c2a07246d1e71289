#ifndef SOURCE_HUB_H
#define SOURCE_HUB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "coverage/coverage.h"
#include "source/parcel.h"

/*
 * hub - between the sources, each in a thread of its own, and the one loop
 * that writes to the ledger.
 *
 * A source gives parcels and other news; the loop takes them in order, does
 * what they say, and calls a parcel's `done` when all of it is durable.  Only
 * then may a source move on for good: its cursor is what the ledger says
 * (hub_cursor()), never what it remembers.
 *
 * What waits is bounded: hub_give() blocks while there is more than bytes_max,
 * so that a slow ledger slows the sources and memory stays as it is.
 */
struct hub;

/* --- for sources; any thread --- */

/* Blocks while too much waits.  The parcel is the hub's; `done` will come. */
void hub_give(struct hub *hub, struct parcel *parcel);

/* The same, but false in place of blocking: then the parcel is the caller's. */
bool hub_offer(struct hub *hub, struct parcel *parcel);

/*
 * Everything of this stream that became available before time_us is durable or
 * in a gap.  `next` is where to go on, in the source's own words; NULL: none.
 * Becomes a firn/clock record, once a minute at most, and when we stop.
 */
void hub_clock(struct hub *hub, const char *source, const char *stream,
    int64_t time_us, const char *next);

/* Something is missing; the same gap told twice is one (coverage.h). */
void hub_gap(struct hub *hub, const struct gap *gap);

/*
 * The same, told again where it is open and ends earlier, and durable when
 * back.  False if we are to stop before.
 */
bool hub_gap_grow(struct hub *hub, const struct gap *gap);

/* A record about firn itself, source firn/<stream>; `stream` is static. */
void hub_note(struct hub *hub, const char *stream, struct slice raw);

/* It came after all. */
void hub_heal(struct hub *hub, const char *source, const char *key);

/* What the source is doing or what hinders it: for status, not for the ledger.
 */
enum hub_mood { HUB_WELL, HUB_WAITS, HUB_TROUBLE };
void hub_say(struct hub *hub, const char *source, enum hub_mood mood,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether the ledger has this delivery whole; of the last eight days. */
bool hub_has(struct hub *hub, const unsigned char name[16]);

/*
 * What the ledger knows of a stream: the time of its clock (EVENT_NO_TIME:
 * none) and the newest "next", into *next.
 */
int64_t hub_cursor(
    struct hub *hub, const char *source, const char *stream, struct buf *next);

/* Sleeps; false, and at once, when we are to stop. */
bool hub_sleep(struct hub *hub, int64_t us);
bool hub_stopping(const struct hub *hub);
const atomic_bool *hub_stop_flag(const struct hub *hub);

/* --- for the loop; one thread --- */

struct hub *hub_new(size_t bytes_max);
void hub_free(struct hub *hub);

/* The loop changes it, and sources read it, between lock and unlock. */
struct coverage *hub_coverage(struct hub *hub);

/* Before any source is there: what the ledger says; the hub's from now on. */
void hub_set_coverage(struct hub *hub, struct coverage *coverage);
void hub_lock(struct hub *hub);
void hub_unlock(struct hub *hub);

enum news_kind { NEWS_PARCEL, NEWS_RECORD };

struct news {
	enum news_kind kind;
	struct parcel *parcel;
	/* A record about firn: stream behind "firn/", its text. */
	const char *stream;
	struct buf raw;
	struct news *next;
};

/* The next piece of news, or NULL after at most timeout_us.  Free it. */
struct news *hub_take(struct hub *hub, int64_t timeout_us);
void news_free(struct news *news);

/* The parcel's bytes do not wait any more. */
void hub_done(struct hub *hub, struct parcel *parcel, enum parcel_end end,
    const char *why);

void hub_stop(struct hub *hub);

/*
 * The clock of a stream as its source told it, which is ahead of its record;
 * EVENT_NO_TIME.  Between lock and unlock.
 */
int64_t
hub_told_clock(const struct hub *hub, const char *source, const char *stream);

/* What each source said last, for status: calls `say` for each. */
void hub_moods(struct hub *hub,
    void (*say)(void *ctx, const char *source, enum hub_mood mood,
        const char *text, int64_t since_us),
    void *ctx);

#endif
