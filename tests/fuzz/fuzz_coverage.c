#include <stdint.h>
#include <stdlib.h>

#include "coverage/kept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ORIGIN SLICE("log.example/fuzz")

static const char *const sources[] = {
    "firn/delivery", "firn/delivered", "firn/clock", "firn/gap"};

/*
 * A line is a record: which source, by its first byte, then its text.  Each
 * comes some hours after the one before, as many as its text has bytes.
 */
static void
apply(struct coverage *coverage, struct slice line, uint64_t index,
    int64_t *now_us)
{
	*now_us += (int64_t)line.len * 3600000000;
	coverage_apply(coverage,
	    &(struct coverage_record){.index = index,
	        .received_us = *now_us,
	        .source = slice_cstr(sources[(unsigned char)line.ptr[0] % 4]),
	        .raw = slice_skip(line, 1)});
}

/* Written, read and written again: the same bytes.  The one that was read. */
static struct coverage *
through_file(struct coverage *coverage)
{
	struct buf one = {0}, two = {0};
	struct coverage *again;

	coverage_print(&one, coverage, ORIGIN);
	again = coverage_parse(buf_slice(&one), ORIGIN);
	if (!again)
		abort();
	coverage_print(&two, again, ORIGIN);
	if (!slice_eq(buf_slice(&one), buf_slice(&two)))
		abort();
	buf_release(&one);
	buf_release(&two);
	coverage_free(coverage);
	return again;
}

static void
expect_same(const struct coverage *a, const struct coverage *b)
{
	struct buf one = {0}, two = {0};

	coverage_print(&one, a, ORIGIN);
	coverage_print(&two, b, ORIGIN);
	if (!slice_eq(buf_slice(&one), buf_slice(&two)))
		abort();
	buf_release(&one);
	buf_release(&two);
}

/* Nothing is announced that is not here, lost, or on its way. */
static void
check_tallies(const struct coverage *coverage)
{
	for (size_t i = 0; i < coverage_stream_count(coverage); i++) {
		struct coverage_stream stream;

		coverage_stream(coverage, i, &stream);
		for (size_t k = 0; k < stream.hour_count; k++) {
			const struct coverage_hour *hour = &stream.hours[k];

			if (hour->fetched > hour->announced ||
			    hour->lost > hour->announced ||
			    hour->records != hour->events + hour->duplicates +
			                         hour->refused + hour->before)
				abort();
		}
	}
}

/*
 * Whatever the records say: a coverage that went through its file after each
 * of them is the same as one that did not.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct coverage *all = coverage_new(), *kept = coverage_new();
	struct slice rest = slice_of(data, size);
	int64_t now_us = 1700000000000000, kept_now_us = now_us;
	uint64_t index = 0;

	while (rest.len) {
		struct slice line = slice_cut(&rest, '\n');

		if (!line.len)
			continue;
		apply(all, line, index, &now_us);
		apply(kept, line, index, &kept_now_us);
		kept = through_file(kept);
		index++;
	}
	expect_same(all, kept);
	check_tallies(all);
	coverage_free(all);
	coverage_free(kept);
	return 0;
}
