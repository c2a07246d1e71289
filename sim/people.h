#ifndef SIM_PEOPLE_H
#define SIM_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "rng.h"
#include "tables.h"

/*
 * people - the made-up organisation: who works where, from which addresses,
 * with which devices.
 *
 * Nothing is kept per person: person_load() works out person n from the seed,
 * so a tenant of a million people costs as much memory as one of ten.
 */

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

/*
 * About one in sixteen is hired for ten weeks in thirteen: leaves on the
 * Friday of the tenth, and comes back on the Monday after the thirteenth.
 */
enum contract {
	CONTRACT_LASTING,
	CONTRACT_FIRST_WEEK,
	CONTRACT_WEEK,
	CONTRACT_LAST_WEEK,
	CONTRACT_NONE, /* has left */
};

/* On that day, from 1970-01-01 on, which begins a week if it is a Monday. */
enum contract
person_contract(const struct org *org, uint32_t index, int64_t day);

/* Someone of that department, if there is one nearby; `which` chooses. */
void person_of(struct person *out, const struct org *org, enum department dept,
    uint64_t which);

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
void
who_on_phone(struct who *out, const struct person *person, int64_t time_us);

/* Someone else with that person's rights, in a session of their own. */
void who_intruder(struct who *out, const struct person *victim, enum net_id net,
    enum browser_id browser, uint64_t which);

#endif
