#include "attack_scene.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack_deed.h"
#include "base/alloc.h"
#include "signin.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US   (3600 * SECOND_US)

/* --- when --- */

void
scene_step(
    struct scene *scene, unsigned step, const char *technique, const char *what)
{
	scene->gen->truth.step = step;
	scene->gen->truth.technique = technique;
	scene->gen->truth.what = what;
}

/* Never past the end, nor beyond that percent of what is left. */
static void
move_on(struct scene *scene, int64_t wait_us, unsigned percent)
{
	int64_t most = (scene->to_us - scene->now_us) / 100 * percent;
	int64_t to_us = scene->now_us + (wait_us < most ? wait_us : most);

	scene->now_us = to_us;
	gen_at(scene->gen, to_us, rng_mix(scene->seed, ++scene->records));
}

void
scene_wait(struct scene *scene, int64_t seconds)
{
	int64_t about = seconds * SECOND_US;
	int64_t vary;

	if (seconds >= WAIT_LONG_SECONDS && scene->share > 0)
		about = (int64_t)((double)about * scene->share);
	vary = about / 2 > 0
	           ? (int64_t)(rng_next(&scene->rng) % (uint64_t)about)
	           : 0;

	move_on(scene, about / 2 + vary, 25);
}

void
scene_until_work(struct scene *scene, const struct person *person)
{
	int64_t local = scene->now_us + nets[person->home].utc_offset * HOUR_US;
	int64_t hour = local / HOUR_US % 24;
	int64_t day = local / HOUR_US / 24 + 4; /* 1970-01-01: a Thursday */
	int64_t wait = 0;

	if (hour < 9)
		wait = 9 - hour;
	else if (hour >= 16)
		wait = 33 - hour;
	if (hour >= 16)
		day++;
	if (day % 7 == 6)
		wait += 48;
	else if (day % 7 == 0)
		wait += 24;
	move_on(scene,
	    wait * HOUR_US + rng_below(&scene->rng, 2400) * SECOND_US, 80);
}

void
scene_skip_to(struct scene *scene, unsigned percent)
{
	int64_t to =
	    scene->from_us + (scene->to_us - scene->from_us) / 100 * percent;

	if (to > scene->now_us)
		scene->now_us = to;
	gen_at(
	    scene->gen, scene->now_us, rng_mix(scene->seed, ++scene->records));
}

/* --- who --- */

static bool
is_taken(const struct cast *cast, uint32_t index)
{
	for (size_t i = 0; i < cast->n; i++)
		if (cast->taken[i] == index)
			return true;
	return false;
}

/* The first from `start` on whom nobody has; any department if `any`. */
static bool
find_free(struct scene *scene, struct person *out, enum department dept,
    uint32_t start, bool any)
{
	uint32_t people = scene->org->people;

	for (uint32_t i = 0; i < people && i < 400; i++) {
		uint32_t index = (start + i) % people;

		/* nor those who may have left by then */
		if (is_taken(scene->cast, index) ||
		    person_contract(scene->org, index, 0) != CONTRACT_LASTING)
			continue;
		person_load(out, scene->org, index);
		/* administrators are too few to give them to others */
		if (out->dept == dept || (any && !out->admin))
			return true;
	}
	return false;
}

static void
keep_person(struct scene *scene, const struct person *person)
{
	for (size_t i = 0; i < scene->n_people; i++)
		if (!strcmp(scene->people[i].upn, person->upn))
			return;
	if (scene->n_people < SCENE_PEOPLE)
		scene->people[scene->n_people++] = *person;
}

void
scene_person(struct scene *scene, struct person *out, enum department dept,
    uint64_t which)
{
	struct cast *cast = scene->cast;
	uint32_t start = (uint32_t)(which % scene->org->people);

	if (!find_free(scene, out, dept, start, false) &&
	    !find_free(scene, out, dept, start, true)) {
		/* there are not enough people */
		person_of(out, scene->org, dept, which);
	} else {
		cast->taken =
		    xrealloc(cast->taken, (cast->n + 1) * sizeof(*cast->taken));
		cast->taken[cast->n++] = out->index;
	}
	keep_person(scene, out);
}

void
scene_load_app(struct scene *scene, struct app_view *out, enum app_id app,
    const struct org *home)
{
	struct scene_app *kept = &scene->apps[scene->n_apps++];

	assert(scene->n_apps <= SCENE_APPS);
	/* each playing has apps of its own, but for those of the tenant */
	app_load_nth(&kept->app, scene->org, app,
	    app < APP_LEGACY_TEST ? 1 : scene->story->number);
	kept->org = home;
	*out = kept->app;
}

void
scene_intruder(struct scene *scene, const struct who *who)
{
	story_start(scene->story, START_IP, who->ip);
	story_start(scene->story, START_SESSION, who->session);
	story_start(scene->story, START_USER, who->person->upn);
	keep_person(scene, who->person);
}

void
scene_app(struct scene *scene, const struct app_view *app, const char *ip)
{
	story_start(scene->story, START_APP, app->app.id);
	story_start(scene->story, START_IP, ip);
}

void
scene_got_password(struct scene *scene, const struct person *person)
{
	story_way(scene->story, "password", slice_cstr(person->upn),
	    slice_cstr(person->oid), scene->now_us);
}

void
scene_got_session(struct scene *scene, const struct who *who)
{
	story_way(scene->story, "session", slice_cstr(who->session),
	    slice_cstr(who->person->upn), scene->now_us);
}

/* A session of the victim's own begins with a sign-in, like any other. */
static void
sign_in(struct scene *scene)
{
	struct gen *gen = scene->gen;
	struct truth truth = gen->truth;

	gen->truth = (struct truth){0};
	signin(gen, &(struct signin){.who = &scene->owner,
	                .app = APP_OUTLOOK_WEB,
	                .resource = APP_EXCHANGE});
	gen->truth = truth;
}

void
scene_owner(
    struct scene *scene, const struct person *victim, const char *session)
{
	if (!scene->with.value[WITH_OWNER])
		return;
	who_at_work(&scene->owner, victim, scene->now_us);
	if (session)
		snprintf(scene->owner.session, sizeof(scene->owner.session),
		    "%s", session);
	else
		sign_in(scene);
}
