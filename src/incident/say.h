#ifndef INCIDENT_SAY_H
#define INCIDENT_SAY_H

#include <stdint.h>

#include "base/arena.h"
#include "incident/act.h"

/*
 * say - parts of sentences, as unseen and verdict say them.  What is returned
 * lies in the arena, or is static.
 */

/* "2026-10-05 12:04:31", UTC; "an unknown time" for EVENT_NO_TIME. */
const char *say_time(struct arena *arena, int64_t time_us);

/* Who acted: the account, the app, the address; as much as is known. */
const char *say_who(struct arena *arena, const struct act *act);

/* "a, b, c and 12 more" */
const char *say_list(
    struct arena *arena, const struct slice *list, size_t count, size_t most);

#endif
