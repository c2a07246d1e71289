#include <stdio.h>

#include "day.h"
#include "directory.h"
#include "record.h"
#include "signin.h"

static const char *const group_names[] = {"All Staff", "Finance Readers",
    "Project Aurora", "VPN Users", "Remote Workers", "Contractors"};

static const struct {
	const char *id, *name, *template, *well_known;
} roles[] = {
    {"88ffdd53-fe53-438a-a36d-5474774d5a1c", "Helpdesk Administrator",
        "729827e3-9c14-49f7-bb1b-9608f156bbb8", "HelpdeskAdministrators"},
    {"6e896e93-0027-4b9d-9bc6-38d71610e6b6", "Teams Administrator",
        "69091246-20e8-4a56-aa4d-066075b2a7a8", "TeamsServiceAdmins"},
    {"2307902e-ec3d-495d-9ea1-98e8963ef58d", "Reports Reader",
        "4a5d8f65-41da-4de4-8968-e035b65339cf", "ReportsReaders"},
};

static void
about_someone(struct gen *gen, struct person *someone, enum act act)
{
	person_load(someone, gen->org, rng_below(&gen->rng, gen->org->people));
	if ((act == ACT_TASK_RESET || act == ACT_TASK_REVOKE) &&
	    gen_is_taken(gen, someone))
		return;
	directory_on_person(gen, someone);
	switch (act) {
	case ACT_TASK_USER:
		gen_set(gen, F_P1, department_names[someone->dept]);
		gen_set(gen, F_P2,
		    department_names[rng_below(&gen->rng, DEPT_COUNT)]);
		gen_setf(gen, F_P3, "+47 22 %02u %02u %02u",
		    rng_below(&gen->rng, 100), rng_below(&gen->rng, 100),
		    rng_below(&gen->rng, 100));
		directory_emit(gen, CHANGE_UPDATE_USER);
		break;
	case ACT_TASK_RESET:
		directory_emit(gen, CHANGE_RESET_PASSWORD);
		break;
	case ACT_TASK_REVOKE:
		gen_set(gen, F_P1, "2026-09-01T07:11:31Z");
		directory_emit(gen, CHANGE_REVOKE_SESSIONS);
		break;
	case ACT_TASK_LICENSE:
		gen_set(gen, F_P1, "YAMMER_ENTERPRISE,SWAY");
		gen_set(gen, F_P2, "YAMMER_ENTERPRISE");
		directory_emit(gen, CHANGE_LICENSE);
		break;
	case ACT_TASK_GROUP_MEMBER:
		gen_set_guid(gen, F_P1);
		gen_set(gen, F_P2, RNG_PICK(&gen->rng, group_names));
		directory_emit(gen, CHANGE_ADD_TO_GROUP);
		break;
	default: {
		uint32_t n =
		    rng_below(&gen->rng, sizeof(roles) / sizeof(roles[0]));

		gen_set(gen, F_P1, roles[n].id);
		gen_set(gen, F_P2, roles[n].name);
		gen_set(gen, F_P3, roles[n].template);
		gen_set(gen, F_P4, roles[n].well_known);
		directory_emit(gen, CHANGE_ADD_TO_ROLE);
		break;
	}
	}
}

/* A person who joins: the next after all who are there. */
static void
add_user(struct gen *gen)
{
	struct person joiner;

	person_load(
	    &joiner, gen->org, gen->org->people + rng_below(&gen->rng, 4096));
	directory_on_person(gen, &joiner);
	gen_setf(gen, F_P1, "%s", joiner.local);
	gen_setf(gen, F_TOID, "%s", joiner.oid);
	gen_setf(gen, F_TUPN, "%s", joiner.upn);
	gen_setf(gen, F_TPUID, "%s", joiner.puid);
	gen_setf(gen, F_TNAME, "%s", joiner.name);
	directory_emit(gen, CHANGE_ADD_USER);
}

static void
grant_role(struct gen *gen, const struct app_view *app)
{
	static const struct {
		enum app_id resource;
		const char *role, *id, *name;
	} roles_of_apps[] = {
	    {APP_MANAGEMENT, "ActivityFeed.Read",
	        "594c1fb6-4f81-4475-ae41-0c394909246c",
	        "Read activity data for your organization"},
	    {APP_GRAPH, "User.Read.All", "df021288-bdef-4463-88db-98f22de89214",
	        "Read all users' full profiles"},
	};
	uint32_t n = rng_below(&gen->rng, 2);
	struct app_view resource;

	app_load(&resource, gen->org, roles_of_apps[n].resource);
	directory_role_grant(
	    gen, &(struct role_grant){app, &resource, roles_of_apps[n].role,
	             roles_of_apps[n].id, roles_of_apps[n].name});
}

static void
about_app(struct gen *gen, enum act act, const struct who *who)
{
	static const enum app_id ours[] = {
	    APP_BACKUP, APP_HR, APP_DESK, APP_SURVEY, APP_BOARD};
	struct app_view app;

	app_load(&app, gen->org, RNG_PICK(&gen->rng, ours));
	directory_on_app(gen, &app);
	switch (act) {
	case ACT_TASK_ADD_APP:
		gen_set(gen, F_P2, "false");
		directory_emit(gen, CHANGE_ADD_APP);
		directory_on_person(gen, who->person);
		gen_set(gen, F_P1, app.object);
		gen_set(gen, F_P2, app.app.name);
		gen_set(gen, F_P3, app.app.id);
		directory_emit(gen, CHANGE_APP_OWNER);
		break;
	case ACT_TASK_UPDATE_APP:
		gen_set(gen, F_P1, "c5393580-f805-4401-95e8-94b7a6ef2fc2");
		gen_set(gen, F_P2, "4807a72c-ad38-4250-94c9-4eabfe26cd55");
		gen_set(gen, F_P3, "594c1fb6-4f81-4475-ae41-0c394909246c");
		gen_set(gen, F_P4, "e2cea78f-e743-4d8f-a16a-75b629a038ae");
		directory_emit(gen, CHANGE_UPDATE_APP);
		break;
	case ACT_TASK_SECRET:
		gen_set_guid(gen, F_P1);
		gen_set(gen, F_P2, "rotation 2026-10");
		directory_emit(gen, CHANGE_APP_SECRET);
		break;
	case ACT_TASK_PRINCIPAL:
		gen_set(gen, F_P1, "tools.fjordline.example");
		directory_on_principal(gen, &app);
		directory_emit(gen, CHANGE_UPDATE_PRINCIPAL);
		break;
	default:
		grant_role(gen, &app);
		break;
	}
}

static void
consent_for_all(struct gen *gen, const struct who *who)
{
	struct app_view app, graph;

	app_load(&app, gen->org,
	    rng_percent(&gen->rng, 50) ? APP_SURVEY : APP_BOARD);
	app_load(&graph, gen->org, APP_GRAPH);
	directory_consent(
	    gen, &(struct consent){
	             .who = who,
	             .app = &app,
	             .resource = &graph,
	             .scopes = " openid profile User.Read offline_access",
	             .by_admin = true,
	             .new_principal = rng_percent(&gen->rng, 70),
	         });
}

/* How Exchange names a recipient in full. */
#define RECIPIENT                                                              \
	"EURPR04A009.PROD.OUTLOOK.COM/Microsoft Exchange Hosted "              \
	"Organizations/%s/%s"

static void
about_mailbox(struct gen *gen, enum act act, const struct who *who)
{
	const struct org *org = gen->org;
	struct person someone, shared;
	char user[192], mailbox[192];

	person_load(&someone, org, rng_below(&gen->rng, org->people));
	person_shared(&shared, org, rng_below(&gen->rng, SHARED_MAILBOXES));
	snprintf(user, sizeof(user), RECIPIENT, org->initial, someone.local);
	snprintf(
	    mailbox, sizeof(mailbox), RECIPIENT, org->initial, shared.local);
	if (act == ACT_TASK_MAILBOX)
		exchange_admin(gen, who, "Set-Mailbox", user,
		    (const struct parameter[]){{"Identity", someone.upn},
		        {"MaxReceiveSize", "75 MB (78,643,200 bytes)"}, {0}});
	else
		exchange_admin(gen, who, "Add-MailboxPermission", mailbox,
		    (const struct parameter[]){{"Identity", mailbox},
		        {"User", user}, {"AccessRights", "FullAccess"}, {0}});
}

void
day_admin_task(struct gen *gen, enum act act, const struct who *who)
{
	struct person someone;

	directory_by_person(gen, who);
	switch (act) {
	case ACT_TASK_ADD_USER:
		add_user(gen);
		break;
	case ACT_TASK_GROUP:
		gen_set_guid(gen, F_TOID);
		directory_on_thing(
		    gen, gen->v[F_TOID].ptr, RNG_PICK(&gen->rng, group_names));
		directory_emit(gen, CHANGE_UPDATE_GROUP);
		break;
	case ACT_TASK_ADD_APP:
	case ACT_TASK_UPDATE_APP:
	case ACT_TASK_SECRET:
	case ACT_TASK_PRINCIPAL:
	case ACT_TASK_ROLE_GRANT:
		about_app(gen, act, who);
		break;
	case ACT_TASK_CONSENT:
		consent_for_all(gen, who);
		break;
	case ACT_TASK_MAILBOX:
	case ACT_TASK_DELEGATE:
		about_mailbox(gen, act, who);
		break;
	case ACT_TASK_COMPLIANCE:
		compliance_cmdlet(gen, who);
		break;
	case ACT_TASK_INSIGHTS:
		compliance_insights(gen, who);
		break;
	default:
		about_someone(gen, &someone, act);
		break;
	}
}

/* --- apps and the service itself --- */

void
day_load_app(struct gen *gen, enum app_id id, struct app_view *app, char ip[16])
{
	app_load(app, gen->org, id);
	net_address(ip, NET_CLOUD_EU, rng_mix(gen->org->seed, id));
}

static void
app_signin(struct gen *gen, uint32_t n)
{
	static const enum app_id ours[] = {
	    APP_BACKUP, APP_HR, APP_DESK, APP_MIGRATION};
	static const enum app_id resources[] = {
	    APP_EXCHANGE, APP_GRAPH, APP_GRAPH, APP_EXCHANGE};
	struct app_view app;
	char ip[16];

	day_load_app(gen, ours[n], &app, ip);
	signin_service(gen, &(struct service_signin){
	                        .app = &app,
	                        .resource = resources[n],
	                        .ip = ip,
	                        .net = NET_CLOUD_EU,
	                        .certificate = n == 0,
	                    });
}

static void
backup_mailbox(struct gen *gen, uint32_t person)
{
	struct app_view app;
	struct person mailbox;
	char ip[16];

	day_load_app(gen, APP_BACKUP, &app, ip);
	person_load(&mailbox, gen->org, person);
	mail_bind_by_app(gen, &(struct mail_app_read){
	                          .app = &app,
	                          .mailbox = &mailbox,
	                          .ip = ip,
	                          .items.messages = rng_range(&gen->rng, 1, 8),
	                      });
}

static void
hr_call(struct gen *gen, uint32_t n)
{
	static const char *const uris[] = {
	    "/users?$select=id,displayName,department&$top=999",
	    "/users/delta?$select=id,accountEnabled",
	    "/groups?$select=id,displayName", "/subscribedSkus"};
	struct app_view app;
	char ip[16];

	day_load_app(gen, APP_HR, &app, ip);
	graph_call(gen, &(struct graph_call){
	                    .app = &app,
	                    .ip = ip,
	                    .net = NET_CLOUD_EU,
	                    .agent = "StaffwiseSync/4.2",
	                    .verb = "GET",
	                    .uri = uris[n % 4],
	                    .scopes = "User.ReadWrite.All Group.Read.All",
	                    .status = 200,
	                });
}

static void
hr_change(struct gen *gen, enum act act)
{
	struct app_view app;
	struct person someone;
	char ip[16];

	day_load_app(gen, APP_HR, &app, ip);
	directory_by_app(gen, &app, ip, NET_CLOUD_EU);
	if (act == ACT_HR_JOINER)
		add_user(gen);
	else
		about_someone(gen, &someone, ACT_TASK_USER);
}

void
day_app(struct gen *gen, enum act act, uint32_t which)
{
	struct person someone;

	switch (act) {
	case ACT_APP_SIGNIN:
		app_signin(gen, which);
		break;
	case ACT_BACKUP:
		backup_mailbox(gen, which);
		break;
	case ACT_HR_CALL:
		hr_call(gen, which);
		break;
	case ACT_CHORE:
		exchange_chore(gen, rng_below(&gen->rng, EXCHANGE_CHORES));
		break;
	case ACT_ALERT:
		person_load(&someone, gen->org, which);
		alert(gen, &(struct alert){"Messages have been delayed",
		               "MailFlow", "Low", "MailFlowDelay", &someone});
		break;
	default:
		hr_change(gen, act);
		break;
	}
}
