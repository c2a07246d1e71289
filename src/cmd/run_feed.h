#ifndef CMD_RUN_FEED_H
#define CMD_RUN_FEED_H

#include "base/buf.h"
#include "base/err.h"

/*
 * run_feed - the findings of a running service, for its outputs: the newest
 * ones from memory, older ones from the ledger.
 *
 * Any thread.
 */
struct feed;

/* The ledger has `end` records; it is read where memory does not reach. */
struct feed *feed_new(const char *dir, uint64_t end);
void feed_free(struct feed *feed);

/* A finding that is durable; indexes ascend. */
void feed_add(struct feed *feed, uint64_t index, struct slice text);

/* As outbox.h wants it of its `next`; ctx is the feed. */
int feed_next(void *ctx, uint64_t from, uint64_t *index, struct buf *text,
    struct err *err);

#endif
