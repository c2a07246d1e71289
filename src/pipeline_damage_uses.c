#include "pipeline_damage_uses.h"

#include <string.h>

#define HOUR_US (INT64_C(3600) * 1000000)

void
damage_uses_init(struct damage_uses *uses)
{
	*uses = (struct damage_uses){.last_us = EVENT_NO_TIME};
}

static struct slice
cut(struct slice by)
{
	if (by.len >= DAMAGE_USE_ROOM)
		by.len = DAMAGE_USE_ROOM - 1;
	return by;
}

/* The one of that mark, else a free one, else the oldest. */
static size_t
find(const struct damage_uses *uses, struct slice by)
{
	size_t oldest = 0;

	for (size_t i = 0; i < uses->count; i++) {
		if (slice_eq(slice_cstr(uses->list[i].by), cut(by)))
			return i;
		if (uses->list[i].told_us < uses->list[oldest].told_us)
			oldest = i;
	}
	return uses->count < DAMAGE_USES_MAX ? uses->count : oldest;
}

int64_t
damage_uses_due(
    const struct damage_uses *uses, struct slice by, int64_t last_us)
{
	size_t i = find(uses, by);

	if (last_us == EVENT_NO_TIME || last_us <= uses->last_us)
		return INT64_MAX;
	return i < uses->count ? uses->list[i].told_us + HOUR_US : INT64_MIN;
}

void
damage_uses_told(
    struct damage_uses *uses, struct slice by, int64_t last_us, int64_t told_us)
{
	size_t i = find(uses, by);
	struct damage_use *use = &uses->list[i];

	if (last_us == EVENT_NO_TIME)
		return;
	by = cut(by);
	if (by.len)
		memcpy(use->by, by.ptr, by.len);
	use->by[by.len] = '\0';
	use->told_us = told_us;
	if (i == uses->count)
		uses->count++;
	if (last_us > uses->last_us)
		uses->last_us = last_us;
}
