#ifndef FINDING_OUTBOX_BATCH_H
#define FINDING_OUTBOX_BATCH_H

#include "base/arena.h"
#include "finding/output.h"

/*
 * outbox_batch - the findings that an outbox is about to send.
 *
 * Items are good until the batch is cleared.  One thread.
 */
struct json_parser;

struct outbox_batch {
	struct output_item *items; /* owned */
	size_t count, size;
	size_t at;       /* those before are done with */
	size_t bytes;    /* of their texts */
	struct buf text; /* the next one comes in here */
	struct arena arena;
	struct json_parser *parser;
};

void outbox_batch_init(struct outbox_batch *batch);
void outbox_batch_clear(struct outbox_batch *batch);
void outbox_batch_release(struct outbox_batch *batch);

bool outbox_batch_has_room(
    const struct outbox_batch *batch, size_t count, size_t bytes);

/*
 * Adds the finding in batch->text, unless its level is lower.  What is no
 * object on one line is added with a class_uid of 0.
 */
void
outbox_batch_add(struct outbox_batch *batch, uint64_t index, enum level level);

/* The next n are done with; returns the index behind the last of them. */
uint64_t outbox_batch_drop(struct outbox_batch *batch, size_t n);

#endif
