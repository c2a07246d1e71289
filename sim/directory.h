#ifndef SIM_DIRECTORY_H
#define SIM_DIRECTORY_H

#include "apps.h"
#include "gen.h"

/*
 * directory - changes of the directory: people, groups, roles, apps, devices.
 *
 * One change is told twice, with two ids and one correlation id: in the audit
 * log (RecordType 8) and as a directory audit of Graph.  A row of the table
 * in directory.c gives both shapes.
 */
enum change {
	CHANGE_ADD_USER,
	CHANGE_UPDATE_USER,
	CHANGE_UPDATE_MFA,
	CHANGE_PASSWORD,
	CHANGE_RESET_PASSWORD,
	CHANGE_REVOKE_SESSIONS,
	CHANGE_LICENSE,
	CHANGE_ADD_TO_GROUP,
	CHANGE_UPDATE_GROUP,
	CHANGE_ADD_TO_ROLE,
	CHANGE_ADD_APP,
	CHANGE_UPDATE_APP,
	CHANGE_APP_SECRET,
	CHANGE_APP_OWNER,
	CHANGE_ADD_PRINCIPAL,
	CHANGE_UPDATE_PRINCIPAL,
	CHANGE_PRINCIPAL_SECRET,
	CHANGE_CONSENT,
	CHANGE_DELEGATED_GRANT,
	CHANGE_ROLE_GRANT,
	CHANGE_ASSIGN_TO_USER,
	CHANGE_ADD_DEVICE,
	CHANGE_DEVICE_OWNER,
	CHANGE_ENABLE_USER,
	CHANGE_REMOVE_MFA,
	CHANGE_DELETE_USER,
	CHANGE_DELETE_DEVICE,
	CHANGE_REMOVE_SECRET,
	CHANGE_REMOVE_GRANT,
	CHANGE_REMOVE_ROLE_GRANT,
	CHANGE_REMOVE_PRINCIPAL,
	CHANGE_DELETE_APP,
	CHANGE_REMOVE_FROM_ROLE,
	CHANGE_COUNT,
};

struct directory;

struct directory *directory_new(struct arena *arena);

/* Starts a change by a person, or by an app. */
void directory_by_person(struct gen *gen, const struct who *who);
void directory_by_app(struct gen *gen, const struct app_view *app,
    const char *ip, enum net_id net);

/* What is changed. */
void directory_on_person(struct gen *gen, const struct person *person);
void directory_on_principal(struct gen *gen, const struct app_view *app);
void directory_on_app(struct gen *gen, const struct app_view *app);
void directory_on_thing(struct gen *gen, const char *id, const char *name);

/*
 * The values of the change, P1 to P7, mean what the row says (@P1 ...) and
 * are set with gen_set() before this.
 */
void directory_emit(struct gen *gen, enum change change);

/* All that one consent makes: five records of one correlation id. */
struct consent {
	const struct who *who;
	const struct app_view *app, *resource;
	const char *scopes;
	bool by_admin;
	bool new_principal; /* the app was not in the tenant before */
};

void directory_consent(struct gen *gen, const struct consent *consent);

/* An app role of the resource is granted to the app. */
struct role_grant {
	const struct app_view *app, *resource;
	const char *role, *role_id, *role_name;
};

void directory_role_grant(struct gen *gen, const struct role_grant *grant);

#endif
