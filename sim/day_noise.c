#include <string.h>

#include "day.h"
#include "directory.h"
#include "record.h"
#include "signin.h"

/* --- people who leave --- */

/* An administrator turns an account off, or on again. */
static void
enable(struct gen *gen, uint32_t which, bool on)
{
	struct person admin, person;
	struct who who;

	day_helper(gen, &admin, &who);
	person_load(&person, gen->org, which);
	directory_by_person(gen, &who);
	gen_set(gen, F_P1, on ? "true" : "false");
	gen_set(gen, F_P2, on ? "false" : "true");
	directory_on_person(gen, &person);
	directory_emit(gen, CHANGE_ENABLE_USER);
	if (on)
		return;
	gen_set(gen, F_P1, "2026-07-01T08:00:11Z");
	directory_emit(gen, CHANGE_REVOKE_SESSIONS);
}

/* --- a scanner --- */

/*
 * It stands in the office in Oslo, so that its address is one that people work
 * from, too.  Some accounts are locked by it for a while.
 */
static void
scan(struct gen *gen, uint32_t which)
{
	struct person person, neighbour;
	struct who who;

	person_load(&person, gen->org, which);
	person_load(&neighbour, gen->org, 0);
	who_intruder(&who, &person, neighbour.home, BROWSER_PYTHON, 0x7363616e);
	memcpy(who.ip, neighbour.office_ip, sizeof(who.ip));
	signin(gen, &(struct signin){
	                .who = &who,
	                .app = APP_OFFICE,
	                .resource = APP_GRAPH,
	                .error = rng_percent(&gen->rng, 90) ? 50126 : 50053,
	                .single_factor = true,
	            });
}

/* --- a migration of mailboxes --- */

static void
migration_begin(struct gen *gen)
{
	struct app_view app, exchange;
	struct person admin;
	struct who who;

	day_helper(gen, &admin, &who);
	app_load(&app, gen->org, APP_MIGRATION);
	app_load(&exchange, gen->org, APP_EXCHANGE);
	directory_consent(gen, &(struct consent){
	                           .who = &who,
	                           .app = &app,
	                           .resource = &exchange,
	                           .scopes = " openid profile User.Read",
	                           .by_admin = true,
	                           .new_principal = true,
	                       });
	directory_role_grant(
	    gen, &(struct role_grant){&app, &exchange, "full_access_as_app",
	             "dc890d15-9560-4a4c-9b7f-a736ec74ec40",
	             "Use Exchange Web Services with full access to all "
	             "mailboxes"});
}

static void
migration_read(struct gen *gen, uint32_t which)
{
	static const enum mail_folder folders[] = {
	    FOLDER_INBOX, FOLDER_ARCHIVE, FOLDER_PROJECTS};
	struct mail_app_read read = {.ews = true};
	struct person mailbox;
	struct app_view app;
	char ip[16];

	day_load_app(gen, APP_MIGRATION, &app, ip);
	person_load(&mailbox, gen->org, which);
	read.app = &app;
	read.mailbox = &mailbox;
	read.ip = ip;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		read.items.folder = folders[i];
		read.items.messages = rng_range(&gen->rng, 12, 30);
		mail_bind_by_app(gen, &read);
	}
}

/* Its right and the app itself are taken away when it is done. */
static void
migration_end(struct gen *gen)
{
	struct app_view app, exchange;
	struct person admin;
	struct who who;

	day_helper(gen, &admin, &who);
	app_load(&app, gen->org, APP_MIGRATION);
	app_load(&exchange, gen->org, APP_EXCHANGE);
	directory_by_person(gen, &who);
	gen_set(gen, F_P2, "full_access_as_app");
	gen_set(gen, F_P4, app.principal);
	gen_set(gen, F_P5, app.app.name);
	gen_set(gen, F_P6, app.app.id);
	directory_on_principal(gen, &exchange);
	directory_emit(gen, CHANGE_REMOVE_ROLE_GRANT);
	directory_on_principal(gen, &app);
	directory_emit(gen, CHANGE_REMOVE_PRINCIPAL);
}

void
day_noise(struct gen *gen, enum act act, uint32_t which)
{
	switch (act) {
	case ACT_LEAVER:
	case ACT_RETURNER:
		enable(gen, which, act == ACT_RETURNER);
		break;
	case ACT_SCAN:
		scan(gen, which);
		break;
	case ACT_MIGRATION_BEGIN:
		migration_begin(gen);
		break;
	case ACT_MIGRATION_READ:
		migration_read(gen, which);
		break;
	default:
		migration_end(gen);
		break;
	}
}
