#ifndef SIM_ATTACK_RUN_H
#define SIM_ATTACK_RUN_H

#include "attack_deed.h"
#include "attack_scene.h"
#include "record_mail_id.h"

/*
 * attack_run - plays a scenario in a scene: one function a deed, and what they
 * ask for their arguments.
 */

/* A member of the cast, as its kind needs it. */
struct actor {
	struct person person;
	struct person *people;
	uint32_t n_people;
	struct who who;
	struct app_view app;
	enum app_id app_id;
	bool own; /* the app is the attack's, not the tenant's */
	char ip[16];
	enum net_id net;
	char secret[GUID_TEXT_MAX]; /* the intruder's, of the app; or empty */
};

struct play {
	struct scene *scene;
	const struct attack *attack;
	struct org test; /* the test tenant */
	struct actor actors[ROLES_MAX];
	bool drawn; /* whoever is cast now is; else they follow from the seed */
	uint32_t accounts, secrets; /* made so far */
	uint32_t turn;              /* of the innermost repetition, from 0 */
	const char *each;           /* of the innermost list */
	/* What was read last, and the first message of it, from 1; 0: none. */
	const struct person *mailbox;
	uint32_t message;
	char message_id[MAIL_STORE_ID]; /* as Graph has it */
	struct arena text;
};

/* Plays all of it, and what follows. */
void attack_play(const struct attack *attack, struct scene *scene);

/* --- arguments; what is not there is `otherwise`, NULL or false --- */

const struct item *
play_item(struct play *play, const struct attack_deed *deed, const char *name);
uint32_t play_number(struct play *play, const struct attack_deed *deed,
    const char *name, uint32_t otherwise);
unsigned
play_word(struct play *play, const struct attack_deed *deed, const char *name);
/* One of a list, drawn; not in turn. */
unsigned play_any_word(
    struct play *play, const struct attack_deed *deed, const char *name);
/* Good until the next deed. */
const char *
play_text(struct play *play, const struct attack_deed *deed, const char *name);
const char *play_fill(struct play *play, const char *text);
/* As it is written, for as long as the attack. */
const char *
play_plain(struct play *play, const struct attack_deed *deed, const char *name);
struct actor *
play_actor(struct play *play, const struct attack_deed *deed, const char *name);
/* Their records are those of their tenant until the deed is done. */
struct who *
play_who(struct play *play, const struct attack_deed *deed, const char *name);
/* The app as the tenant sees it; `room` is for one of the suite's own. */
const struct app_view *play_app_view(
    struct play *play, const struct item *item, struct app_view *room);

/* --- deeds: attack_run.c --- */

void play_step(struct play *play, const struct attack_deed *deed);
void play_repeat(struct play *play, const struct attack_deed *deed);
void play_each(struct play *play, const struct attack_deed *deed);
void play_when(struct play *play, const struct attack_deed *deed);
void play_wait(struct play *play, const struct attack_deed *deed);
void play_until(struct play *play, const struct attack_deed *deed);
void play_until_work(struct play *play, const struct attack_deed *deed);

/* --- attack_run_cast.c --- */

void play_person(struct play *play, const struct attack_deed *deed);
void play_people(struct play *play, const struct attack_deed *deed);
void play_test_account(struct play *play, const struct attack_deed *deed);
void play_new_account(struct play *play, const struct attack_deed *deed);
void play_intruder(struct play *play, const struct attack_deed *deed);
void play_at_work(struct play *play, const struct attack_deed *deed);
void play_app(struct play *play, const struct attack_deed *deed);
void play_address(struct play *play, const struct attack_deed *deed);
void play_owner(struct play *play, const struct attack_deed *deed);
void play_got_password(struct play *play, const struct attack_deed *deed);
void play_got_session(struct play *play, const struct attack_deed *deed);
void play_got_token(struct play *play, const struct attack_deed *deed);
void play_got_secret(struct play *play, const struct attack_deed *deed);
void play_got_app(struct play *play, const struct attack_deed *deed);

/* --- attack_run_mail.c --- */

void play_read(struct play *play, const struct attack_deed *deed);
void play_app_read(struct play *play, const struct attack_deed *deed);
void play_sync(struct play *play, const struct attack_deed *deed);
void play_flood(struct play *play, const struct attack_deed *deed);
void play_app_flood(struct play *play, const struct attack_deed *deed);
void play_search(struct play *play, const struct attack_deed *deed);
void play_send(struct play *play, const struct attack_deed *deed);
void play_delete(struct play *play, const struct attack_deed *deed);
void play_cmdlet(struct play *play, const struct attack_deed *deed);
void play_alert(struct play *play, const struct attack_deed *deed);
void play_files(struct play *play, const struct attack_deed *deed);

/* --- attack_run_entra.c --- */

void play_sign_in(struct play *play, const struct attack_deed *deed);
void play_app_sign_in(struct play *play, const struct attack_deed *deed);
void play_spray(struct play *play, const struct attack_deed *deed);
void play_graph(struct play *play, const struct attack_deed *deed);
void play_app_graph(struct play *play, const struct attack_deed *deed);
void play_consent(struct play *play, const struct attack_deed *deed);
void play_grant_role(struct play *play, const struct attack_deed *deed);
void play_add_secret(struct play *play, const struct attack_deed *deed);
void play_add_app(struct play *play, const struct attack_deed *deed);
void play_add_user(struct play *play, const struct attack_deed *deed);
void play_join_device(struct play *play, const struct attack_deed *deed);
void play_second_factor(struct play *play, const struct attack_deed *deed);
void play_change_licence(struct play *play, const struct attack_deed *deed);

#endif
