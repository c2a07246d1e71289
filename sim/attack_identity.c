#include <stdio.h>

#include "attack_scene.h"
#include "directory.h"
#include "signin.h"

/* D2: tokens made with a stolen signing key; no sign-in ever happened. */
void
attack_forged_token(struct scene *s)
{
	struct person victim;
	struct who who;
	struct mail_read read = {.who = &who,
	    .app = "00000002-0000-0000-c000-000000000000",
	    .client_app = "13937bba-652e-4c46-b222-3003f4d1ff97"};

	scene_step(s, 1, "T1606.002",
	    "mail read in the browser with a session that no sign-in began");
	for (unsigned i = 0; i < 30; i++) {
		if (i % 5 == 0) {
			scene_wait(s, 30000);
			scene_person(s, &victim,
			    i % 2 ? DEPT_LEGAL : DEPT_EXECUTIVE,
			    rng_next(&s->rng));
			scene_intruder(s, &who, &victim, NET_CN,
			    BROWSER_FIREFOX_WINDOWS, rng_next(&s->rng));
			/* whoever has the key makes another token */
			story_way(s->story, "forged-token",
			    slice_cstr(victim.upn), slice_cstr(who.session),
			    s->now_us);
		}
		scene_wait(s, 130);
		read.items.messages = rng_range(&s->rng, 2, 11);
		scene_read(s, read);
	}
	scene_flood(s, read);
}

static void
device_join(struct scene *s, const struct who *who)
{
	struct app_view service;
	char device[GUID_TEXT_MAX], name[24], id[17];

	text_guid(device, &s->rng);
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

/* Some messages more, in the same way. */
static void
read_some(struct scene *s, const struct mail_read *how)
{
	struct mail_read read = *how;

	read.items.messages = rng_range(&s->rng, 1, 9);
	scene_read(s, read);
}

static void
search_mail(struct scene *s, const struct mail_read *read)
{
	static const char *const words[] = {"password", "admin credentials",
	    "teamviewer", "anydesk", "secret", "ministry"};
	struct app_view app;

	app_load(&app, s->org, APP_BROKER);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char uri[96];

		scene_wait(s, 45);
		mail_search(s->gen, read->who, words[i]);
		scene_wait(s, 5);
		snprintf(uri, sizeof(uri), "/me/messages?$search=%s", words[i]);
		graph_call(
		    s->gen, &(struct graph_call){.who = read->who,
		                .app = &app,
		                .agent = browsers[BROWSER_PYTHON].agent,
		                .verb = "GET",
		                .uri = uri,
		                .scopes = "Mail.Read Mail.ReadWrite User.Read",
		                .status = 200});
		scene_wait(s, 20);
		read_some(s, read);
	}
}

/* The device's token is good for another sign-in, and that for mail. */
static void
device_again(struct scene *s, void *ctx)
{
	const struct mail_read *read = ctx;

	signin(s->gen, &(struct signin){.who = read->who,
	                   .app = APP_BROKER,
	                   .resource = APP_EXCHANGE,
	                   .silent = true,
	                   .token = "primaryRefreshToken",
	                   .transfer = "deviceCodeFlow",
	                   .unbound = true});
	for (int i = 0; i < 4; i++) {
		scene_wait(s, 150);
		read_some(s, read);
	}
}

/* D3: the victim types the intruder's device code. */
void
attack_device_code(struct scene *s)
{
	struct person victim;
	struct who who, at_work;
	struct mail_read read = {.who = &who,
	    .client = CLIENT_MOBILE,
	    .ews = s->with.value[WITH_VARIANT] == VARIANT_EWS,
	    .app = "00000003-0000-0000-c000-000000000000",
	    .client_app = "29d9ed98-a469-4536-ade2-f981bc1d605e"};

	scene_person(s, &victim, DEPT_OPERATIONS, s->seed);
	scene_until_work(s, &victim);
	scene_intruder(s, &who, &victim, NET_HOSTING_DE, BROWSER_EDGE, 3);
	scene_step(s, 1, "T1566.002",
	    "sign-in by device code with the Authentication Broker");
	who_at_work(&at_work, &victim, s->now_us);
	/* the code is typed at work; the session belongs to the intruder */
	snprintf(at_work.session, sizeof(at_work.session), "%s", who.session);
	snprintf(at_work.uti, sizeof(at_work.uti), "%s", who.uti);
	signin(s->gen, &(struct signin){.who = &at_work,
	                   .app = APP_BROKER,
	                   .resource = APP_GRAPH,
	                   .device_code = true,
	                   .transfer = "deviceCodeFlow",
	                   .unbound = true});
	scene_got_session(s, &who);
	scene_step(s, 2, "T1550.001",
	    "its refresh token fetches one for device registration");
	scene_wait(s, 70);
	signin(s->gen, &(struct signin){.who = &who,
	                   .app = APP_BROKER,
	                   .resource = APP_DEVICES,
	                   .silent = true,
	                   .token = "refreshToken",
	                   .transfer = "deviceCodeFlow",
	                   .unbound = true});
	scene_step(s, 3, "T1098.005", "a device of the intruder is joined");
	scene_wait(s, 30);
	device_join(s, &who);
	scene_step(s, 4, "T1550.001",
	    "sign-in with the primary refresh token of that device");
	scene_wait(s, 40);
	signin(s->gen, &(struct signin){.who = &who,
	                   .app = APP_BROKER,
	                   .resource = APP_EXCHANGE,
	                   .silent = true,
	                   .token = "primaryRefreshToken",
	                   .transfer = "deviceCodeFlow",
	                   .unbound = true});
	scene_step(s, 5, "T1114.002", "mail searched for secrets and read");
	scene_wait(s, 600);
	scene_owner(s, &victim, NULL);
	search_mail(s, &read);
	scene_sync(s, &who);
	scene_flood(s, read);
	scene_step(s, 6, "T1534", "the same invitation is sent to colleagues");
	for (int i = 0; i < 6; i++) {
		scene_wait(s, 50);
		mail_send(s->gen, &who, "Invitation: Teams meeting, join code");
	}
	scene_end(
	    s, &(struct comeback){"session device", device_again, &read}, 1);
}

/* The session goes on: it was not ended. */
static void
session_again(struct scene *s, void *ctx)
{
	const struct mail_read *read = ctx;

	signin(s->gen, &(struct signin){.who = read->who,
	                   .app = APP_OFFICE_HOME,
	                   .resource = APP_EXCHANGE,
	                   .silent = true,
	                   .token = "refreshToken",
	                   .unbound = true});
	for (int i = 0; i < 5; i++) {
		scene_wait(s, 150);
		read_some(s, read);
	}
}

/* With the password and the second factor another session begins. */
static void
password_again(struct scene *s, void *ctx)
{
	const struct mail_read *thief = ctx;
	struct who who;
	struct mail_read read = {.who = &who};

	scene_intruder(s, &who, thief->who->person, NET_TR, BROWSER_LINUX,
	    rng_next(&s->rng));
	signin(s->gen,
	    &(struct signin){
	        .who = &who, .app = APP_OUTLOOK_WEB, .resource = APP_EXCHANGE});
	scene_got_session(s, &who);
	for (int i = 0; i < 5; i++) {
		scene_wait(s, 150);
		read_some(s, &read);
	}
}

/* D4: a proxy page between the victim and the sign-in takes the session. */
void
attack_token_theft(struct scene *s)
{
	struct person victim;
	struct who proxy, thief;
	struct mail_read read = {.who = &thief};
	char rule[96];

	scene_person(s, &victim, DEPT_SALES, s->seed);
	scene_until_work(s, &victim);
	scene_intruder(s, &proxy, &victim, NET_HOSTING_FR, BROWSER_AXIOS, 4);
	scene_step(s, 1, "T1557",
	    "sign-in through the proxy page, second factor satisfied");
	signin(s->gen, &(struct signin){.who = &proxy,
	                   .app = APP_OFFICE_HOME,
	                   .resource = APP_GRAPH,
	                   .unbound = true});
	/* the page saw both */
	scene_got_password(s, &victim);
	scene_got_session(s, &proxy);
	scene_step(s, 2, "T1550.004",
	    "the same session from another country within minutes");
	scene_wait(s, 240);
	scene_intruder(s, &thief, &victim, NET_TR, BROWSER_LINUX, 5);
	snprintf(thief.session, sizeof(thief.session), "%s", proxy.session);
	for (int i = 0; i < 3; i++) {
		scene_wait(s, 90);
		signin(
		    s->gen, &(struct signin){.who = &thief,
		                .app = APP_OFFICE_HOME,
		                .resource = i == 0 ? APP_GRAPH : APP_EXCHANGE,
		                .silent = true,
		                .token = "refreshToken",
		                .risk = "medium",
		                .risk_type = "anomalousToken",
		                .unbound = true});
	}
	scene_step(s, 3, "T1556.006", "a second factor of the intruder's own");
	scene_wait(s, 200);
	directory_by_person(s->gen, &thief);
	gen_set(s->gen, F_P1, "Redmi Note 12");
	gen_set_guid_of(s->gen, F_P3, s->gen->v[F_P1]);
	directory_on_person(s->gen, &victim);
	directory_emit(s->gen, CHANGE_UPDATE_MFA);
	scene_step(s, 4, "T1114.002", "mail read in the stolen session");
	scene_owner(s, &victim, thief.session);
	for (int i = 0; i < 12; i++) {
		scene_wait(s, 150);
		read_some(s, &read);
	}
	scene_sync(s, &thief);
	scene_flood(s, read);
	scene_step(s, 5, "T1564.008", "an inbox rule hides warnings");
	scene_wait(s, 90);
	snprintf(rule, sizeof(rule), "%s\\..", victim.local);
	exchange_admin(s->gen, &thief, "New-InboxRule", rule,
	    (const struct parameter[]){{"Name", ".."},
	        {"SubjectOrBodyContainsWords",
	            "phishing;hacked;suspicious;security alert"},
	        {"DeleteMessage", "True"}, {"MarkAsRead", "True"},
	        {"StopProcessingRules", "True"}, {0}});
	scene_end(s,
	    (const struct comeback[]){{"session", session_again, &read},
	        {"password authentication-method", password_again, &read}},
	    2);
}

struct consented {
	struct mail_read read;
	const struct app_view *app;
};

static void
app_reads(struct scene *s, void *ctx, unsigned i)
{
	const struct consented *c = ctx;
	bool ews = c->read.ews;

	scene_wait(s, i % 6 ? 120 : 40000);
	read_some(s, &c->read);
	if (ews)
		return;
	scene_wait(s, 3);
	graph_call(s->gen, &(struct graph_call){.who = c->read.who,
	                       .app = c->app,
	                       .verb = "GET",
	                       .uri = "/me/messages?$top=100",
	                       .scopes = "Mail.Read Contacts.Read User.Read",
	                       .status = 200});
}

static void
app_again(struct scene *s, void *ctx)
{
	for (unsigned i = 1; i < 6; i++)
		app_reads(s, ctx, i);
}

/* D5: a person allows an app to read their mail. */
void
attack_consent(struct scene *s)
{
	struct person victim;
	struct who who;
	struct app_view app, graph, exchange;
	bool ews = s->with.value[WITH_VARIANT] == VARIANT_EWS;
	struct consented c = {
	    .app = &app, .read = {.who = &who, .client = CLIENT_MOBILE}};

	scene_person(s, &victim, DEPT_MARKETING, s->seed);
	scene_load_app(s, &app, APP_PHISHING, s->org);
	app_load(&graph, s->org, APP_GRAPH);
	app_load(&exchange, s->org, APP_EXCHANGE);
	c.read.ews = ews;
	c.read.app = graph.app.id;
	c.read.client_app = app.app.id;
	scene_until_work(s, &victim);
	who_at_work(&who, &victim, s->now_us);
	scene_step(s, 1, "T1566.002",
	    "the person follows a link to an app not consented to yet");
	signin(s->gen, &(struct signin){.who = &who,
	                   .app = APP_PHISHING,
	                   .resource = APP_GRAPH,
	                   .error = 65001});
	scene_step(s, 2, "T1528", "the person consents to reading their mail");
	scene_wait(s, 25);
	directory_consent(
	    s->gen, &(struct consent){.who = &who,
	                .app = &app,
	                .resource = ews ? &exchange : &graph,
	                .scopes = ews ? " EWS.AccessAsUser.All offline_access"
	                              : " openid profile User.Read Mail.Read "
	                                "Contacts.Read offline_access",
	                .new_principal = true});
	scene_wait(s, 4);
	signin(s->gen,
	    &(struct signin){
	        .who = &who, .app = APP_PHISHING, .resource = APP_GRAPH});
	scene_step(s, 3, "T1114.002", "the app reads the mail for days");
	scene_intruder(s, &who, &victim, NET_HOSTING_US, BROWSER_PYTHON, 6);
	scene_app(s, &app, who.ip);
	signin(s->gen, &(struct signin){.who = &who,
	                   .app = APP_PHISHING,
	                   .resource = ews ? APP_EXCHANGE : APP_GRAPH,
	                   .silent = true,
	                   .token = "refreshToken"});
	scene_owner(s, &victim, NULL);
	for (unsigned i = 0; i < 24; i++)
		app_reads(s, &c, i);
	scene_flood(s, c.read);
	scene_end(s,
	    &(struct comeback){
	        "consent delegated-grant service-principal", app_again, &c},
	    1);
}
