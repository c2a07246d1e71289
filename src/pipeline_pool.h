#ifndef PIPELINE_POOL_H
#define PIPELINE_POOL_H

#include <stdint.h>

#include "geo/geo.h"
#include "pipeline_work.h"

/*
 * pipeline_pool - the worker threads, and the order of what they finish.
 *
 * The reading thread takes an empty work, fills its batch and gives it; workers
 * work on what was given; the reading thread finishes each in the order given,
 * whenever it needs room.  With one thread all of it happens in pool_give().
 */
struct pool;

/* `finish` gets each work in order; other than 0 ends the run. */
struct pool *pool_new(const struct pipeline_options *options,
    const struct geo *geo, uint64_t seed,
    int (*finish)(void *context, struct work *work), void *context);

/* An empty work; NULL after a finish that failed. */
struct work *pool_take(struct pool *pool);

/* Gives a work back that nothing was put into. */
void pool_return(struct pool *pool, struct work *work);

/* Hands the work to the workers. */
int pool_give(struct pool *pool, struct work *work);

/* Waits for all that was given, and finishes it. */
int pool_drain(struct pool *pool);

/* Stops the workers; NULL is allowed. */
void pool_free(struct pool *pool);

#endif
