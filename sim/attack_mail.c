#include <stdio.h>
#include <string.h>

#include "attack_scene.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US   (3600 * SECOND_US)

/*
 * Records of a mailbox in 24 hours after which its log falls silent for as
 * long (learn.microsoft.com/purview/audit-log-investigate-accounts).
 */
#define THROTTLE_RECORDS 1001
#define THROTTLE_STEP_US (68 * SECOND_US)

/* One of the two is set. */
struct reading {
	struct mail_read *who;
	struct mail_app_read *app;
	struct mail_items *items;
	const struct person *mailbox;
};

static struct reading
of_who(struct mail_read *read)
{
	return (struct reading){.who = read,
	    .items = &read->items,
	    .mailbox = read->mailbox ? read->mailbox : read->who->person};
}

static struct reading
of_app(struct mail_app_read *read)
{
	return (struct reading){
	    .app = read, .items = &read->items, .mailbox = read->mailbox};
}

/* Sets the time so much later than the scene stands, or less at its end. */
static void
at_later(struct scene *scene, int64_t later_us)
{
	int64_t most = (scene->to_us - scene->now_us) / 16;

	if (later_us > most)
		later_us = most > 0 ? most : 0;
	gen_at(scene->gen, scene->now_us + later_us,
	    rng_mix(scene->seed, ++scene->records));
}

static void
read_once(struct scene *scene, const struct reading *r)
{
	if (!r->items->unseen && gen_is_silent(scene->gen, r->mailbox->upn))
		r->items->unseen = "throttled";
	if (r->app)
		mail_bind_by_app(scene->gen, r->app);
	else
		mail_bind(scene->gen, r->who);
}

/* --- what others do with the same mailbox --- */

/* At times the very messages that the intruder read. */
static struct mail_items
same_or_others(struct scene *scene, const struct reading *r)
{
	struct mail_items items = {.folder = r->items->folder};

	if (rng_percent(&scene->rng, 35)) {
		items.first = r->items->first;
		items.messages = r->items->messages;
	}
	return items;
}

static void
owner_reads(struct scene *scene, const struct reading *r)
{
	struct who owner = scene->owner;
	struct mail_read read = {
	    .who = &owner, .items = same_or_others(scene, r)};

	if (!owner.person || owner.person != r->mailbox)
		who_at_work(&owner, r->mailbox, scene->now_us);
	if (rng_percent(&scene->rng, 30)) {
		/* on the way, by an address that was never seen */
		net_address(
		    owner.ip, owner.person->home, rng_next(&scene->rng));
		owner.browser = owner.person->phone;
		owner.managed = false;
	}
	mail_bind(scene->gen, &read);
}

static void
background_reads(struct scene *scene, const struct reading *r)
{
	struct who owner;
	struct mail_read read = {.who = &owner,
	    .client = CLIENT_BACKGROUND,
	    .items = same_or_others(scene, r)};

	who_at_work(&owner, r->mailbox, scene->now_us);
	mail_bind(scene->gen, &read);
}

/* These are no deeds of the intruder's. */
static void
meanwhile(struct scene *scene, const struct reading *r)
{
	struct gen *gen = scene->gen;
	struct truth truth = gen->truth;

	gen->truth = (struct truth){0};
	if (scene->with.value[WITH_OWNER] && rng_percent(&scene->rng, 40)) {
		at_later(scene, rng_range(&scene->rng, 5, 900) * SECOND_US);
		owner_reads(scene, r);
	}
	if (scene->with.value[WITH_BACKGROUND] &&
	    rng_percent(&scene->rng, 40)) {
		at_later(scene, rng_range(&scene->rng, 1, 300) * SECOND_US);
		background_reads(scene, r);
	}
	gen->truth = truth;
}

/* --- reading --- */

static void
read_new(struct scene *scene, const struct reading *r)
{
	r->items->first = scene->message + 1;
	scene->message += r->items->messages;
	read_once(scene, r);
	if (r->app && scene->with.value[WITH_ATTACHMENTS] &&
	    !r->items->unseen && rng_percent(&scene->rng, 40)) {
		r->app->attachments = true;
		mail_bind_by_app(scene->gen, r->app);
		r->app->attachments = false;
	}
	meanwhile(scene, r);
	if (scene->with.value[WITH_REPEATS] && !r->items->unseen &&
	    rng_percent(&scene->rng, 40)) {
		/* a bind of the same context is not told twice an hour */
		at_later(scene, rng_range(&scene->rng, 130, 3000) * SECOND_US);
		r->items->unseen = "repeated";
		read_once(scene, r);
	}
	gen_at(
	    scene->gen, scene->now_us, rng_mix(scene->seed, ++scene->records));
}

void
scene_read(struct scene *scene, struct mail_read read)
{
	struct reading r = of_who(&read);

	read_new(scene, &r);
}

void
scene_read_by_app(struct scene *scene, struct mail_app_read read)
{
	struct reading r = of_app(&read);

	read_new(scene, &r);
}

void
scene_sync(struct scene *scene, const struct who *who)
{
	static const enum mail_folder taken[] = {
	    FOLDER_INBOX, FOLDER_SENT, FOLDER_ARCHIVE, FOLDER_PROJECTS};
	unsigned n = rng_range(&scene->rng, 1, 4);

	for (unsigned i = 0; scene->with.value[WITH_SYNC] && i < n; i++) {
		scene_wait(scene, 40);
		mail_sync(scene->gen, who, taken[i]);
	}
}

/* --- so much that the log stops --- */

/* In folders by turns: what is read in one within two minutes is one record. */
static void
flood(struct scene *scene, const struct reading *r)
{
	static const enum mail_folder turns[] = {
	    FOLDER_INBOX, FOLDER_SENT, FOLDER_PROJECTS, FOLDER_ARCHIVE};
	int64_t step =
	    (scene->to_us - scene->now_us) / 2 / (THROTTLE_RECORDS + 40);

	if (!scene->with.value[WITH_THROTTLE])
		return;
	if (step > THROTTLE_STEP_US)
		step = THROTTLE_STEP_US;
	for (unsigned i = 0; i < THROTTLE_RECORDS + 40; i++) {
		scene->now_us += step;
		gen_at(scene->gen, scene->now_us,
		    rng_mix(scene->seed, ++scene->records));
		*r->items = (struct mail_items){.folder = turns[i % 4],
		    .messages = rng_range(&scene->rng, 1, 3),
		    .first = scene->message + 1,
		    .throttled = i == THROTTLE_RECORDS - 1};
		scene->message += r->items->messages;
		read_once(scene, r);
		if (r->items->throttled)
			gen_silence(scene->gen, r->mailbox->upn,
			    scene->now_us + 24 * HOUR_US);
	}
}

void
scene_flood(struct scene *scene, struct mail_read read)
{
	struct reading r = of_who(&read);

	flood(scene, &r);
}

void
scene_flood_by_app(struct scene *scene, struct mail_app_read read)
{
	struct reading r = of_app(&read);

	flood(scene, &r);
}
