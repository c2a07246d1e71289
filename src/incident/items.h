#ifndef INCIDENT_ITEMS_H
#define INCIDENT_ITEMS_H

#include "incident/damage.h"

/*
 * items - what the intruder's acts reached, each thing once, with the certainty
 * of the strongest of them.  Pure.
 *
 * A thing that a record names, by an act that is certainly the intruder's, is
 * accessed; all else is possibly accessed, with the reason.  What is only
 * covered (a synchronised folder, a throttled mailbox) is an item of its own.
 */
size_t items_find(const struct act *acts, size_t act_count,
    const struct damage_item **out, struct arena *arena);

/* How worth it is to search an item for secrets; 0: not. */
uint32_t items_secrets(const struct damage_item *item);

/* The story: acts that belong together become one step. */
size_t steps_find(const struct act *acts, size_t act_count,
    const struct intruder *intruder, const struct damage_step **out,
    struct arena *arena);

#endif
