#include "day.h"

#include <stdio.h>

#include "directory.h"
#include "record.h"
#include "signin.h"

/* How many of ten thousand deeds are of each kind. */
static const unsigned short act_weights[ACT_DRAWN] = {
    [ACT_READ] = 800,
    [ACT_READ_PHONE] = 400,
    [ACT_READ_BACKGROUND] = 650,
    [ACT_READ_SHARED] = 60,
    [ACT_SYNC] = 240,
    [ACT_SEND] = 700,
    [ACT_CREATE] = 140,
    [ACT_UPDATE] = 80,
    [ACT_MOVE_DELETED] = 320,
    [ACT_SOFT_DELETE] = 80,
    [ACT_HARD_DELETE] = 40,
    [ACT_SEARCH] = 80,
    [ACT_RULE] = 6,
    [ACT_FOLDER_RIGHTS] = 4,
    [ACT_FILE_ACCESS] = 1100,
    [ACT_FILE_MODIFY] = 550,
    [ACT_FILE_DOWNLOAD] = 120,
    [ACT_FILE_UPLOAD] = 160,
    [ACT_FILE_PREVIEW] = 260,
    [ACT_FILE_SYNC] = 220,
    [ACT_FILE_SHARE] = 30,
    [ACT_FILE_LINK] = 8,
    [ACT_PAGE] = 440,
    [ACT_LIST] = 120,
    [ACT_FOLDER] = 60,
    [ACT_SITE_GROUP] = 10,
    [ACT_TEAMS_MESSAGE] = 1150,
    [ACT_TEAMS_SESSION] = 120,
    [ACT_TEAMS_CHAT] = 60,
    [ACT_TEAMS_MEMBER] = 12,
    [ACT_TEAMS_MEETING] = 260,
    [ACT_SIGNIN_AGAIN] = 140,
    [ACT_SIGNIN_PHONE] = 80,
    [ACT_SIGNIN_SILENT] = 960,
    [ACT_MFA_FAILED] = 10,
    [ACT_EXPIRED] = 5,
    [ACT_NEW_PHONE] = 2,
    [ACT_GRAPH] = 500,
};

static const unsigned short task_weights[ACT_TASKS_END - ACT_TASKS] = {
    [ACT_TASK_USER - ACT_TASKS] = 30,
    [ACT_TASK_ADD_USER - ACT_TASKS] = 5,
    [ACT_TASK_RESET - ACT_TASKS] = 12,
    [ACT_TASK_REVOKE - ACT_TASKS] = 8,
    [ACT_TASK_GROUP - ACT_TASKS] = 16,
    [ACT_TASK_GROUP_MEMBER - ACT_TASKS] = 30,
    [ACT_TASK_ROLE - ACT_TASKS] = 2,
    [ACT_TASK_LICENSE - ACT_TASKS] = 8,
    [ACT_TASK_ADD_APP - ACT_TASKS] = 2,
    [ACT_TASK_UPDATE_APP - ACT_TASKS] = 5,
    [ACT_TASK_SECRET - ACT_TASKS] = 3,
    [ACT_TASK_PRINCIPAL - ACT_TASKS] = 6,
    [ACT_TASK_CONSENT - ACT_TASKS] = 2,
    [ACT_TASK_ROLE_GRANT - ACT_TASKS] = 1,
    [ACT_TASK_MAILBOX - ACT_TASKS] = 6,
    [ACT_TASK_DELEGATE - ACT_TASKS] = 4,
    [ACT_TASK_COMPLIANCE - ACT_TASKS] = 14,
    [ACT_TASK_INSIGHTS - ACT_TASKS] = 30,
};

static unsigned
draw(struct rng *rng, const unsigned short *weights, unsigned n)
{
	unsigned sum = 0, at, i;

	for (i = 0; i < n; i++)
		sum += weights[i];
	at = rng_below(rng, sum);
	for (i = 0; at >= weights[i]; i++)
		at -= weights[i];
	return i;
}

enum act
day_draw_act(struct rng *rng)
{
	return (enum act)draw(rng, act_weights, ACT_DRAWN);
}

enum act
day_draw_task(struct rng *rng)
{
	return (enum act)(
	    ACT_TASKS + draw(rng, task_weights, ACT_TASKS_END - ACT_TASKS));
}

/* --- mail --- */

static void
do_read(struct gen *gen, const struct who *who, enum mail_client client)
{
	static const enum mail_folder where[] = {FOLDER_INBOX, FOLDER_INBOX,
	    FOLDER_INBOX, FOLDER_INBOX, FOLDER_SENT, FOLDER_PROJECTS,
	    FOLDER_ARCHIVE};

	mail_bind(gen, &(struct mail_read){
	                   .who = who,
	                   .client = client,
	                   .items.folder = RNG_PICK(&gen->rng, where),
	               });
}

static void
do_read_shared(struct gen *gen, const struct who *who)
{
	struct person shared;

	person_shared(&shared, gen->org, who->person->index % SHARED_MAILBOXES);
	mail_bind(gen, &(struct mail_read){.who = who, .mailbox = &shared});
}

static void
do_mail(struct gen *gen, enum act act, const struct who *who)
{
	static const char *const queries[] = {"contract aurora", "order 48211",
	    "from:erik", "holiday plan", "minutes october", "price list",
	    "invoice warehouse", "password reset portal"};

	switch (act) {
	case ACT_READ:
		do_read(gen, who, CLIENT_WEB);
		break;
	case ACT_READ_BACKGROUND:
		do_read(gen, who, CLIENT_BACKGROUND);
		break;
	case ACT_READ_SHARED:
		do_read_shared(gen, who);
		break;
	case ACT_SYNC:
		mail_sync(gen, who,
		    rng_percent(&gen->rng, 70) ? FOLDER_INBOX : FOLDER_SENT);
		break;
	case ACT_SEND:
		mail_send(gen, who, NULL);
		break;
	case ACT_CREATE:
		mail_create(gen, who);
		break;
	case ACT_UPDATE:
		mail_update(gen, who);
		break;
	case ACT_MOVE_DELETED:
		mail_delete(gen, who, DELETE_MOVE, NULL);
		break;
	case ACT_SOFT_DELETE:
		mail_delete(gen, who, DELETE_SOFT, NULL);
		break;
	case ACT_HARD_DELETE:
		mail_delete(gen, who, DELETE_HARD, NULL);
		break;
	case ACT_SEARCH:
		mail_search(gen, who, RNG_PICK(&gen->rng, queries));
		break;
	case ACT_RULE:
		exchange_ordinary_rule(gen, who);
		break;
	default:
		mail_folder_rights(gen, who);
		break;
	}
}

/* --- files and Teams --- */

static void
do_file(struct gen *gen, enum act act, const struct who *who)
{
	struct file file = file_pick(gen);

	switch (act) {
	case ACT_PAGE:
		file_page(gen, who);
		break;
	case ACT_LIST:
		file_list(gen, who);
		break;
	case ACT_FOLDER:
		file_folder(gen, who);
		break;
	case ACT_SITE_GROUP:
		file_group(gen, who);
		break;
	default:
		file_deed(gen, who,
		    (enum file_deed)(act - ACT_FILE_ACCESS + FILE_ACCESS),
		    &file);
		break;
	}
}

static void
do_teams(struct gen *gen, enum act act, const struct who *who)
{
	switch (act) {
	case ACT_TEAMS_MESSAGE:
		teams_message(gen, who);
		break;
	case ACT_TEAMS_SESSION:
		teams_session(gen, who);
		break;
	case ACT_TEAMS_CHAT:
		teams_chat(gen, who);
		break;
	case ACT_TEAMS_MEMBER:
		teams_member(gen, who);
		break;
	default:
		teams_meeting(gen, who);
		break;
	}
}

/* --- sign-ins --- */

/* An authenticator on a new phone, and the phone joined as a device. */
static void
do_new_phone(struct gen *gen, const struct who *who)
{
	struct app_view service;
	char device[GUID_TEXT_MAX], name[24], id[17];
	bool apple = who->browser == BROWSER_IPHONE;

	text_guid(device, &gen->rng);
	snprintf(name, sizeof(name), "%s-%04u", apple ? "iPhone" : "Pixel",
	    rng_below(&gen->rng, 10000));
	text_hex(id, 16, rng_next(&gen->rng));
	app_load(&service, gen->org, APP_DEVICES);
	directory_by_app(gen, &service, "20.190.159.31", NET_SERVICE_EU);
	gen_set(gen, F_P1, apple ? "IPhone" : "Android");
	gen_set(gen, F_P2, apple ? "18.6.2" : "15.0");
	gen_set(gen, F_P3, who->person->oid);
	gen_set(gen, F_P4, id);
	gen_set(gen, F_P5, id);
	gen_set(gen, F_P6, service.app.names);
	directory_on_thing(gen, device, name);
	directory_emit(gen, CHANGE_ADD_DEVICE);
	gen_set(gen, F_P1, device);
	gen_set(gen, F_P2, name);
	directory_on_person(gen, who->person);
	directory_emit(gen, CHANGE_DEVICE_OWNER);
	directory_by_person(gen, who);
	gen_set(gen, F_P1, name);
	gen_set_guid(gen, F_P3);
	directory_on_person(gen, who->person);
	directory_emit(gen, CHANGE_UPDATE_MFA);
}

static void
do_signin(struct gen *gen, enum act act, const struct who *who)
{
	static const enum app_id apps[] = {APP_OFFICE_HOME, APP_OUTLOOK_WEB,
	    APP_TEAMS, APP_OFFICE, APP_SHAREPOINT_WEB};
	static const enum app_id resources[] = {
	    APP_EXCHANGE, APP_SHAREPOINT, APP_GRAPH, APP_DIRECTORY};
	static const struct {
		enum act act;
		unsigned error;
	} errors[] = {
	    {ACT_WRONG_PASSWORD, 50126},
	    {ACT_KEEP_SIGNED_IN, 50140},
	    {ACT_MFA_FAILED, 500121},
	    {ACT_EXPIRED, 50055},
	};
	struct signin s = {
	    .who = who,
	    .app = RNG_PICK(&gen->rng, apps),
	    .resource = RNG_PICK(&gen->rng, resources),
	    .silent = act == ACT_SIGNIN_SILENT,
	};

	if (who->browser == BROWSER_IPHONE || who->browser == BROWSER_ANDROID)
		s.app =
		    rng_percent(&gen->rng, 60) ? APP_OUTLOOK_MOBILE : APP_TEAMS;
	if (s.silent && rng_percent(&gen->rng, 40))
		s.token = "primaryRefreshToken";
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].act == act)
			s.error = errors[i].error;
	signin(gen, &s);
}

void
day_helper(struct gen *gen, struct person *admin, struct who *who)
{
	person_load(admin, gen->org, gen->org->people > 3 ? 3 : 0);
	who_at_work(who, admin, gen->now_us);
}

static void
do_password(struct gen *gen, enum act act, const struct who *who)
{
	struct person admin;
	struct who helper;

	/* else the intruder could not come back by it, as was played */
	if (gen_is_taken(gen, who->person))
		return;
	if (act == ACT_PASSWORD) {
		directory_by_person(gen, who);
		directory_on_person(gen, who->person);
		directory_emit(gen, CHANGE_PASSWORD);
		return;
	}
	day_helper(gen, &admin, &helper);
	directory_by_person(gen, &helper);
	directory_on_person(gen, who->person);
	directory_emit(gen, CHANGE_RESET_PASSWORD);
}

void
day_do(struct gen *gen, enum act act, uint32_t which)
{
	struct person person;
	struct who who;

	if (act >= ACT_NOISE) {
		day_noise(gen, act, which);
		return;
	}
	if (act >= ACT_TASKS_END) {
		day_app(gen, act, which);
		return;
	}
	person_load(&person, gen->org, which);
	if (act == ACT_READ_PHONE || act == ACT_SIGNIN_PHONE ||
	    act == ACT_NEW_PHONE)
		who_on_phone(&who, &person, gen->now_us);
	else
		who_at_work(&who, &person, gen->now_us);
	if (act >= ACT_TASKS)
		day_admin_task(gen, act, &who);
	else if (act == ACT_PASSWORD || act == ACT_RESET_BY_ADMIN)
		do_password(gen, act, &who);
	else if (act == ACT_READ_PHONE)
		do_read(gen, &who, CLIENT_MOBILE);
	else if (act == ACT_NEW_PHONE)
		do_new_phone(gen, &who);
	else if (act == ACT_GRAPH)
		graph_ordinary(gen, &who);
	else if (act == ACT_DLP)
		dlp_match(gen, &who);
	else if (act < ACT_FILE_ACCESS)
		do_mail(gen, act, &who);
	else if (act < ACT_TEAMS_MESSAGE)
		do_file(gen, act, &who);
	else if (act < ACT_SIGNIN_AGAIN)
		do_teams(gen, act, &who);
	else
		do_signin(gen, act, &who);
}
