#ifndef PIPELINE_DAMAGE_USES_H
#define PIPELINE_DAMAGE_USES_H

#include "event/event.h"

/*
 * pipeline_damage_uses - which uses by an intruder were told of one case, so
 * that a later one is told while access continues, and not each of them.
 *
 * A use is known by its time and by the mark that attributes it.  A later one
 * is told at once if no use by its mark was told within the hour before; else
 * when that hour is over.  With more marks than there is room for, the one that
 * was told longest ago gives way when its hour is over.
 */
#define DAMAGE_USES_MAX 16
#define DAMAGE_USE_ROOM 120 /* bytes of a mark that tell it from others */

struct damage_uses {
	struct damage_use {
		char by[DAMAGE_USE_ROOM];
		int64_t told_us;
	} list[DAMAGE_USES_MAX];
	size_t count;
	int64_t last_us; /* of the latest that was told; EVENT_NO_TIME: none */
};

void damage_uses_init(struct damage_uses *uses);

/*
 * From when on this use may be told: INT64_MIN, at once; INT64_MAX, never, for
 * it is no later one.
 */
int64_t damage_uses_due(
    const struct damage_uses *uses, struct slice by, int64_t last_us);

/* It was told, at told_us.  EVENT_NO_TIME as last_us: nothing was. */
void damage_uses_told(struct damage_uses *uses, struct slice by,
    int64_t last_us, int64_t told_us);

#endif
