#include <stdio.h>

#include "attack_scene.h"
#include "directory.h"
#include "signin.h"

/*
 * D1: Midnight Blizzard.  The spray and the forgotten app are in the test
 * tenant, which keeps a log of its own; the rest is in the main one.  After
 * 2026-10-01 EWS is closed to most tenants: by seed the intruder reads through
 * EWS where it is still open for the app, or through Graph.
 */
#define MAILBOXES 16

struct blizzard {
	struct scene *scene;
	struct org test;
	struct app_view legacy, bad, exchange, graph;
	struct person dormant, owner; /* of the test tenant */
	struct person helper;         /* the user the intruder creates */
	char secret[GUID_TEXT_MAX];   /* of the legacy app: its key's id */
	bool ews;

	struct person mailboxes[MAILBOXES];
	uint32_t n_mailboxes;
	char ip[16]; /* of the bad app, this time */
	enum net_id net;
};

static const enum net_id homes[] = {
    NET_RESIDENTIAL_US, NET_RESIDENTIAL_RO, NET_RESIDENTIAL_VN};

static const char *
address(struct blizzard *b, char ip[16], enum net_id *net)
{
	*net = RNG_PICK(&b->scene->rng, homes);
	net_address(ip, *net, rng_next(&b->scene->rng));
	return ip;
}

static void
spray(struct blizzard *b)
{
	struct scene *s = b->scene;
	struct person person;
	struct who who;
	enum net_id net;

	s->gen->org = &b->test;
	scene_step(s, 1, "T1110.003",
	    "password spray over home addresses, a few tries an account");
	for (uint32_t i = 0; i < 36; i++) {
		scene_wait(s, 11000);
		person_load(&person, &b->test, i % b->test.people);
		net = RNG_PICK(&s->rng, homes);
		who_intruder(&who, &person, net, BROWSER_CHROME_WINDOWS,
		    rng_next(&s->rng));
		signin(s->gen, &(struct signin){.who = &who,
		                   .app = APP_OFFICE_HOME,
		                   .resource = APP_EXCHANGE,
		                   .error = i % 17 == 16 ? 50053 : 50126,
		                   .single_factor = true});
	}
	scene_step(s, 2, "T1078.004",
	    "a dormant account of the test tenant signs in, single factor");
	scene_wait(s, 4000);
	scene_intruder(s, &who, &b->dormant, NET_RESIDENTIAL_US,
	    BROWSER_CHROME_WINDOWS, 99);
	scene_got_password(s, &b->dormant);
	signin(s->gen, &(struct signin){.who = &who,
	                   .app = APP_PORTAL,
	                   .resource = APP_GRAPH,
	                   .single_factor = true});
	scene_step(s, 3, "T1098.001", "a new secret for the legacy test app");
	scene_wait(s, 1500);
	directory_by_person(s->gen, &who);
	gen_set(s->gen, F_P1, b->secret);
	gen_set(s->gen, F_P2, "test");
	directory_on_app(s->gen, &b->legacy);
	directory_emit(s->gen, CHANGE_APP_SECRET);
	directory_on_principal(s->gen, &b->legacy);
	directory_emit(s->gen, CHANGE_PRINCIPAL_SECRET);
	s->gen->org = s->org;
}

static void
look_around(struct blizzard *b)
{
	static const struct {
		const char *verb, *uri;
		unsigned status;
	} calls[] = {
	    {"GET",
	        "/servicePrincipals?$filter=appId eq "
	        "'00000002-0000-0ff1-ce00-000000000000'",
	        200},
	    {"GET", "/users?$top=999&$select=id,userPrincipalName,jobTitle",
	        200},
	    {"GET", "/directoryRoles", 200},
	    {"POST", "/users", 201},
	};
	struct scene *s = b->scene;
	char ip[16];
	enum net_id net;

	scene_step(s, 4, "T1078.004",
	    "the legacy app signs in with the new secret from a home address");
	scene_wait(s, 20000);
	address(b, ip, &net);
	signin_service(s->gen, &(struct service_signin){&b->legacy, APP_GRAPH,
	                           ip, net, b->secret, false});
	scene_app(s, &b->legacy, ip);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		scene_wait(s, 40);
		graph_call(
		    s->gen, &(struct graph_call){.app = &b->legacy,
		                .ip = ip,
		                .net = net,
		                .agent = browsers[BROWSER_PYTHON].agent,
		                .verb = calls[i].verb,
		                .uri = calls[i].uri,
		                .scopes = "Directory.ReadWrite.All "
		                          "AppRoleAssignment.ReadWrite.All",
		                .status = calls[i].status});
	}
	scene_step(s, 5, "T1136.003", "the app creates a user");
	scene_wait(s, 3);
	directory_by_app(s->gen, &b->legacy, ip, net);
	gen_set(s->gen, F_P1, b->helper.local);
	directory_on_person(s->gen, &b->helper);
	directory_emit(s->gen, CHANGE_ADD_USER);
}

static void
bad_app(struct blizzard *b)
{
	struct scene *s = b->scene;
	struct who who;

	scene_step(s, 6, "T1098.001",
	    "new apps, open to other tenants, in the test tenant");
	s->gen->org = &b->test;
	scene_wait(s, 30000);
	scene_intruder(s, &who, &b->dormant, NET_RESIDENTIAL_US,
	    BROWSER_CHROME_WINDOWS, 99);
	directory_by_person(s->gen, &who);
	gen_set(s->gen, F_P2, "true");
	directory_on_app(s->gen, &b->bad);
	directory_emit(s->gen, CHANGE_ADD_APP);
	s->gen->org = s->org;

	scene_step(s, 7, "T1528",
	    "the new user signs in and consents to the app for everyone");
	scene_wait(s, 9000);
	scene_intruder(s, &who, &b->helper, NET_RESIDENTIAL_RO,
	    BROWSER_CHROME_WINDOWS, 101);
	scene_got_session(s, &who);
	signin(s->gen, &(struct signin){.who = &who,
	                   .app = APP_PORTAL,
	                   .resource = APP_GRAPH,
	                   .single_factor = true});
	scene_wait(s, 120);
	directory_consent(s->gen,
	    &(struct consent){.who = &who,
	        .app = &b->bad,
	        .resource = &b->graph,
	        .scopes = " openid profile User.Read Mail.Read offline_access",
	        .by_admin = true,
	        .new_principal = true});
}

static void
grant(struct blizzard *b)
{
	struct scene *s = b->scene;
	char ip[16];
	enum net_id net;

	scene_step(s, 8, "T1098.003",
	    "the legacy app gives the bad app the right to read all mail");
	scene_wait(s, 600);
	address(b, ip, &net);
	scene_app(s, &b->legacy, ip);
	directory_by_app(s->gen, &b->legacy, ip, net);
	if (b->ews)
		directory_role_grant(s->gen,
		    &(struct role_grant){&b->bad, &b->exchange,
		        "full_access_as_app",
		        "dc890d15-9560-4a4c-9b7f-a736ec74ec40",
		        "Use Exchange Web Services with full access to all "
		        "mailboxes"});
	else
		directory_role_grant(s->gen,
		    &(struct role_grant){&b->bad, &b->graph, "Mail.ReadWrite",
		        "e2a3a72e-5f79-4c64-b1b1-878b674786c9",
		        "Read and write mail in all mailboxes"});
	scene_wait(s, 2);
	graph_call(s->gen, &(struct graph_call){.app = &b->legacy,
	                       .ip = ip,
	                       .net = net,
	                       .agent = browsers[BROWSER_PYTHON].agent,
	                       .verb = "POST",
	                       .uri = "/servicePrincipals/appRoleAssignedTo",
	                       .scopes = "Directory.ReadWrite.All "
	                                 "AppRoleAssignment.ReadWrite.All",
	                       .status = 201});
}

/* Some mailboxes of those who know much; fewer where people are few. */
static void
pick_mailboxes(struct blizzard *b)
{
	static const enum department wanted[] = {
	    DEPT_EXECUTIVE, DEPT_LEGAL, DEPT_EXECUTIVE, DEPT_OPERATIONS};
	struct scene *s = b->scene;
	uint32_t n = s->org->people / 12;

	b->n_mailboxes = n < 2 ? 2 : n > MAILBOXES ? MAILBOXES : n;
	for (uint32_t i = 0; i < b->n_mailboxes; i++)
		scene_person(
		    s, &b->mailboxes[i], wanted[i % 4], rng_next(&s->rng));
}

static void
bad_signin(struct blizzard *b)
{
	struct scene *s = b->scene;

	address(b, b->ip, &b->net);
	signin_service(s->gen,
	    &(struct service_signin){&b->bad, b->ews ? APP_EXCHANGE : APP_GRAPH,
	        b->ip, b->net, NULL, false});
	scene_app(s, &b->bad, b->ip);
}

static struct mail_app_read
how_to_read(struct blizzard *b)
{
	return (struct mail_app_read){.app = &b->bad,
	    .mailbox = &b->mailboxes[rng_below(&b->scene->rng, b->n_mailboxes)],
	    .ip = b->ip,
	    .ews = b->ews,
	    .items.messages = rng_range(&b->scene->rng, 3, 11)};
}

static void
read_one(struct blizzard *b)
{
	struct scene *s = b->scene;

	scene_wait(s, 90);
	scene_read_by_app(s, how_to_read(b));
	if (b->ews)
		return;
	scene_wait(s, 2);
	graph_call(
	    s->gen, &(struct graph_call){.app = &b->bad,
	                .ip = b->ip,
	                .net = b->net,
	                .agent = browsers[BROWSER_PYTHON].agent,
	                .verb = "GET",
	                .uri = "/users/messages?$top=50&$select=subject,body",
	                .scopes = "Mail.ReadWrite",
	                .status = 200});
}

static void
read_mail(struct blizzard *b)
{
	struct scene *s = b->scene;

	pick_mailboxes(b);
	for (unsigned i = 0; i < 44; i++) {
		if (i % 4 == 0) {
			scene_step(s, 9, "T1090.002",
			    "the bad app signs in, each time from elsewhere");
			scene_wait(s, 9000);
			bad_signin(b);
		}
		scene_step(s, 10, "T1114.002",
		    b->ews ? "mail of many people read through EWS"
		           : "mail of many people read through Graph");
		read_one(b);
	}
	scene_flood_by_app(s, how_to_read(b));
}

static void
app_again(struct scene *s, void *ctx)
{
	(void)s;
	bad_signin(ctx);
	for (int i = 0; i < 8; i++)
		read_one(ctx);
}

/* What was found in the mail is tried: a secret of another app, passwords. */
static void
use_secrets(struct blizzard *b)
{
	struct scene *s = b->scene;
	struct app_view desk;
	struct person person;
	struct who who;
	char ip[16];
	enum net_id net;

	scene_step(s, 11, "T1552.001",
	    "a secret found in mail is used, and the spray grows tenfold");
	scene_wait(s, 20000);
	scene_load_app(s, &desk, APP_DESK, s->org);
	address(b, ip, &net);
	signin_service(s->gen,
	    &(struct service_signin){&desk, APP_GRAPH, ip, net, NULL, false});
	/* the app itself is the tenant's, and goes on working */
	story_start(s->story, START_IP, ip);
	story_way(s->story, "secret", slice_cstr(desk.key),
	    slice_cstr(desk.app.id), s->now_us);
	for (uint32_t i = 0; i < 60; i++) {
		scene_wait(s, 300);
		person_load(
		    &person, s->org, rng_below(&s->rng, s->org->people));
		net = RNG_PICK(&s->rng, homes);
		who_intruder(&who, &person, net, BROWSER_CHROME_WINDOWS,
		    rng_next(&s->rng));
		signin(s->gen, &(struct signin){.who = &who,
		                   .app = APP_OFFICE_HOME,
		                   .resource = APP_EXCHANGE,
		                   .error = 50126,
		                   .single_factor = true});
	}
}

void
attack_midnight_blizzard(struct scene *scene)
{
	struct blizzard b = {.scene = scene};
	unsigned number = scene->story->number;
	char name[24];

	org_init_test(&b.test, scene->org);
	b.ews = scene->with.value[WITH_VARIANT] == VARIANT_EWS;
	text_guid_of(b.secret, scene->seed, 7);
	scene_load_app(scene, &b.legacy, APP_LEGACY_TEST, &b.test);
	scene_load_app(scene, &b.bad, APP_MALICIOUS, &b.test);
	app_load(&b.exchange, scene->org, APP_EXCHANGE);
	app_load(&b.graph, scene->org, APP_GRAPH);
	person_load(&b.dormant, &b.test, 5);
	person_load(&b.helper, scene->org, PEOPLE_MAX + 99 + number);
	snprintf(name, sizeof(name),
	    number > 1 ? "svc.migration%u" : "svc.migration", number);
	person_rename(&b.helper, name, "Migration Service");
	spray(&b);
	scene_skip_to(scene, 35);
	look_around(&b);
	bad_app(&b);
	scene_skip_to(scene, 50);
	grant(&b);
	read_mail(&b);
	scene_skip_to(scene, 90);
	use_secrets(&b);
	scene_end(scene,
	    &(struct comeback){"app-role service-principal delegated-grant "
	                       "consent application",
	        app_again, &b},
	    1);
}
