#include <stdio.h>

#include "attack_scene.h"
#include "directory.h"
#include "signin.h"

/* D6: invoice fraud from a taken mailbox. */

#define INVOICE "Re: Invoice 2026-10417: changed bank details"

static void
get_in(struct scene *s, const struct who *who)
{
	scene_step(s, 1, "T1078.004",
	    "sign-in from a new country after some wrong passwords");
	for (int i = 0; i < 3; i++) {
		scene_wait(s, 25);
		signin(s->gen, &(struct signin){.who = who,
		                   .app = APP_OUTLOOK_WEB,
		                   .resource = APP_EXCHANGE,
		                   .error = 50126,
		                   .single_factor = true});
	}
	scene_wait(s, 30);
	signin(s->gen, &(struct signin){.who = who,
	                   .app = APP_OUTLOOK_WEB,
	                   .resource = APP_EXCHANGE,
	                   .single_factor = true,
	                   .risk = "high",
	                   .risk_type = "unfamiliarFeatures"});
	scene_got_password(s, who->person);
	scene_got_session(s, who);
}

static void
read_some(struct scene *s, const struct who *who, const struct person *mailbox)
{
	scene_read(s, (struct mail_read){.who = who,
	                  .mailbox = mailbox,
	                  .items.messages = rng_range(&s->rng, 1, 9)});
}

/* The password is good still: another session, from another address. */
static void
password_again(struct scene *s, void *ctx)
{
	const struct person *person = ctx;
	struct who who;

	scene_intruder(
	    s, &who, person, NET_NG, BROWSER_CHROME_WINDOWS, rng_next(&s->rng));
	signin(s->gen, &(struct signin){.who = &who,
	                   .app = APP_OUTLOOK_WEB,
	                   .resource = APP_EXCHANGE,
	                   .single_factor = true});
	scene_got_session(s, &who);
	for (int i = 0; i < 5; i++) {
		scene_wait(s, 150);
		read_some(s, &who, NULL);
	}
}

static void
find_invoices(struct scene *s, const struct who *who)
{
	static const char *const words[] = {
	    "invoice", "payment", "iban", "bank details"};

	scene_step(s, 2, "T1114.002", "mail searched for invoices and read");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		scene_wait(s, 80);
		mail_search(s->gen, who, words[i]);
		for (int k = 0; k < 3; k++) {
			scene_wait(s, 130);
			read_some(s, who, NULL);
		}
	}
	scene_sync(s, who);
	scene_flood(s, (struct mail_read){.who = who});
}

static void
hide(struct scene *s, const struct who *who)
{
	char object[96];

	scene_step(
	    s, 3, "T1564.008", "a rule named '.' moves answers out of sight");
	scene_wait(s, 200);
	snprintf(object, sizeof(object), "%s\\.", who->person->local);
	exchange_admin(s->gen, who, "New-InboxRule", object,
	    (const struct parameter[]){{"Name", "."},
	        {"SubjectOrBodyContainsWords", "invoice;payment;bank"},
	        {"MoveToFolder", "RSS Feeds"}, {"MarkAsRead", "True"},
	        {"StopProcessingRules", "True"}, {0}});
	scene_step(s, 4, "T1114.003", "all mail is forwarded outside");
	scene_wait(s, 60);
	exchange_admin(s->gen, who, "Set-Mailbox", who->person->local,
	    (const struct parameter[]){{"Identity", who->person->upn},
	        {"ForwardingSmtpAddress", "smtp:accounts@fjordllne.example"},
	        {"DeliverToMailboxAndForward", "True"}, {0}});
	scene_wait(s, 240);
	alert(s->gen, &(struct alert){"Creation of forwarding/redirect rule",
	                  "ThreatManagement", "Informational", "MailRedirect",
	                  who->person});
}

static void
defraud(struct scene *s, const struct who *who)
{
	struct file file = {.personal = true, .number = 14};

	scene_step(s, 5, "T1534", "the false invoice is sent");
	scene_wait(s, 3000);
	file_deed(s->gen, who, FILE_DOWNLOAD, &file);
	for (int i = 0; i < 4; i++) {
		scene_wait(s, 120);
		mail_send(s->gen, who, INVOICE);
	}
	scene_step(s, 6, "T1070.008", "what was sent and answered is deleted");
	for (int i = 0; i < 8; i++) {
		scene_wait(s, i == 0 ? 4000 : 40);
		mail_delete(
		    s->gen, who, i % 2 ? DELETE_HARD : DELETE_MOVE, INVOICE);
	}
}

void
attack_bec(struct scene *s)
{
	struct person victim;
	struct who who;

	scene_person(s, &victim, DEPT_FINANCE, s->seed);
	scene_intruder(s, &who, &victim, NET_NG, BROWSER_CHROME_WINDOWS, 8);
	scene_until_work(s, &victim);
	get_in(s, &who);
	scene_owner(s, &victim, NULL);
	find_invoices(s, &who);
	hide(s, &who);
	defraud(s, &who);
	scene_end(
	    s, &(struct comeback){"password", password_again, &victim}, 1);
}

static void
insider_again(struct scene *s, void *ctx)
{
	struct who who;
	struct file file;

	who_at_work(&who, ctx, s->now_us);
	for (uint32_t i = 0; i < 12; i++) {
		scene_wait(s, 14);
		file = (struct file){.site = 6, .number = i * 5};
		file_deed(s->gen, &who, FILE_DOWNLOAD, &file);
	}
}

/* Someone about to leave: nothing here needs a stolen password. */
void
attack_insider(struct scene *s)
{
	struct person person;
	struct who who;
	struct file file;
	char object[96];

	scene_person(s, &person, DEPT_SALES, s->seed >> 8);
	scene_until_work(s, &person);
	who_at_work(&who, &person, s->now_us);
	scene_insider(s, &who);
	scene_step(s, 1, "T1213.002",
	    "far more files than ever are looked at and downloaded");
	for (uint32_t i = 0; i < 140; i++) {
		scene_wait(s, 14);
		file = (struct file){.site = 1 + i % 3, .number = i * 3};
		file_deed(s->gen, &who, FILE_DOWNLOAD, &file);
	}
	scene_step(s, 2, "T1530", "whole libraries are synchronised");
	scene_wait(s, 5000);
	for (uint32_t i = 0; i < 160; i++) {
		scene_wait(s, 3);
		file = (struct file){.site = 4 + i % 2, .number = i * 2};
		file_deed(s->gen, &who, FILE_SYNC, &file);
	}
	scene_step(s, 3, "T1567.002",
	    "files go to the own OneDrive and are shared with anyone");
	scene_wait(s, 3000);
	for (uint32_t i = 0; i < 20; i++) {
		scene_wait(s, 20);
		file = (struct file){.personal = true, .number = 500 + i};
		file_deed(s->gen, &who, FILE_UPLOAD, &file);
		scene_wait(s, 5);
		file_deed(s->gen, &who, FILE_LINK, &file);
	}
	scene_step(s, 4, "T1114.003", "mail is forwarded to a private address");
	scene_wait(s, 2000);
	snprintf(object, sizeof(object), "%s\\Private", person.local);
	exchange_admin(s->gen, &who, "New-InboxRule", object,
	    (const struct parameter[]){{"Name", "Private"},
	        {"ForwardTo", "my.private.mail@freemail.example"},
	        {"FromAddressContainsWords", "customer;offer"}, {0}});
	scene_step(s, 5, "T1070.008", "traces are deleted");
	for (int i = 0; i < 12; i++) {
		scene_wait(s, 30);
		mail_delete(s->gen, &who, DELETE_HARD, NULL);
	}
	scene_end(s, &(struct comeback){"password", insider_again, &person}, 1);
}

static void
less_license(
    struct scene *s, const struct who *who, const struct person *person)
{
	directory_by_person(s->gen, who);
	gen_set(s->gen, F_DETAILS,
	    "{\"NewValue\":\"[SkuName=ENTERPRISEPREMIUM, DisabledPlans="
	    "[M365_ADVANCED_AUDITING]]\",\"UserType\":\"Member\"}");
	gen_set(s->gen, F_P1, "M365_ADVANCED_AUDITING");
	gen_set(s->gen, F_P2, "");
	directory_on_person(s->gen, person);
	directory_emit(s->gen, CHANGE_LICENSE);
}

/* An administrator's session is used to turn off what would tell. */
void
attack_audit_tampering(struct scene *s)
{
	struct person admin, victim;
	struct who who;

	scene_person(s, &admin, DEPT_IT, s->seed);
	scene_person(s, &victim, DEPT_EXECUTIVE, s->seed);
	story_start(s->story, START_USER, victim.upn);
	scene_intruder(s, &who, &admin, NET_RU, BROWSER_EDGE, 12);
	scene_step(s, 1, "T1078.004",
	    "an administrator signs in from a place never seen");
	scene_wait(s, 60);
	signin(s->gen, &(struct signin){.who = &who,
	                   .app = APP_EXCHANGE_SHELL,
	                   .resource = APP_EXCHANGE,
	                   .single_factor = true});
	scene_got_password(s, &admin);
	scene_got_session(s, &who);
	scene_step(s, 2, "T1562.008", "a mailbox is no longer audited");
	scene_wait(s, 300);
	exchange_admin(s->gen, &who, "Set-MailboxAuditBypassAssociation",
	    victim.local,
	    (const struct parameter[]){
	        {"Identity", victim.upn}, {"AuditBypassEnabled", "True"}, {0}});
	scene_wait(s, 100);
	exchange_admin(s->gen, &who, "Set-Mailbox", victim.local,
	    (const struct parameter[]){
	        {"Identity", victim.upn}, {"AuditEnabled", "False"}, {0}});
	scene_step(s, 3, "T1562.008", "a licence without advanced auditing");
	scene_wait(s, 500);
	less_license(s, &who, &victim);
	scene_step(s, 4, "T1098.002",
	    "full access to that mailbox, which is then read");
	scene_wait(s, 200);
	exchange_admin(s->gen, &who, "Add-MailboxPermission", victim.local,
	    (const struct parameter[]){{"Identity", victim.upn},
	        {"User", admin.upn}, {"AccessRights", "FullAccess"},
	        {"AutoMapping", "False"}, {0}});
	for (int i = 0; i < 6; i++) {
		scene_wait(s, 150);
		read_some(s, &who, &victim);
	}
	scene_flood(s, (struct mail_read){.who = &who, .mailbox = &victim});
	scene_step(s, 5, "T1562.008", "the unified audit log is turned off");
	scene_wait(s, 900);
	exchange_admin(s->gen, &who, "Set-AdminAuditLogConfig",
	    "Admin Audit Log Settings",
	    (const struct parameter[]){
	        {"UnifiedAuditLogIngestionEnabled", "False"}, {0}});
	scene_end(s, &(struct comeback){"password", password_again, &admin}, 1);
}
