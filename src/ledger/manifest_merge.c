#include <string.h>

#include "ledger/manifest.h"

/* How often MERGE_FAN fits into the number of records. */
static unsigned
size_class(const struct segment *s)
{
	unsigned class = 0;

	for (uint64_t n = s->end - s->first; n >= MERGE_FAN; n /= MERGE_FAN)
		class ++;
	return class;
}

static bool
alike(const struct segment *a, const struct segment *b)
{
	return !strcmp(a->day, b->day) && a->reader == b->reader &&
	       a->has_geography == b->has_geography &&
	       merkle_eq(&a->geography, &b->geography) &&
	       size_class(a) == size_class(b);
}

bool
manifest_next_merge(const struct manifest *manifest, size_t *at)
{
	const struct segment *list = manifest->list;
	size_t run = 0; /* alike, up to here */

	for (size_t i = 0; i < manifest->count; i++) {
		size_t first = i + 1 - MERGE_FAN;

		run = run && alike(&list[i - 1], &list[i]) ? run + 1 : 1;
		if (run < MERGE_FAN ||
		    list[i].end - list[first].first > MERGE_RECORDS)
			continue;
		*at = first;
		return true;
	}
	return false;
}
