#ifndef SIM_APPS_H
#define SIM_APPS_H

#include "people.h"

/*
 * apps - the suite's own apps and those of others that the tenant knows.
 */

/* An app, with the id that it has everywhere and its owner. */
struct app {
	const char *name;
	const char *id;
	const char *names; /* service principal names, apart by ; */
};

enum app_id {
	APP_GRAPH,
	APP_EXCHANGE,
	APP_SHAREPOINT,
	APP_MANAGEMENT,
	APP_DEVICES,
	APP_DIRECTORY,
	APP_BROKER,
	APP_TEAMS,
	APP_OFFICE,
	APP_OUTLOOK_MOBILE,
	APP_OFFICE_HOME,
	APP_OUTLOOK_WEB,
	APP_PORTAL,
	APP_EXCHANGE_SHELL,
	APP_ONEDRIVE,
	APP_SHAREPOINT_WEB,
	APP_SUBSTRATE,
	APP_MY_SIGNINS,
	APP_FIRST_PARTY, /* the suite's own are those before */
	APP_BACKUP = APP_FIRST_PARTY,
	APP_HR,
	APP_DESK,
	APP_SURVEY,
	APP_BOARD,
	APP_LEGACY_TEST,
	APP_MALICIOUS,
	APP_PHISHING,
	APP_MIGRATION,
	APP_COUNT,
};

/*
 * The app as that tenant sees it.  The ids of apps that are not the suite's
 * own follow from the seed.
 */
struct app_view {
	struct app app;
	char id[GUID_TEXT_MAX];
	char principal[GUID_TEXT_MAX]; /* object id of its service principal */
	char object[GUID_TEXT_MAX];    /* of its application */
	char owner[GUID_TEXT_MAX];     /* its home tenant */
	char key[GUID_TEXT_MAX];       /* of its usual credential */
};

void app_load(struct app_view *out, const struct org *org, enum app_id app);

/*
 * The n-th app of that name, from 1, for those that are not the suite's own:
 * its ids are others, and its home is the same.
 */
void app_load_nth(
    struct app_view *out, const struct org *org, enum app_id app, unsigned n);

/*
 * The id of the token that it has at that address, as its sign-in there and
 * what it then does tell it.
 */
#define APP_TOKEN_MAX 23
void
app_token(char out[APP_TOKEN_MAX], const struct app_view *app, const char *ip);

#endif
