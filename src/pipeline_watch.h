#ifndef PIPELINE_WATCH_H
#define PIPELINE_WATCH_H

#include "event/event.h"

/*
 * pipeline_watch - whether an event touches what is looked out for: names of
 * addresses, sessions, people and so on, and operations, of up to WATCH_MAX
 * lookers.  A test costs the same however many names there are, but for
 * networks.
 *
 * Case does not matter.  Any number of threads may test; none while it changes.
 */
#define WATCH_MAX 64

struct watch;

struct watch *watch_new(uint64_t seed);
void watch_free(struct watch *watch);

void watch_clear(struct watch *watch);

/* Looker < WATCH_MAX.  What is too long to be a name is passed over. */
void watch_name(struct watch *watch, unsigned looker, struct slice name);

/* Without blanks and full stops at its end. */
void
watch_operation(struct watch *watch, unsigned looker, struct slice operation);

/* Bits 1 << looker of those that the event touches. */
uint64_t watch_test(const struct watch *watch, const struct event *event);

#endif
