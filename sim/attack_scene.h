#ifndef SIM_ATTACK_SCENE_H
#define SIM_ATTACK_SCENE_H

#include "attack.h"
#include "record.h"

/* Who was picked for an attack is picked for no other, if there are enough. */
struct cast {
	uint32_t *taken;
	size_t n;
};

/* An app of the attack, and the tenant that its credentials are in. */
struct scene_app {
	struct app_view app;
	const struct org *org;
};

#define SCENE_PEOPLE 32
#define SCENE_APPS   4

/*
 * scene - one attack being played.  Time moves on by scene_wait() and never
 * leaves the period: where that is short, the waits shrink.
 */
struct scene {
	struct gen *gen;
	const struct org *org;
	struct story *story;
	struct cast *cast;
	struct attack_with with;
	uint64_t seed;
	struct rng rng;
	int64_t from_us, to_us, now_us;
	/* until when the tenant defends itself, and the intruder comes back */
	int64_t defend_us, back_us;
	double share; /* of long waits that there is time for; 0: all of it */
	unsigned records; /* made in this attack, to tell their seeds apart */

	struct person people[SCENE_PEOPLE]; /* victims and created accounts */
	size_t n_people;
	struct scene_app apps[SCENE_APPS];
	size_t n_apps;

	struct who owner; /* the victim, if busy; person NULL: nobody */
	uint32_t message; /* the next of a mailbox to be read */
};

/* What follows belongs to this step. */
void scene_step(struct scene *scene, unsigned step, const char *technique,
    const char *what);

/* Lets that many seconds pass, more or less, then sets the time of gen. */
void scene_wait(struct scene *scene, int64_t seconds);

/* Moves to the next time a person of that place is at work. */
void scene_until_work(struct scene *scene, const struct person *person);

/* The percent of the scene's own period that has passed by then. */
void scene_skip_to(struct scene *scene, unsigned percent);

/* --- who (attack_scene.c) --- */

/* Someone of that department who is in no other attack; `which` chooses. */
void scene_person(struct scene *scene, struct person *out, enum department dept,
    uint64_t which);

/* The app, as this playing of the attack has it. */
void scene_load_app(struct scene *scene, struct app_view *out, enum app_id app,
    const struct org *home);

/* A responder would begin with that address, session and person. */
void scene_intruder(struct scene *scene, const struct who *who);

/* Where an app of the intruder's acts from. */
void scene_app(struct scene *scene, const struct app_view *app, const char *ip);

/* The password and the session are the intruder's from now on. */
void scene_got_password(struct scene *scene, const struct person *person);
void scene_got_session(struct scene *scene, const struct who *who);

/* From now on the victim works, too, if so asked for: in that session, or
 * (NULL) in one of their own. */
void scene_owner(
    struct scene *scene, const struct person *victim, const char *session);

/* --- reading (attack_mail.c) --- */

/*
 * Messages that nobody has read before are read, with all that the parameters
 * say: again within the hour, by the owner or the suite's clients as well.
 */
void scene_read(struct scene *scene, struct mail_read read);
void scene_read_by_app(struct scene *scene, struct mail_app_read read);

/* Some folders are taken as a whole. */
void scene_sync(struct scene *scene, const struct who *who);

/* So much is read that the log of that mailbox stops. */
void scene_flood(struct scene *scene, struct mail_read read);
void scene_flood_by_app(struct scene *scene, struct mail_app_read read);

/* --- the end (attack_contain.c) --- */

/*
 * The tenant defends itself, if so asked for.  Returns how the intruder comes
 * back then, with the time set for it; NULL if they do not.
 */
const struct comeback *
scene_end(struct scene *scene, const struct comeback *backs, size_t n);

#endif
