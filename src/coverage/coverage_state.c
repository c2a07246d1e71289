/*
 * Which of the records tell of the tenant's state: whoever reads that later
 * need not look at all deliveries.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "coverage/coverage_part.h"

void
coverage_state_add(
    struct coverage *coverage, const struct coverage_of_state *of_state)
{
	if (coverage->of_state_count == coverage->of_state_room) {
		coverage->of_state_room = 2 * coverage->of_state_room + 16;
		coverage->of_state = xrealloc(coverage->of_state,
		    coverage->of_state_room * sizeof(*coverage->of_state));
	}
	coverage->of_state[coverage->of_state_count++] = *of_state;
}

static bool
has(const struct coverage *coverage, uint64_t index)
{
	size_t low = 0, high = coverage->of_state_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (coverage->of_state[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low < coverage->of_state_count &&
	       coverage->of_state[low].index == index;
}

static bool
is_opened(struct json v)
{
	static const struct slice begin = SLICE_INIT("state.");
	struct slice stream = json_str(JSON_GET(v, "stream"));

	return slice_eq(json_str(JSON_GET(v, "by")), SLICE("file")) ||
	       (stream.len >= begin.len &&
	           slice_eq(slice_of(stream.ptr, begin.len), begin));
}

static bool
is_delivered(const struct coverage *coverage, struct json v)
{
	int64_t delivery;

	return json_to_i64(JSON_GET(v, "delivery"), &delivery) &&
	       delivery >= 0 && has(coverage, (uint64_t)delivery);
}

void
coverage_state_take(struct coverage *coverage, struct json v,
    const struct coverage_record *record)
{
	struct slice source = record->source;
	bool is = false;

	if (slice_eq(source, SLICE("firn/delivery")))
		is = is_opened(v);
	else if (slice_eq(source, SLICE("firn/delivered")))
		is = is_delivered(coverage, v);
	else if (slice_eq(source, SLICE("firn/clock")))
		is = slice_eq(json_str(JSON_GET(v, "stream")), SLICE("state"));
	if (is)
		coverage_state_add(
		    coverage, &(struct coverage_of_state){
		                  record->index, record->received_us});
}

void
coverage_state_forget(struct coverage *coverage)
{
	int64_t since_us = coverage->now_us - KEEP_DAYS;
	size_t kept = 0;

	for (size_t i = 0; i < coverage->of_state_count; i++)
		if (coverage->of_state[i].received_us >= since_us)
			coverage->of_state[kept++] = coverage->of_state[i];
	coverage->of_state_count = kept;
}

const struct coverage_of_state *
coverage_of_state(const struct coverage *coverage, size_t *count)
{
	*count = coverage->of_state_count;
	return coverage->of_state;
}
