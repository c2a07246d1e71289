#include "attack.h"
#include "directory.h"
#include "signin.h"

/*
 * D1: Midnight Blizzard.  The spray and the forgotten app are in the test
 * tenant, which keeps a log of its own; the rest is in the main one.  After
 * 2026-10-01 EWS is closed to most tenants: by seed the intruder reads through
 * EWS where it is still open for the app, or through Graph.
 */
struct blizzard {
	struct scene *scene;
	struct org test;
	struct app_view legacy, bad, exchange, graph;
	struct person dormant, owner; /* of the test tenant */
	struct person helper;         /* the user the intruder creates */
	char secret[GUID_TEXT_MAX];   /* of the legacy app: its key's id */
	bool ews;
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

static void
read_mail(struct blizzard *b)
{
	static const enum department wanted[] = {
	    DEPT_EXECUTIVE, DEPT_LEGAL, DEPT_IT, DEPT_EXECUTIVE};
	struct scene *s = b->scene;
	struct person mailbox;
	char ip[16];
	enum net_id net;

	for (unsigned i = 0; i < 44; i++) {
		if (i % 4 == 0) {
			scene_step(s, 9, "T1090.002",
			    "the bad app signs in, each time from elsewhere");
			scene_wait(s, 9000);
			address(b, ip, &net);
			signin_service(
			    s->gen, &(struct service_signin){&b->bad,
			                b->ews ? APP_EXCHANGE : APP_GRAPH, ip,
			                net, NULL, false});
			scene_app(s, &b->bad, ip);
		}
		scene_step(s, 10, "T1114.002",
		    b->ews ? "mail of many people read through EWS"
		           : "mail of many people read through Graph");
		scene_wait(s, 90);
		person_of(&mailbox, s->org, RNG_PICK(&s->rng, wanted),
		    rng_next(&s->rng));
		mail_bind_by_app(
		    s->gen, &(struct mail_app_read){&b->bad, &mailbox, ip,
		                b->ews, i > 38, rng_range(&s->rng, 3, 11)});
		if (b->ews)
			continue;
		scene_wait(s, 2);
		graph_call(s->gen,
		    &(struct graph_call){.app = &b->bad,
		        .ip = ip,
		        .net = net,
		        .agent = browsers[BROWSER_PYTHON].agent,
		        .verb = "GET",
		        .uri = "/users/messages?$top=50&$select=subject,body",
		        .scopes = "Mail.ReadWrite",
		        .status = 200});
	}
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
	app_load(&desk, s->org, APP_DESK);
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

	org_init_test(&b.test, scene->org);
	b.ews = scene->seed & 1;
	text_guid_of(b.secret, scene->seed, 7);
	app_load(&b.legacy, scene->org, APP_LEGACY_TEST);
	app_load(&b.bad, scene->org, APP_MALICIOUS);
	app_load(&b.exchange, scene->org, APP_EXCHANGE);
	app_load(&b.graph, scene->org, APP_GRAPH);
	person_load(&b.dormant, &b.test, 5);
	person_load(&b.helper, scene->org, PEOPLE_MAX + 100);
	person_rename(&b.helper, "svc.migration", "Migration Service");
	spray(&b);
	scene_skip_to(scene, 35);
	look_around(&b);
	bad_app(&b);
	scene_skip_to(scene, 50);
	grant(&b);
	read_mail(&b);
	scene_skip_to(scene, 90);
	use_secrets(&b);
}
