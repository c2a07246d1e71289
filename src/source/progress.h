#ifndef SOURCE_PROGRESS_H
#define SOURCE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * progress - how far long work has come, as one line on standard error that
 * is written over: a bar, the rate, the time left.
 */
struct progress {
	bool on;
	bool shown;
	uint64_t total; /* bytes; 0: not known */
	int64_t start_us, next_us;
};

void progress_start(struct progress *progress, bool on, uint64_t total);

/* Cheap to call often: writes at most five times a second. */
void progress_show(struct progress *progress, uint64_t done, uint64_t records);

/* Takes the line away. */
void progress_end(struct progress *progress);

#endif
