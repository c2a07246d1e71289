#include "attack_scene.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

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
	    app == APP_DESK ? 1 : scene->story->number);
	kept->org = home;
	*out = kept->app;
}

void
scene_intruder(struct scene *scene, struct who *out,
    const struct person *victim, enum net_id net, enum browser_id browser,
    uint64_t which)
{
	/* each playing has addresses and sessions of its own */
	if (scene->story->number > 1)
		which = rng_mix(scene->seed, which);
	who_intruder(out, victim, net, browser, which);
	story_start(scene->story, START_IP, out->ip);
	story_start(scene->story, START_SESSION, out->session);
	story_start(scene->story, START_USER, victim->upn);
	keep_person(scene, victim);
}

void
scene_insider(struct scene *scene, const struct who *who)
{
	story_start(scene->story, START_USER, who->person->upn);
	scene_got_password(scene, who->person);
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
}
