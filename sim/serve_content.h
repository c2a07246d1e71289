#ifndef SIM_SERVE_CONTENT_H
#define SIM_SERVE_CONTENT_H

#include "base/buf.h"
#include "serve_event.h"
#include "serve_fault.h"
#include "serve_truth.h"

/*
 * serve_content - the activity feed of one tenant: subscriptions, and the
 * blobs of each content type.
 *
 * Records that have become available wait in a queue until they are cut into
 * blobs.  A blob is kept, listed and served until it expires.  What becomes
 * available before the first start is kept, as the suite does; what does while
 * a subscription is stopped is lost.
 */
struct content;

struct content_plan {
	struct spool *spool; /* of blobs */
	struct serve_faults *faults;
	struct serve_truth *truth;
	size_t tenant; /* index */
	uint64_t seed;
	int64_t keep_us;
	uint32_t blob_records; /* at most in a blob */
};

struct content *content_new(const struct content_plan *plan);

/* What became of the blobs is told to the truth; `done` gets what waits. */
void content_free(struct content *content,
    void (*done)(void *ctx, struct serve_event *event), void *ctx);

/* A copy of the record is available; the event lives until it is cut. */
void content_put(struct content *content, struct serve_event *event);

/*
 * Cuts what waits into blobs, at most every few hundred milliseconds, and
 * calls `done` for each copy that has been cut.
 */
int content_cut(struct content *content, int64_t now_us,
    void (*done)(void *ctx, struct serve_event *event), void *ctx,
    struct err *err);

/* Records that wait to be cut. */
size_t content_waiting(const struct content *content);

enum subscription {
	SUBSCRIPTION_NEVER,
	SUBSCRIPTION_ENABLED,
	SUBSCRIPTION_STOPPED,
	SUBSCRIPTION_DISABLED, /* by a fault; start enables it again */
};

enum subscription
content_subscription(const struct content *content, enum content_type type);
void content_subscribe(
    struct content *content, enum content_type type, enum subscription to);

/* The number that the next blob gets. */
uint32_t content_next(const struct content *content, enum content_type type);

/* --- blobs --- */

struct content_blob {
	int64_t created_us, expires_us;
	struct spool_at bytes; /* nowhere: lost */
	uint32_t seq, records;
	uint32_t served, broken;
	uint32_t break_times;  /* malformed so often; UINT32_MAX: for good */
	bool missing, expired; /* announced, and never there */
};

/*
 * The blobs that are listed for that time, from number `from` on, at most
 * `max`; *more is the number to go on with, or 0.
 */
struct content_range {
	enum content_type type;
	int64_t start_us, end_us;
	uint32_t from;
	size_t max;
};

size_t
content_list(const struct content *content, const struct content_range *range,
    const struct content_blob **out, uint32_t *more);

enum content_found {
	CONTENT_HERE,
	CONTENT_UNKNOWN,
	CONTENT_EXPIRED,
	CONTENT_BAD_ID,
};

/* The blob of that id, good until the next content_cut(). */
enum content_found content_find(struct content *content, struct slice id,
    enum content_type *type, struct content_blob **out);

/* Adds the blob's bytes, broken if they are to be; counts. */
void content_serve(struct content *content, enum content_type type,
    struct content_blob *blob, struct buf *out);

#endif
