#ifndef SIM_ATTACK_H
#define SIM_ATTACK_H

#include <stdbool.h>

#include "base/slice.h"
#include "record.h"

/*
 * attack - what intruders do, as ordered steps; each record knows its step.
 *
 * An attack is played before the tenant's time begins, into a store that
 * sorts by time; the tenant then takes the records out as their time comes.
 */
enum attack_id {
	ATTACK_MIDNIGHT_BLIZZARD,
	ATTACK_FORGED_TOKEN,
	ATTACK_DEVICE_CODE,
	ATTACK_TOKEN_THEFT,
	ATTACK_CONSENT,
	ATTACK_BEC,
	ATTACK_INSIDER,
	ATTACK_AUDIT_TAMPERING,
	ATTACK_COUNT,
};

struct scene;

struct attack {
	const char *name;
	const char *help;
	void (*play)(struct scene *scene);
	/* where in the period it begins and ends, in percent */
	unsigned char from, to;
};

extern const struct attack attacks[ATTACK_COUNT];

/* False if there is no attack of that name. */
bool attack_by_name(struct slice name, enum attack_id *out);

/*
 * scene - one attack being played.  Time moves on by scene_wait() and never
 * leaves the period: where that is short, the waits shrink.
 */
struct scene {
	struct gen *gen;
	const struct org *org;
	struct story *story;
	uint64_t seed;
	struct rng rng;
	int64_t from_us, to_us, now_us;
	unsigned records; /* made in this attack, to tell their seeds apart */
};

/* What follows belongs to this step. */
void scene_step(struct scene *scene, unsigned step, const char *technique,
    const char *what);

/*
 * Someone else with the victim's rights; a responder would begin with that
 * address, session and person.
 */
void scene_intruder(struct scene *scene, struct who *out,
    const struct person *victim, enum net_id net, enum browser_id browser,
    uint64_t which);

/* So it is with this person at work, in their own session. */
void scene_insider(struct scene *scene, const struct who *who);

/* Where an app of the intruder's acts from. */
void scene_app(struct scene *scene, const struct app_view *app, const char *ip);

/* The password and the session are the intruder's from now on. */
void scene_got_password(struct scene *scene, const struct person *person);
void scene_got_session(struct scene *scene, const struct who *who);

/* Lets that many seconds pass, more or less, then sets the time of gen. */
void scene_wait(struct scene *scene, int64_t seconds);

/* Moves to the next time a person of that place is at work. */
void scene_until_work(struct scene *scene, const struct person *person);

/* The percent of the scene's own period that has passed by then. */
void scene_skip_to(struct scene *scene, unsigned percent);

/* attack_identity.c, attack_mail.c, attack_insider.c, attack_blizzard.c */
void attack_midnight_blizzard(struct scene *scene);
void attack_forged_token(struct scene *scene);
void attack_device_code(struct scene *scene);
void attack_token_theft(struct scene *scene);
void attack_consent(struct scene *scene);
void attack_bec(struct scene *scene);
void attack_insider(struct scene *scene);
void attack_audit_tampering(struct scene *scene);

#endif
