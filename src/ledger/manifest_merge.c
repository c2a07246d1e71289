#include <string.h>

#include "ledger/manifest.h"

static uint64_t
records_of(const struct segment *s)
{
	return s->end - s->first;
}

/* How often MERGE_FAN fits into the number of records. */
static unsigned
size_class(const struct segment *s)
{
	unsigned class = 0;

	for (uint64_t n = records_of(s); n >= MERGE_FAN; n /= MERGE_FAN)
		class ++;
	return class;
}

static bool
alike(const struct segment *a, const struct segment *b)
{
	return !strcmp(a->day, b->day) && a->reader == b->reader &&
	       a->has_geography == b->has_geography &&
	       merkle_eq(&a->geography, &b->geography);
}

/*
 * The shortest run that ends with segment `last`, of segments up to that class:
 * MERGE_FAN of them at least, and together twice as much as the largest.
 */
static bool
find_run(
    const struct manifest *manifest, size_t last, unsigned class, size_t *at)
{
	const struct segment *list = manifest->list;
	uint64_t sum = 0, largest = 0;

	for (size_t i = last + 1; i-- > 0;) {
		uint64_t n = records_of(&list[i]);

		if (size_class(&list[i]) > class ||
		    !alike(&list[i], &list[last]) || sum + n > MERGE_RECORDS)
			return false;
		sum += n;
		largest = n > largest ? n : largest;
		if (last + 1 - i >= MERGE_FAN && sum >= 2 * largest) {
			*at = i;
			return true;
		}
	}
	return false;
}

bool
manifest_next_merge(const struct manifest *manifest, size_t *at, size_t *count)
{
	unsigned classes = 0;

	for (size_t i = 0; i < manifest->count; i++)
		if (size_class(&manifest->list[i]) > classes)
			classes = size_class(&manifest->list[i]);
	/* Small ones first: so a large one is copied with few others only. */
	for (unsigned class = 0; class <= classes; class ++)
		for (size_t i = 0; i < manifest->count; i++)
			if (find_run(manifest, i, class, at)) {
				*count = i + 1 - *at;
				return true;
			}
	return false;
}
