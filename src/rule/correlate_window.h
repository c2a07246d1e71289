#ifndef RULE_CORRELATE_WINDOW_H
#define RULE_CORRELATE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule/correlation.h"

/*
 * correlate_window - whether the events of a group within a time make a
 * correlation true, and the run through them in their order.
 */

/*
 * Of a ref: what the early lane passes on along a chain, until a watermark
 * puts what has settled in its place.
 */
#define ENTRY_EARLY (UINT64_C(1) << 63)

/* What is kept of an event. */
struct entry {
	int64_t time_us;
	uint64_t ref;
	union {
		uint64_t value; /* temporal: which rule; value_count: a hash */
		double number;  /* value_sum and so on */
	};
};

/* The order of a correlation's entries: a total one, but for equals. */
bool entry_before(
    const struct correlation *c, const struct entry *a, const struct entry *b);
void
entries_sort(const struct correlation *c, struct entry *list, size_t count);

/* A number of a size that can be added up exactly. */
bool entry_number_fits(double number);

/* Events that count now, and what is known of them together. */
struct window;

struct window *window_new(void);
void window_free(struct window *window);

void window_reset(struct window *window, const struct correlation *c);

/* Entries are added in their order, and removed in the same. */
void window_add(struct window *window, const struct entry *entry);
void window_remove(struct window *window, const struct entry *entry);

/*
 * Whether the condition holds of what is in the window.  Of rules in order,
 * those count that begin at `since_us` or later; *start_us is raised to their
 * beginning.
 */
bool window_holds(const struct window *window, int64_t since_us,
    int64_t *start_us, double *value);

/* Part of a run: entries [first, end) made the correlation true. */
struct window_hit {
	size_t first, end;
	int64_t start_us, time_us;
	double value;
};

/* False ends the run. */
typedef bool window_take(void *context, const struct window_hit *hit);

/*
 * What is run through: sorted entries, of which those up to from_us have been
 * run through before, and those after until_us are still to come.
 */
struct window_part {
	const struct entry *list;
	size_t count;
	int64_t from_us, until_us;
};

/*
 * Calls `take` for each time in the part at which the correlation becomes
 * true.  Returns the first entry that may still count after it.
 */
size_t window_run(struct window *window, const struct correlation *c,
    const struct window_part *part, window_take *take, void *context);

/* time - span and time + span, at the ends of what can be counted. */
static inline int64_t
time_less(int64_t time_us, int64_t span_us)
{
	return time_us < INT64_MIN + span_us ? INT64_MIN : time_us - span_us;
}

static inline int64_t
time_plus(int64_t time_us, int64_t span_us)
{
	return time_us > INT64_MAX - span_us ? INT64_MAX : time_us + span_us;
}

#endif
