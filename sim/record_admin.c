#include <stdio.h>
#include <string.h>

#include "record.h"
#include "json/json.h"

#define SERVICE_HOST "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)"

static void
set_parameters(struct gen *gen, const struct parameter *parameters)
{
	struct buf *out = &gen->out; /* free until gen_emit() */

	buf_clear(out);
	for (const struct parameter *p = parameters; p->name; p++) {
		buf_str(out, p == parameters ? "{\"Name\":" : ",{\"Name\":");
		json_add_str(out, slice_cstr(p->name));
		buf_str(out, ",\"Value\":");
		json_add_str(out, slice_cstr(p->value));
		buf_char(out, '}');
	}
	gen_set_copy(gen, F_PARAMS, buf_slice(out));
}

static void
set_server(struct gen *gen)
{
	gen_setf(gen, F_SERVER, "DB6PR04MB%04u (15.20.9%03u.0%02u)",
	    rng_range(&gen->rng, 3000, 3020),
	    200 + (unsigned)(gen->now_us / INT64_C(604800000000) % 90),
	    rng_range(&gen->rng, 10, 32));
}

/* What cmdlets leave behind, and how it is taken back. */
static const struct {
	const char *cmdlet;
	const char *parameter; /* it is about this one; NULL: any */
	const char *back;      /* its value that takes it back */
	const char *kind;
	bool closes; /* whatever the value */
} admin_ways[] = {
    {"New-InboxRule", NULL, NULL, "inbox-rule", false},
    {"Remove-InboxRule", NULL, NULL, "inbox-rule", true},
    {"Set-Mailbox", "ForwardingSmtpAddress", "", "forwarding", false},
    {"Set-Mailbox", "AuditEnabled", "True", "mailbox-audit", false},
    {"Add-MailboxPermission", NULL, NULL, "mailbox-permission", false},
    {"Remove-MailboxPermission", NULL, NULL, "mailbox-permission", true},
    {"Set-MailboxAuditBypassAssociation", "AuditBypassEnabled", "False",
        "audit-bypass", false},
    {"Set-AdminAuditLogConfig", "UnifiedAuditLogIngestionEnabled", "True",
        "audit-log", false},
};

static void
admin_facts(
    struct gen *gen, const char *cmdlet, const struct parameter *parameters)
{
	size_t n = sizeof(admin_ways) / sizeof(admin_ways[0]);

	for (size_t i = 0; i < n; i++) {
		const struct parameter *p = parameters;
		bool closes = admin_ways[i].closes;

		if (strcmp(admin_ways[i].cmdlet, cmdlet) != 0)
			continue;
		if (admin_ways[i].parameter) {
			while (p->name &&
			       strcmp(p->name, admin_ways[i].parameter) != 0)
				p++;
			if (!p->name)
				continue;
			closes = !strcmp(p->value, admin_ways[i].back);
		}
		if (closes)
			gen_close(gen, admin_ways[i].kind, gen->v[F_OBJECT]);
		else
			gen_way(gen, admin_ways[i].kind, gen->v[F_OBJECT],
			    (struct slice){0});
	}
}

void
exchange_admin(struct gen *gen, const struct who *who, const char *cmdlet,
    const char *object, const struct parameter *parameters)
{
	gen_begin(gen);
	gen_who(gen, who);
	set_server(gen);
	set_parameters(gen, parameters);
	gen_set(gen, F_OP, cmdlet);
	gen_set(gen, F_OBJECT, object);
	gen_set(gen, F_UTYPE, "2");
	gen_set(gen, F_EXTERNAL, "false");
	gen_set(gen, F_APP,
	    who->person->admin ? "fb78d390-0c51-40cd-8e17-fdbfab77341b"
	                       : "00000002-0000-0ff1-ce00-000000000000");
	/* as the suite writes it: with the port */
	gen_setf(gen, F_CIP, "\"ClientIP\":\"%s:%u\",", who->ip,
	    rng_range(&gen->rng, 20000, 64000));
	gen_setf(gen, F_SESS, ",\"SessionId\":\"%s\"", who->session);
	admin_facts(gen, cmdlet, parameters);
	gen_emit(gen, SHAPE_EXCHANGE_ADMIN);
}

void
exchange_ordinary_rule(struct gen *gen, const struct who *who)
{
	static const char *const rules[][3] = {
	    {"Newsletters", "Newsletters", "newsletter;unsubscribe"},
	    {"Build results", "Builds", "build failed;build passed"},
	    {"Project Aurora", "Aurora", "aurora"},
	    {"Tickets", "Tickets", "[ticket]"},
	    {"Travel", "Travel", "itinerary;boarding pass"},
	};
	uint32_t n = rng_below(&gen->rng, sizeof(rules) / sizeof(rules[0]));
	char object[96];

	snprintf(
	    object, sizeof(object), "%s\\%s", who->person->local, rules[n][0]);
	exchange_admin(gen, who, "New-InboxRule", object,
	    (const struct parameter[]){
	        {"AlwaysDeleteOutlookRulesBlob", "False"}, {"Force", "False"},
	        {"MoveToFolder", rules[n][1]}, {"Name", rules[n][0]},
	        {"SubjectContainsWords", rules[n][2]},
	        {"StopProcessingRules", "True"}, {0}});
}

/*
 * What the service does with the tenant's own objects most nights, as one
 * sees it in every tenant's log.  %o is the organisation's path.
 */
struct chore {
	const char *cmdlet;
	const char *object; /* behind the path or the organisation */
	struct parameter parameters[16];
	unsigned times; /* of EXCHANGE_CHORES */
};

#define QUOTA_30  "30 GB (32,212,254,720 bytes)"
#define QUOTA_20  "20 GB (21,474,836,480 bytes)"
#define QUOTA_99  "99 GB (106,300,440,576 bytes)"
#define QUOTA_90  "90 GB (96,636,764,160 bytes)"
#define QUOTA_100 "100 GB (107,374,182,400 bytes)"
#define CONTROLLER                                                             \
	{                                                                      \
		"DomainController", ""                                         \
	}
#define DEHYDRATED                                                             \
	{                                                                      \
		"IgnoreDehydratedFlag", "True"                                 \
	}

static const struct chore chores[] = {
    {"Set-Mailbox", "/QuarantineOrgShard{368F7EFB-D8B2-448B-A304-41EA44801476}",
        {{"RecoverableItemsQuota", QUOTA_30}, {"Force", "True"},
            {"Arbitration", "True"}, {"QuarantineMessageStore", "True"},
            {"ProhibitSendQuota", QUOTA_99},
            {"HiddenFromAddressListsEnabled", "True"},
            {"SCLDeleteEnabled", "False"}, {"SCLQuarantineEnabled", "False"},
            {"SCLRejectEnabled", "False"},
            {"UseDatabaseQuotaDefaults", "False"},
            {"RecoverableItemsWarningQuota", QUOTA_20},
            {"IssueWarningQuota", QUOTA_90}, {"Identity", "%o%s"},
            {"ProhibitSendReceiveQuota", QUOTA_100},
            {"SCLJunkEnabled", "False"}},
        14},
    {"Set-MailboxPlan",
        "/ExchangeOnlineEssentials-eca5b2bb-bfe7-4c13-8820-0743c2c42bb6",
        {{"Identity", "%o%s"}, {"UseDatabaseRetentionDefaults", "False"},
            {"RecoverableItemsQuota", QUOTA_30},
            {"RecoverableItemsWarningQuota", QUOTA_20}},
        6},
    {"Set-MailboxPlan",
        "/ExchangeOnlineEnterprise-0527a260-bea3-46a3-9f4f-215fdd24f4d9",
        {{"SingleItemRecoveryEnabled", "True"}, {"Identity", "%o%s"}}, 4},
    {"Set-TransportConfig", "\\Transport Settings",
        {CONTROLLER, {"Identity", "%n"}, {"HygieneSuite", "Premium"}}, 2},
    {"Set-TransportConfig", "\\Transport Settings",
        {CONTROLLER, {"Identity", "%n"}, {"SupervisionTags", "Reject;Allow"}},
        1},
    {"Set-OwaMailboxPolicy", "\\OwaMailboxPolicy-Default",
        {{"InstantMessagingType", "Ocs"},
            {"Identity", "%n\\OwaMailboxPolicy-Default"}},
        1},
    {"Set-TenantObjectVersion", "", {CONTROLLER, {"Identity", "%o"}}, 1},
    {"Set-AdminAuditLogConfig", "\\Admin Audit Log Settings",
        {CONTROLLER, DEHYDRATED, {"Identity", "%o"},
            {"AdminAuditLogEnabled", "True"}},
        1},
    {"Set-RecipientEnforcementProvisioningPolicy", "\\Recipient Quota Policy",
        {CONTROLLER, DEHYDRATED, {"Identity", "%n\\Recipient Quota Policy"},
            {"PublicFolderHierarchyMailboxCountQuota", "100"}},
        1},
    {"Set-ExchangeAssistanceConfig", "\\ExchangeAssistance15",
        {{"Identity", "%n"},
            {"PrivacyStatementURL",
                "http://go.microsoft.com/fwlink/?LinkID=259417"},
            {"PrivacyLinkDisplayEnabled", "True"}},
        1},
    {"New-ExchangeAssistanceConfig", "\\ExchangeAssistance",
        {CONTROLLER, {"Organization", "%n"}, DEHYDRATED}, 1},
    {"Add-MailboxPermission",
        "/DiscoverySearchMailbox{D919BA05-46A6-415f-80AD-7E09334BB852}",
        {CONTROLLER, {"Identity", "%o%s"}, {"User", "%o/Discovery Management"},
            {"AccessRights", "FullAccess"}},
        1},
    {"Set-User", "/",
        {{"Identity", "%t\\d4a99d77-2319-43f1-9b4c-23f903c63bed"},
            {"SyncMailboxLocationGuids", "True"}, {"ErrorAction", "Stop"},
            {"WarningAction", "SilentlyContinue"}},
        6},
};

static void
expand(struct buf *out, struct gen *gen, const char *text, const char *object)
{
	for (; *text; text++) {
		if (*text != '%') {
			buf_char(out, *text);
			continue;
		}
		switch (*++text) {
		case 'o':
			buf_printf(out,
			    "EURPR04A009.PROD.OUTLOOK.COM/Microsoft Exchange "
			    "Hosted Organizations/%s",
			    gen->org->initial);
			break;
		case 'n':
			buf_str(out, gen->org->initial);
			break;
		case 't':
			buf_str(out, gen->org->tenant);
			break;
		default:
			buf_str(out, object);
			break;
		}
	}
}

void
exchange_chore(struct gen *gen, unsigned n)
{
	const struct chore *chore = chores;
	struct parameter filled[17] = {0};
	struct buf text = {0};
	struct person person;

	for (n %= EXCHANGE_CHORES; n >= chore->times; chore++)
		n -= chore->times;
	gen_begin(gen);
	set_server(gen);
	expand(&text, gen, chore->object[0] == '/' ? "%o%s" : "%n%s",
	    chore->object);
	if (chore->object[0] == '/' && !chore->object[1]) {
		person_load(
		    &person, gen->org, rng_below(&gen->rng, gen->org->people));
		buf_str(&text, person.local);
	}
	gen_set_copy(gen, F_OBJECT, buf_slice(&text));
	for (int i = 0; chore->parameters[i].name; i++) {
		buf_clear(&text);
		expand(&text, gen, chore->parameters[i].value, chore->object);
		filled[i].name = chore->parameters[i].name;
		filled[i].value = arena_copy(&gen->text, buf_slice(&text)).ptr;
	}
	buf_release(&text);
	set_parameters(gen, filled);
	gen_set(gen, F_OP, chore->cmdlet);
	gen_set(gen, F_UKEY, SERVICE_HOST);
	gen_set(gen, F_USERID, SERVICE_HOST);
	gen_set(gen, F_UTYPE, "3");
	gen_set(gen, F_APP, "");
	gen_set(gen, F_EXTERNAL, "true");
	gen_set(gen, F_CIP, "");
	gen_set(gen, F_SESS, "");
	gen_emit(gen, SHAPE_EXCHANGE_ADMIN);
}

/* --- compliance centre --- */

void
alert(struct gen *gen, const struct alert *alert)
{
	const struct org *org = gen->org;
	char id[GUID_TEXT_MAX];
	struct slice at;

	text_guid(id, &gen->rng);
	gen_begin(gen);
	at = gen->v[F_TIME];
	gen_setf(gen, F_ALERT, "%s", id);
	gen_set(gen, F_USERID, "SecurityComplianceAlerts");
	gen_set(gen, F_CATEGORY, alert->category);
	gen_set(gen, F_SEV, alert->severity);
	gen_set(gen, F_SOURCE, "Office 365 Security & Compliance");
	gen_set(gen, F_TNAME, alert->name);
	gen_set(gen, F_TUPN, alert->about->upn);
	gen_set_guid(gen, F_POLICY);
	gen_setf(gen, F_DATA,
	    "{\"f3u\":\"%s\",\"ts\":\"" SLICE_FMT
	    ".0000000Z\",\"te\":\"" SLICE_FMT
	    ".0000000Z\",\"op\":\"%s\",\"wl\":\"Exchange\","
	    "\"tid\":\"%s\",\"tdc\":\"1\",\"rid\":\"%s\",\"cid\":\"" SLICE_FMT
	    "\",\"ad\":\"This alert is triggered when the service sees the "
	    "activity in your organization -V1.0.0.5\",\"lon\":\"%s\","
	    "\"an\":\"%s\",\"sev\":\"%s\"}",
	    alert->about->upn, SLICE_ARG(at), SLICE_ARG(at), alert->operation,
	    org->tenant, id, SLICE_ARG(gen->v[F_POLICY]), alert->operation,
	    alert->name, alert->severity);
	gen_emit(gen, SHAPE_ALERT);
	gen_set_guid(gen, F_ID);
	gen_setf(gen, F_DATA,
	    "{\"etype\":\"User\",\"eid\":\"%s\",\"tid\":\"%s\",\"ts\":"
	    "\"" SLICE_FMT ".0000000Z\",\"te\":\"" SLICE_FMT
	    ".0000000Z\",\"op\":\"%s\",\"tdc\":\"1\",\"suid\":\"%s\","
	    "\"ut\":\"Regular\",\"lon\":\"%s\"}",
	    alert->about->upn, org->tenant, SLICE_ARG(at), SLICE_ARG(at),
	    alert->operation, alert->about->upn, alert->operation);
	gen_emit(gen, SHAPE_ALERT_ENTITY);
}

void
compliance_cmdlet(struct gen *gen, const struct who *who)
{
	gen_begin(gen);
	gen_who(gen, who);
	gen_emit(gen, SHAPE_COMPLIANCE_CMDLET);
}

void
compliance_insights(struct gen *gen, const struct who *who)
{
	gen_begin(gen);
	gen_who(gen, who);
	gen_emit(gen, SHAPE_INSIGHTS);
}
