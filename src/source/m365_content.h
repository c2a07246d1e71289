#ifndef SOURCE_M365_CONTENT_H
#define SOURCE_M365_CONTENT_H

#include <stdbool.h>

#include "base/slice.h"
#include "source/hub.h"

/*
 * m365_content - the pieces of content of one type that were announced, and
 * how far each is.
 *
 *	WANTED --asked--> FLYING --given--> GIVEN --durable--> (dropped)
 *	   ^                 |                |
 *	   `--- it failed ---+----------------'
 *
 * A piece that failed often enough is in a gap: it does not hold the clock back
 * any more, and is asked for less often, until it expires.
 *
 * One thread, but for content_end(), which the ledger's loop may call.
 */
struct contents;

enum content_state { CONTENT_WANTED, CONTENT_FLYING, CONTENT_GIVEN };

struct content {
	char *id, *uri; /* owned */
	unsigned char name[16];
	int64_t created_us, expires_us;
	enum content_state state;
	unsigned failures;
	int64_t failed_us, again_us; /* first failure; when to try again */
	enum gap_cause cause;        /* of the last failure */
	char why[160];
	bool gap; /* a gap is open for it */
};

/* patience_us: how long a piece is asked for in vain before it is a gap. */
struct contents *contents_new(struct hub *hub, const char *source,
    const char *stream, int64_t patience_us);
void contents_free(struct contents *contents);

/* Adds one, unless it is there or the ledger has it. */
struct announced {
	struct slice id, uri;
	int64_t created_us, expires_us;
	bool gap; /* it is known of by its gap */
};
void
contents_announce(struct contents *contents, const struct announced *announced);

/* The next one to ask for, which is FLYING then; NULL: none now. */
struct content *contents_next(struct contents *contents, int64_t now_us);

/* When there will be one; INT64_MAX: none is wanted. */
int64_t contents_next_us(struct contents *contents);

/* It could not be had this time, or not at all (for_good). */
void contents_failed(struct contents *contents, struct content *content,
    enum gap_cause cause, bool for_good, int64_t now_us, const char *why);

/* Asked for in vain, without its fault: as if nothing had been. */
void contents_again(
    struct contents *contents, struct content *content, int64_t again_us);

/* It was given to the hub. */
void contents_given(struct contents *contents, struct content *content);

/* What became of it. */
void contents_end(struct contents *contents, const unsigned char name[16],
    enum parcel_end end, const char *why, int64_t now_us);

/*
 * Gives up what has expired; then, everything that became available before this
 * time is in the ledger or in a gap, if all was listed until listed_us.
 */
int64_t
contents_clock(struct contents *contents, int64_t listed_us, int64_t now_us);

/* Those that are on their way, and in no gap. */
size_t contents_count(struct contents *contents);

#endif
