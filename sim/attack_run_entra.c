#include <stdio.h>

#include "attack_run.h"
#include "directory.h"
#include "signin.h"

/* --- sign-ins --- */

static enum app_id
app_enum(struct play *play, const struct item *item)
{
	return item->role < 0 ? (enum app_id)item->from
	                      : play->actors[item->role].app_id;
}

void
play_sign_in(struct play *play, const struct attack_deed *deed)
{
	const struct item *app = play_item(play, deed, "app");

	signin(play->scene->gen,
	    &(struct signin){.who = play_who(play, deed, "sign-in"),
	        .app = app_enum(play, app),
	        .number = app->role < 0 || !play->actors[app->role].own
	                      ? 1
	                      : play->scene->story->number,
	        .resource = app_enum(play, play_item(play, deed, "to")),
	        .error = play_number(play, deed, "error", 0),
	        .device_code = play_word(play, deed, "device-code"),
	        .single_factor = play_word(play, deed, "single-factor"),
	        .silent = play_word(play, deed, "silent"),
	        .token = play_plain(play, deed, "token"),
	        .transfer = play_plain(play, deed, "transfer"),
	        .risk = play_plain(play, deed, "risk"),
	        .risk_type = play_plain(play, deed, "risk-type"),
	        .unbound = play_word(play, deed, "unbound")});
}

/* With the intruder's secret, if there is one. */
void
play_app_sign_in(struct play *play, const struct attack_deed *deed)
{
	const struct actor *actor = play_actor(play, deed, "app-sign-in");

	signin_service(play->scene->gen,
	    &(struct service_signin){&actor->app,
	        app_enum(play, play_item(play, deed, "to")), actor->ip,
	        actor->net, *actor->secret ? actor->secret : NULL, false});
}

/* Of the test tenant all accounts one after another, else any. */
void
play_spray(struct play *play, const struct attack_deed *deed)
{
	struct scene *scene = play->scene;
	bool test = play_word(play, deed, "spray");
	const struct org *org = test ? &play->test : scene->org;
	uint32_t times = play_number(play, deed, "times", 1);
	uint32_t locked = play_number(play, deed, "locked", UINT32_MAX);
	struct person person;
	struct who who;

	scene->gen->org = org;
	for (uint32_t i = 0; i < times; i++) {
		enum net_id net;

		scene_wait(scene, play_number(play, deed, "wait", 1));
		person_load(&person, org,
		    test ? i % org->people
		         : rng_below(&scene->rng, org->people));
		net = (enum net_id)play_any_word(play, deed, "network");
		who_intruder(&who, &person, net, BROWSER_CHROME_WINDOWS,
		    rng_next(&scene->rng));
		signin(scene->gen,
		    &(struct signin){.who = &who,
		        .app = APP_OFFICE_HOME,
		        .resource = APP_EXCHANGE,
		        .error = i % locked == locked - 1 ? 50053 : 50126,
		        .single_factor = true});
	}
}

/* --- calls of Graph --- */

/* The message that its address names. */
static uint32_t
message_of(struct play *play, const struct attack_deed *deed, const char *uri)
{
	return strstr(play_plain(play, deed, uri), "${message}") ? play->message
	                                                         : 0;
}

static const char *
verb_of(struct play *play, const struct attack_deed *deed)
{
	const char *verb = play_plain(play, deed, "verb");

	return verb ? verb : "GET";
}

void
play_graph(struct play *play, const struct attack_deed *deed)
{
	struct app_view room;
	bool agent = play_item(play, deed, "agent");

	graph_call(play->scene->gen,
	    &(struct graph_call){.who = play_who(play, deed, "by"),
	        .app =
	            play_app_view(play, play_item(play, deed, "client"), &room),
	        .agent = agent ? browsers[play_word(play, deed, "agent")].agent
	                       : NULL,
	        .verb = verb_of(play, deed),
	        .uri = play_text(play, deed, "graph"),
	        .scopes = play_plain(play, deed, "scopes"),
	        .mailbox = play->mailbox,
	        .message = message_of(play, deed, "graph"),
	        .status = play_number(play, deed, "status", 200)});
}

void
play_app_graph(struct play *play, const struct attack_deed *deed)
{
	const struct actor *actor = play_actor(play, deed, "by");

	graph_call(play->scene->gen,
	    &(struct graph_call){.app = &actor->app,
	        .ip = actor->ip,
	        .net = actor->net,
	        .agent = browsers[play_word(play, deed, "agent")].agent,
	        .verb = verb_of(play, deed),
	        .uri = play_text(play, deed, "app-graph"),
	        .scopes = play_plain(play, deed, "scopes"),
	        .mailbox = play->mailbox,
	        .message = message_of(play, deed, "app-graph"),
	        .status = play_number(play, deed, "status", 200)});
}

/* --- changes of the directory --- */

/* An app that is new to the tenant is allowed something. */
void
play_consent(struct play *play, const struct attack_deed *deed)
{
	struct app_view room;

	directory_consent(play->scene->gen,
	    &(struct consent){.who = play_who(play, deed, "by"),
	        .app = &play_actor(play, deed, "consent")->app,
	        .resource =
	            play_app_view(play, play_item(play, deed, "of"), &room),
	        .scopes = play_plain(play, deed, "scopes"),
	        .by_admin = play_word(play, deed, "for-everyone"),
	        .new_principal = true});
}

static void
by_app(struct play *play, const struct attack_deed *deed)
{
	const struct actor *by = play_actor(play, deed, "by");

	directory_by_app(play->scene->gen, &by->app, by->ip, by->net);
}

void
play_grant_role(struct play *play, const struct attack_deed *deed)
{
	struct app_view room;

	by_app(play, deed);
	directory_role_grant(play->scene->gen,
	    &(struct role_grant){&play_actor(play, deed, "to")->app,
	        play_app_view(play, play_item(play, deed, "of"), &room),
	        play_plain(play, deed, "grant-role"),
	        play_plain(play, deed, "id"), play_plain(play, deed, "name")});
}

void
play_add_secret(struct play *play, const struct attack_deed *deed)
{
	struct gen *gen = play->scene->gen;
	struct actor *actor = play_actor(play, deed, "add-secret");

	text_guid_of(
	    actor->secret, play->scene->seed, 7 + 100 * play->secrets++);
	directory_by_person(gen, play_who(play, deed, "by"));
	gen_set(gen, F_P1, actor->secret);
	gen_set(gen, F_P2, play_plain(play, deed, "name"));
	directory_on_app(gen, &actor->app);
	directory_emit(gen, CHANGE_APP_SECRET);
	directory_on_principal(gen, &actor->app);
	directory_emit(gen, CHANGE_PRINCIPAL_SECRET);
}

/* It is open to other tenants. */
void
play_add_app(struct play *play, const struct attack_deed *deed)
{
	struct gen *gen = play->scene->gen;

	directory_by_person(gen, play_who(play, deed, "by"));
	gen_set(gen, F_P2, "true");
	directory_on_app(gen, &play_actor(play, deed, "add-app")->app);
	directory_emit(gen, CHANGE_ADD_APP);
}

void
play_add_user(struct play *play, const struct attack_deed *deed)
{
	struct gen *gen = play->scene->gen;
	const struct person *person =
	    &play_actor(play, deed, "add-user")->person;

	by_app(play, deed);
	gen_set(gen, F_P1, person->local);
	directory_on_person(gen, person);
	directory_emit(gen, CHANGE_ADD_USER);
}

void
play_join_device(struct play *play, const struct attack_deed *deed)
{
	struct scene *s = play->scene;
	const struct who *who = play_who(play, deed, "join-device");
	struct app_view service;
	char device[GUID_TEXT_MAX], name[24], id[17];

	text_guid(device, &s->rng);
	story_start(s->story, START_DEVICE, device);
	text_hex(id, 16, rng_next(&s->rng));
	snprintf(
	    name, sizeof(name), "DESKTOP-%05X", rng_below(&s->rng, 0xfffff));
	app_load(&service, s->org, APP_DEVICES);
	directory_by_app(s->gen, &service, who->ip, who->net);
	gen_set(s->gen, F_P1, "Windows");
	gen_set(s->gen, F_P2, "10.0.22631.0");
	gen_set(s->gen, F_P3, who->person->oid);
	gen_set(s->gen, F_P4, id);
	gen_set(s->gen, F_P5, id);
	gen_set(s->gen, F_P6, service.app.names);
	directory_on_thing(s->gen, device, name);
	directory_emit(s->gen, CHANGE_ADD_DEVICE);
	gen_set(s->gen, F_P1, device);
	gen_set(s->gen, F_P2, name);
	directory_on_person(s->gen, who->person);
	directory_emit(s->gen, CHANGE_DEVICE_OWNER);
}

void
play_second_factor(struct play *play, const struct attack_deed *deed)
{
	struct gen *gen = play->scene->gen;
	const struct who *who = play_who(play, deed, "by");

	directory_by_person(gen, who);
	gen_set(gen, F_P1, play_plain(play, deed, "second-factor"));
	gen_set_guid_of(gen, F_P3, gen->v[F_P1]);
	directory_on_person(gen, who->person);
	directory_emit(gen, CHANGE_UPDATE_MFA);
}

void
play_change_licence(struct play *play, const struct attack_deed *deed)
{
	struct gen *gen = play->scene->gen;
	const char *plan = play_plain(play, deed, "without");

	directory_by_person(gen, play_who(play, deed, "by"));
	gen_setf(gen, F_DETAILS,
	    "{\"NewValue\":\"[SkuName=ENTERPRISEPREMIUM, DisabledPlans="
	    "[%.64s]]\",\"UserType\":\"Member\"}",
	    plan);
	gen_set(gen, F_P1, plan);
	gen_set(gen, F_P2, "");
	directory_on_person(
	    gen, &play_actor(play, deed, "change-licence")->person);
	directory_emit(gen, CHANGE_LICENSE);
}
