#ifndef SIM_PEOPLE_H
#define SIM_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "rng.h"
#include "text.h"

/*
 * people - the made-up organisation: who works where, from which addresses,
 * with which devices, and which apps and mailboxes it has besides.
 *
 * Nothing is kept per person: person_load() works out person n from the seed,
 * so a tenant of a million people costs as much memory as one of ten.
 */

/* A block of addresses and where it is. */
struct net {
	const char *country, *city, *state;
	const char *lat, *lon;
	const char *base; /* first address */
	unsigned bits;    /* length of the prefix */
	uint32_t asn;
	int utc_offset; /* hours, in October */
	const char *zone;
};

enum net_id {
	NET_NO, NET_SE, NET_DE, NET_GB, NET_US, NET_CA, NET_FR,
	NET_ES, NET_IT, NET_PL, NET_IN, NET_JP, NET_BR, NET_AU,
	NET_HOMES, /* people live in those before */
	NET_NL = NET_HOMES, NET_CH, NET_PT, NET_AE,
	NET_SERVICE_EU, /* the suite's own data centres */
	NET_CLOUD_EU,   /* where the backup app runs */
	NET_HOSTING_US, NET_HOSTING_DE, NET_HOSTING_FR,
	NET_RESIDENTIAL_US, NET_RESIDENTIAL_RO, NET_RESIDENTIAL_VN,
	NET_NG, NET_RU, NET_CN, NET_TR,
	NET_COUNT,
};

extern const struct net nets[NET_COUNT];

/* The address in a block that belongs to `which` for good. */
void net_address(char out[16], enum net_id net, uint64_t which);

/* What someone works with. */
struct browser {
	const char *agent;
	const char *os;      /* as sign-ins write it */
	const char *name;    /* as the audit log writes it */
	const char *version; /* as sign-ins write it */
	bool phone;
};

enum browser_id {
	BROWSER_EDGE, BROWSER_CHROME_WINDOWS, BROWSER_FIREFOX_WINDOWS,
	BROWSER_CHROME_MAC, BROWSER_SAFARI_MAC,
	BROWSER_IPHONE, BROWSER_ANDROID,
	BROWSER_LINUX, BROWSER_AXIOS, BROWSER_PYTHON, BROWSER_COUNT,
};

extern const struct browser browsers[BROWSER_COUNT];

enum department {
	DEPT_FINANCE, DEPT_SALES, DEPT_ENGINEERING, DEPT_HR, DEPT_LEGAL,
	DEPT_OPERATIONS, DEPT_MARKETING, DEPT_EXECUTIVE, DEPT_IT, DEPT_COUNT,
};

extern const char *const department_names[DEPT_COUNT];

struct org {
	uint64_t seed;
	uint32_t people;
	char tenant[GUID_TEXT_MAX];
	const char *domain;  /* of user names */
	const char *name;    /* <name>.onmicrosoft.com, <name>.sharepoint.com */
	const char *initial; /* the organisation's own first domain */
	bool test;           /* the test tenant: only an audit log */
};

#define PEOPLE_MAX 10000000u

void org_init(struct org *org, uint64_t seed, uint32_t people);

/* The small test tenant beside it. */
void org_init_test(struct org *org, const struct org *main);

struct person {
	const struct org *org;
	uint32_t index;
	uint64_t seed;
	enum net_id home;
	enum department dept;
	bool admin;
	enum browser_id desktop, phone;
	char name[64];
	char upn[96];
	char local[48];  /* the part before the @ */
	char folder[96]; /* the user name as SharePoint writes it in a path */
	char oid[GUID_TEXT_MAX];
	char mailbox[GUID_TEXT_MAX];
	char site[GUID_TEXT_MAX];
	char puid[17];
	char sid[56];
	char home_ip[16];
	char office_ip[16];
	char device[GUID_TEXT_MAX];
	char device_name[24];
};

void person_load(struct person *out, const struct org *org, uint32_t index);

/* Cheap answers for the planner, without loading the person. */
enum net_id person_home(uint32_t index);
bool person_is_admin(const struct org *org, uint32_t index);

/* Someone of that department, if there is one nearby; `which` chooses. */
void person_of(struct person *out, const struct org *org,
    enum department dept, uint64_t which);

/* Shared mailbox n of the organisation, as a person that nobody is. */
#define SHARED_MAILBOXES 6
void person_shared(struct person *out, const struct org *org, uint32_t n);

/* Sets the user name and everything that follows from it. */
void person_rename(struct person *person, const char *local, const char *name);

/* Who acts, from where, in which session: the context of a record. */
struct who {
	const struct person *person;
	enum net_id net;
	enum browser_id browser;
	char ip[16];
	char session[GUID_TEXT_MAX];
	char uti[23];
	bool managed; /* the device is the organisation's */
};

/* How that person works on that day: place, device and session are settled. */
void who_at_work(struct who *out, const struct person *person, int64_t time_us);

/* The same on the phone. */
void who_on_phone(struct who *out, const struct person *person,
    int64_t time_us);

/* Someone else with that person's rights, in a session of their own. */
void who_intruder(struct who *out, const struct person *victim,
    enum net_id net, enum browser_id browser, uint64_t which);

/* An app, with the id that it has everywhere and its owner. */
struct app {
	const char *name;
	const char *id;
	const char *names; /* service principal names, apart by ; */
};

enum app_id {
	APP_GRAPH, APP_EXCHANGE, APP_SHAREPOINT, APP_MANAGEMENT, APP_DEVICES,
	APP_DIRECTORY, APP_BROKER, APP_TEAMS, APP_OFFICE, APP_OUTLOOK_MOBILE,
	APP_OFFICE_HOME, APP_OUTLOOK_WEB, APP_PORTAL, APP_EXCHANGE_SHELL,
	APP_ONEDRIVE, APP_SHAREPOINT_WEB, APP_SUBSTRATE, APP_MY_SIGNINS,
	APP_FIRST_PARTY, /* the suite's own are those before */
	APP_BACKUP = APP_FIRST_PARTY, APP_HR, APP_DESK, APP_SURVEY, APP_BOARD,
	APP_LEGACY_TEST, APP_MALICIOUS, APP_PHISHING, APP_COUNT,
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

#endif
