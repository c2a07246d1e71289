#include "apps.h"

#include <stdio.h>

#include "base/hash.h"
#include "rng.h"

#define GRAPH_NAMES                                                            \
	"00000003-0000-0000-c000-000000000000/ags.windows.net;"                \
	"00000003-0000-0000-c000-000000000000;"                                \
	"https://canary.graph.microsoft.com;https://graph.microsoft.com;"      \
	"https://ags.windows.net;https://graph.microsoft.us;"                  \
	"https://graph.microsoft.com/;https://dod-graph.microsoft.us;"         \
	"https://canary.graph.microsoft.com/;https://graph.microsoft.us/;"     \
	"https://dod-graph.microsoft.us/"

#define EXCHANGE_NAMES                                                         \
	"00000002-0000-0ff1-ce00-000000000000/*.outlook.com;"                  \
	"00000002-0000-0ff1-ce00-000000000000/outlook.com;"                    \
	"00000002-0000-0ff1-ce00-000000000000/mail.office365.com;"             \
	"00000002-0000-0ff1-ce00-000000000000/outlook.office365.com;"          \
	"00000002-0000-0ff1-ce00-000000000000;https://outlook.office365.com/;" \
	"https://outlook.office.com/;https://ps.outlook.com"

#define DEVICES_NAMES                                                          \
	"01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9;"                                \
	"urn:ms-drs:enterpriseregistration.microsoftonline.us;"                \
	"urn:ms-drs:enterpriseregistration.windows.net"

static const struct app apps[APP_COUNT] = {
    [APP_GRAPH] = {"Microsoft Graph", "00000003-0000-0000-c000-000000000000",
        GRAPH_NAMES},
    [APP_EXCHANGE] = {"Office 365 Exchange Online",
        "00000002-0000-0ff1-ce00-000000000000", EXCHANGE_NAMES},
    [APP_SHAREPOINT] = {"Office 365 SharePoint Online",
        "00000003-0000-0ff1-ce00-000000000000",
        "00000003-0000-0ff1-ce00-000000000000;"
        "https://microsoft.sharepoint-df.com"},
    [APP_MANAGEMENT] = {"Office 365 Management APIs",
        "c5393580-f805-4401-95e8-94b7a6ef2fc2",
        "c5393580-f805-4401-95e8-94b7a6ef2fc2;https://manage.office.com;"
        "https://manage.office365.us;https://manage.protection.apps.mil;"
        "https://manage-gcc.office.com"},
    [APP_DEVICES] = {"Device Registration Service",
        "01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9", DEVICES_NAMES},
    [APP_DIRECTORY] = {"Windows Azure Active Directory",
        "00000002-0000-0000-c000-000000000000",
        "00000002-0000-0000-c000-000000000000;https://graph.windows.net"},
    [APP_BROKER] = {"Microsoft Authentication Broker",
        "29d9ed98-a469-4536-ade2-f981bc1d605e", NULL},
    [APP_TEAMS] = {"Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264",
        NULL},
    [APP_OFFICE] = {"Microsoft Office", "d3590ed6-52b3-4102-aeff-aad2292ab01c",
        NULL},
    [APP_OUTLOOK_MOBILE] = {"Outlook Mobile",
        "27922004-5251-4030-b22d-91ecd9a37ea4", NULL},
    [APP_OFFICE_HOME] = {"OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca",
        NULL},
    [APP_OUTLOOK_WEB] = {"One Outlook Web",
        "9199bf20-a13f-4107-85dc-02114787ef48", NULL},
    [APP_PORTAL] = {"Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
        NULL},
    [APP_EXCHANGE_SHELL] = {"Microsoft Exchange REST API Based Powershell",
        "fb78d390-0c51-40cd-8e17-fdbfab77341b", NULL},
    [APP_ONEDRIVE] = {"OneDrive SyncEngine",
        "ab9b8c07-8f02-4f72-87fa-80105867a763", NULL},
    [APP_SHAREPOINT_WEB] = {"SharePoint Online Web Client Extensibility",
        "08e18876-6177-487e-b8b5-cf950c1e598c", NULL},
    [APP_SUBSTRATE] = {"Office365 Shell WCSS-Client",
        "89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", NULL},
    [APP_MY_SIGNINS] = {"My Signins", "19db86c3-b2b9-44cc-b339-36da233a3be2",
        NULL},
    [APP_BACKUP] = {"Nordvault Backup", NULL, NULL},
    [APP_HR] = {"Staffwise Directory Sync", NULL, NULL},
    [APP_DESK] = {"Ticketdesk Connector", NULL, NULL},
    [APP_SURVEY] = {"Pulse Survey", NULL, NULL},
    [APP_BOARD] = {"Whitewall Boards", NULL, NULL},
    [APP_LEGACY_TEST] = {"legacy-migration-test", NULL, NULL},
    [APP_MALICIOUS] = {"Mail Archive Connector", NULL, NULL},
    [APP_PHISHING] = {"Document Viewer Pro", NULL, NULL},
    [APP_MIGRATION] = {"Cloudbridge Mailbox Mover", NULL, NULL},
};

/* The tenant an app was made in. */
static void
set_owner(struct app_view *out, const struct org *org, enum app_id app,
    uint64_t everywhere)
{
	struct org test;

	if (app < APP_FIRST_PARTY) {
		snprintf(out->owner, sizeof(out->owner),
		    "f8cdef31-a31e-4b4a-93e4-5f571e91255a");
	} else if (app == APP_HR || app == APP_DESK) {
		snprintf(out->owner, sizeof(out->owner), "%s", org->tenant);
	} else if (app == APP_LEGACY_TEST || app == APP_MALICIOUS) {
		org_init_test(&test, org);
		snprintf(out->owner, sizeof(out->owner), "%s", test.tenant);
	} else {
		text_guid_of(out->owner, everywhere, 2);
	}
}

void
app_load(struct app_view *out, const struct org *org, enum app_id app)
{
	app_load_nth(out, org, app, 1);
}

void
app_load_nth(
    struct app_view *out, const struct org *org, enum app_id app, unsigned n)
{
	uint64_t everywhere = rng_mix(org->seed, 0x617070 + (uint64_t)app);

	if (app >= APP_FIRST_PARTY && n > 1)
		everywhere = rng_mix(everywhere, n);
	out->app = apps[app];
	if (app < APP_FIRST_PARTY)
		snprintf(out->id, sizeof(out->id), "%s", apps[app].id);
	else
		text_guid_of(out->id, everywhere, 1);
	set_owner(out, org, app, everywhere);
	text_guid_of(out->principal, everywhere, 3);
	text_guid_of(out->object, everywhere, 4);
	text_guid_of(out->key, everywhere, 5);
	out->app.id = out->id;
	if (!out->app.names)
		out->app.names = out->id;
}

void
app_token(char out[APP_TOKEN_MAX], const struct app_view *app, const char *ip)
{
	struct rng rng = {rng_mix(
	    hash64(slice_cstr(app->principal), 0), hash64(slice_cstr(ip), 0))};

	text_base64url(out, APP_TOKEN_MAX - 1, &rng);
}
