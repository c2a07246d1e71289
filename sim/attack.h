#ifndef SIM_ATTACK_H
#define SIM_ATTACK_H

#include <stdbool.h>

#include "attack_order.h"
#include "base/slice.h"
#include "record.h"

/*
 * attack - what intruders do, as ordered steps; each record knows its step.
 *
 * An attack is played before the tenant's time begins, into a store that
 * sorts by time; the tenant then takes the records out as their time comes.
 */
struct scene;

struct attack {
	const char *name;
	const char *help;
	void (*play)(struct scene *scene);
	/* where in the period it begins and ends, in percent */
	unsigned char from, to;
	uint32_t waits;      /* seconds of the long waits in it, all together */
	unsigned parameters; /* bit per enum attack_parameter */
};

extern const struct attack attacks[ATTACK_COUNT];

/* False if there is no attack of that name. */
bool attack_by_name(struct slice name, enum attack_id *out);

/* attack_identity.c, attack_office.c, attack_blizzard.c */
void attack_midnight_blizzard(struct scene *scene);
void attack_forged_token(struct scene *scene);
void attack_device_code(struct scene *scene);
void attack_token_theft(struct scene *scene);
void attack_consent(struct scene *scene);
void attack_bec(struct scene *scene);
void attack_insider(struct scene *scene);
void attack_audit_tampering(struct scene *scene);

#endif
