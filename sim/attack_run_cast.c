#include <stdio.h>

#include "attack_run.h"

static struct actor *
cast_as(struct play *play, const struct attack_deed *deed)
{
	return play_actor(play, deed, "as");
}

/* Those of the cast follow from the seed, later ones are drawn. */
void
play_person(struct play *play, const struct attack_deed *deed)
{
	struct scene *scene = play->scene;
	struct person *person = &cast_as(play, deed)->person;

	scene_person(scene, person,
	    (enum department)play_word(play, deed, "person"),
	    play->drawn ? rng_next(&scene->rng) : scene->seed);
	if (play_word(play, deed, "known"))
		story_start(scene->story, START_USER, person->upn);
}

/* Of the departments by turns; fewer where people are few. */
void
play_people(struct play *play, const struct attack_deed *deed)
{
	struct scene *scene = play->scene;
	struct actor *actor = cast_as(play, deed);
	uint32_t most = scene->org->people / 12;
	uint32_t n = play_number(play, deed, "count", 1);
	uint32_t turn = play->turn;

	n = most < n ? most : n;
	n = n < 2 ? 2 : n;
	actor->people =
	    arena_calloc(&scene->story->text, n, sizeof(*actor->people));
	actor->n_people = n;
	for (play->turn = 0; play->turn < n; play->turn++)
		scene_person(scene, &actor->people[play->turn],
		    (enum department)play_word(play, deed, "people"),
		    rng_next(&scene->rng));
	play->turn = turn;
}

void
play_test_account(struct play *play, const struct attack_deed *deed)
{
	person_load(&cast_as(play, deed)->person, &play->test,
	    play_number(play, deed, "test-account", 0));
}

/* Who is made in the attack; each playing makes another. */
void
play_new_account(struct play *play, const struct attack_deed *deed)
{
	struct scene *scene = play->scene;
	struct actor *actor = cast_as(play, deed);
	unsigned number = scene->story->number;
	const char *local = play_plain(play, deed, "new-account");
	char name[48];

	person_load(&actor->person, scene->org,
	    PEOPLE_MAX + 99 + number + 100 * play->accounts++);
	if (number > 1)
		snprintf(name, sizeof(name), "%.36s%u", local, number);
	else
		snprintf(name, sizeof(name), "%.36s", local);
	person_rename(&actor->person, name, play_plain(play, deed, "name"));
}

void
play_intruder(struct play *play, const struct attack_deed *deed)
{
	struct scene *scene = play->scene;
	struct who *who = &cast_as(play, deed)->who;
	const struct actor *session = play_actor(play, deed, "session");
	const struct actor *app = play_actor(play, deed, "app");
	uint64_t which = play_item(play, deed, "number")
	                     ? play_number(play, deed, "number", 0)
	                     : rng_next(&scene->rng);

	/* each playing has addresses and sessions of its own */
	if (scene->story->number > 1)
		which = rng_mix(scene->seed, which);
	who_intruder(who, &play_actor(play, deed, "intruder")->person,
	    (enum net_id)play_word(play, deed, "network"),
	    (enum browser_id)play_word(play, deed, "browser"), which);
	if (session)
		snprintf(who->session, sizeof(who->session), "%s",
		    session->who.session);
	scene_intruder(scene, who);
	if (app)
		scene_app(scene, &app->app, who->ip);
}

void
play_at_work(struct play *play, const struct attack_deed *deed)
{
	struct who *who = &cast_as(play, deed)->who;
	const struct actor *session = play_actor(play, deed, "session");
	const struct actor *token = play_actor(play, deed, "token");

	who_at_work(who, &play_actor(play, deed, "at-work")->person,
	    play->scene->now_us);
	if (session)
		snprintf(who->session, sizeof(who->session), "%s",
		    session->who.session);
	if (token)
		snprintf(who->uti, sizeof(who->uti), "%s", token->who.uti);
}

void
play_app(struct play *play, const struct attack_deed *deed)
{
	struct actor *actor = cast_as(play, deed);

	actor->app_id =
	    (enum app_id)(APP_FIRST_PARTY + play_word(play, deed, "app"));
	actor->own = actor->app_id >= APP_LEGACY_TEST;
	scene_load_app(play->scene, &actor->app, actor->app_id,
	    play_word(play, deed, "tenant") ? &play->test : play->scene->org);
}

/* From now on the app acts from there. */
void
play_address(struct play *play, const struct attack_deed *deed)
{
	struct scene *scene = play->scene;
	struct actor *actor = play_actor(play, deed, "address");

	actor->net = (enum net_id)play_any_word(play, deed, "network");
	net_address(actor->ip, actor->net, rng_next(&scene->rng));
	/* the tenant's own app goes on working */
	if (actor->own)
		scene_app(scene, &actor->app, actor->ip);
	else
		story_start(scene->story, START_IP, actor->ip);
}

void
play_owner(struct play *play, const struct attack_deed *deed)
{
	const struct actor *session = play_actor(play, deed, "session");

	scene_owner(play->scene, &play_actor(play, deed, "owner")->person,
	    session ? session->who.session : NULL);
}

void
play_got_password(struct play *play, const struct attack_deed *deed)
{
	scene_got_password(
	    play->scene, &play_actor(play, deed, "got-password")->person);
}

void
play_got_session(struct play *play, const struct attack_deed *deed)
{
	scene_got_session(
	    play->scene, &play_actor(play, deed, "got-session")->who);
}

void
play_got_token(struct play *play, const struct attack_deed *deed)
{
	const struct who *who = &play_actor(play, deed, "got-token")->who;

	story_way(play->scene->story, "forged-token",
	    slice_cstr(who->person->upn), slice_cstr(who->session),
	    play->scene->now_us);
}

void
play_got_secret(struct play *play, const struct attack_deed *deed)
{
	const struct app_view *app = &play_actor(play, deed, "got-secret")->app;

	story_way(play->scene->story, "secret", slice_cstr(app->key),
	    slice_cstr(app->app.id), play->scene->now_us);
}

void
play_got_app(struct play *play, const struct attack_deed *deed)
{
	const struct app_view *app = &play_actor(play, deed, "got-app")->app;

	story_way(play->scene->story, "service-principal",
	    slice_cstr(app->app.id), slice_cstr(app->principal),
	    play->scene->now_us);
}
