#ifndef TESTS_UNIT_DAMAGE_MADE_H
#define TESTS_UNIT_DAMAGE_MADE_H

#include "damage_made_left.h"
#include "damage_made_reach.h"

/*
 * damage_made - an assessment of damage made by hand, for what writes it.
 *
 * An address is given, and an account, a session, an app and more follow from
 * it.  With `hostile` some texts are what an attacker would have them.
 */
static inline void
made(struct made *m, const char *hostile)
{
	*m = (struct made){.damage = {.origin = SLICE("log.example/test"),
	                       .size = MADE_SIZE,
	                       .root = SLICE("47DEQpj8HBSa+/TImW+5JCeuQeRkm5N"
	                                     "MpJWZG3hSuFU="),
	                       .from_us = INT64_MIN,
	                       .to_us = INT64_MAX,
	                       .command = SLICE("--ip 203.0.113.7"),
	                       .certain = 120,
	                       .likely = 33,
	                       .not_acts = {0, 5, 9, 2, 0}}};
	m->damage.as_of_us = made_time("2026-03-03T12:00:00Z");
	m->damage.first_us = made_time("2026-03-02T10:00:00Z");
	m->damage.last_us = made_time("2026-03-02T18:30:00Z");
	made_items(m, hostile);
	made_marks(m, hostile);
	made_steps(m, hostile);
	made_ways(m, hostile);
	made_unseen(m);
	made_verdict(m, hostile);
	made_others(m, hostile);
}

#endif
