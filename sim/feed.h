#ifndef SIM_FEED_H
#define SIM_FEED_H

#include "sink.h"

/*
 * feed - the audit log as the suite hands it out: a few records come minutes
 * to days late, and about one in a hundred comes again later.
 *
 * A sink in front of another.  Records pass at once or are held back; what
 * leaves does so in the order of available_us.  Other streams pass untouched.
 */
struct feed;

/* Nothing is held beyond end_us; what would be comes just before it. */
struct feed *feed_new(struct sink *next, uint64_t seed, int64_t end_us);

struct sink *feed_sink(struct feed *feed);

/* Hands out what is still held. */
void feed_finish(struct feed *feed);
void feed_free(struct feed *feed);

#endif
