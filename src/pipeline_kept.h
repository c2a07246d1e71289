#ifndef PIPELINE_KEPT_H
#define PIPELINE_KEPT_H

#include "event/event.h"
#include "source/position.h"

/*
 * pipeline_kept - copies of events that may be part of a finding one day.
 *
 * Events are added with ascending refs.  Copies take bytes_max at most: then,
 * with `forget`, the oldest events are given up; without it, of those that come
 * only the place is kept.  One thread.
 */
struct kept;

struct kept *kept_new(size_t bytes_max, bool forget);
void kept_free(struct kept *kept);

void kept_add(struct kept *kept, uint64_t ref, const struct event *event,
    const struct position *position);

/*
 * The event, in the arena, and its place; NULL: it was given up.  Of one whose
 * place alone was kept the columns are empty.
 */
const struct event *kept_get(const struct kept *kept, uint64_t ref,
    struct arena *arena, struct position *position);

/* Events whose columns were not copied, for want of room. */
uint64_t kept_not_copied(const struct kept *kept);

#endif
