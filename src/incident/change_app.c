/*
 * Apps: their credentials, owners, consents and roles; and who administers.
 */
#include "incident/change_part.h"

struct row {
	const char *operation;
	void (*read)(const struct directory *dir, const struct row *row);
	enum way way;
	enum way_verb verb;
};

static void
add(const struct directory *dir, const struct row *row, struct slice object,
    const struct dir_target *holder, struct slice name)
{
	change_add(dir->changes,
	    &(struct way_change){.way = row->way,
	        .verb = row->verb,
	        .object = object,
	        .name = name,
	        .holder = holder->id,
	        .holder_name = holder->upn.len ? holder->upn : holder->name});
}

/* --- credentials --- */

/* "[KeyIdentifier=…,KeyType=Password,KeyUsage=Verify,DisplayName=…]" */
static void
keys(const struct directory *dir)
{
	const struct dir_property *keys = dir_property(dir, "KeyDescription");

	for (int closes = 0; keys && closes < 2; closes++) {
		struct slice has = closes ? keys->before : keys->now;
		struct slice lacks = closes ? keys->now : keys->before;
		struct row row = {.way = WAY_APP_CREDENTIAL,
		    .verb = closes ? WAY_CLOSES : WAY_OPENS};

		while ((has = change_behind(has, "KeyIdentifier=")).len) {
			struct slice rest = has, id = slice_cut(&rest, ',');
			struct slice name = change_behind(
			    slice_cut(&rest, ']'), "DisplayName=");

			if (id.len && !change_holds(lacks, id))
				add(dir, &row, id, &dir->targets[0], name);
		}
	}
}

static void
federated(const struct directory *dir)
{
	const struct dir_property *all =
	    dir_property(dir, "FederatedIdentityCredentials");
	struct changes *changes = dir->changes;
	struct slice app =
	    change_join(changes, dir->targets[0].id, SLICE("federated"));

	for (int closes = 0; all && closes < 2; closes++) {
		struct slice has = closes ? all->before : all->now, name;
		struct slice lacks = closes ? all->now : all->before;
		struct row row = {.way = WAY_APP_CREDENTIAL,
		    .verb = closes ? WAY_CLOSES : WAY_OPENS};

		while ((name = change_member(&has, "Name")).len)
			if (!change_holds(lacks, name))
				add(dir, &row, change_join(changes, app, name),
				    &dir->targets[0], name);
	}
}

static void
update(const struct directory *dir, const struct row *row)
{
	struct slice enabled = dir_now(dir, "AccountEnabled");
	struct row app = *row;

	app.verb = change_is(enabled, "false") ? WAY_CLOSES : WAY_OPENS;
	if (enabled.len)
		add(dir, &app, dir->targets[0].id, &dir->targets[0],
		    dir->targets[0].name);
	keys(dir);
	federated(dir);
}

/* --- apps and their owners --- */

static void
app(const struct directory *dir, const struct row *row)
{
	const struct dir_target *what = &dir->targets[0];
	struct slice id = what->app;

	if (!id.len)
		id = dir_value(dir, "AppPrincipalId");
	if (!id.len)
		id = dir_value(dir, "AppId");
	change_add(dir->changes, &(struct way_change){.way = row->way,
	                             .verb = row->verb,
	                             .object = what->id,
	                             .also = id,
	                             .name = what->name,
	                             .holder = what->id,
	                             .holder_name = what->name});
}

static void
owner(const struct directory *dir, const struct row *row)
{
	struct dir_target who = dir_principal(dir);
	struct slice of = dir_value(dir, "Application.ObjectID");
	struct slice name = dir_value(dir, "Application.DisplayName");

	if (!of.len)
		of = dir_value(dir, "ServicePrincipal.ObjectID");
	if (!name.len)
		name = dir_value(dir, "ServicePrincipal.DisplayName");
	add(dir, row, change_join(dir->changes, of, who.id), &who, name);
}

/* --- consents --- */

/* "ClientId: x, …" */
static struct slice
entry_value(struct slice entry, const char *key)
{
	struct slice rest = change_behind(entry, key);

	return slice_trim(slice_cut(&rest, ','));
}

static void
add_grant(const struct directory *dir, enum way_verb verb, struct slice ids,
    struct slice principal, bool all)
{
	struct way_change change = {.way = all ? WAY_PERMISSION : WAY_CONSENT,
	    .verb = verb,
	    .object = ids};
	struct slice client = ids;

	change.holder = slice_cut(&client, ':');
	if (!all)
		change.place = way_lower(principal, dir->changes->arena);
	change_add(dir->changes, &change);
}

static void
set_last(const struct directory *dir, size_t from, struct slice name,
    struct slice scopes)
{
	struct changes *changes = dir->changes;

	if (changes->count == from)
		return;
	changes->list[from].name = arena_copy(changes->arena, name);
	changes->list[from].holder_name = changes->list[from].name;
	changes->list[from].detail =
	    arena_copy(changes->arena, slice_trim(scopes));
}

/* "[[old], …] => [[Id: …, ClientId: …, …, Scope: …], […]]; " */
static void
consent(const struct directory *dir, const struct row *row)
{
	const struct dir_property *property =
	    dir_property(dir, "ConsentAction.Permissions");
	struct slice before, now, entry, client;

	if (!property)
		return;
	now = change_behind(property->now, "=>");
	before = slice_of(property->now.ptr, property->now.len - now.len);
	for (; now.len; (void)slice_cut(&now, '[')) {
		size_t from = dir->changes->count;
		struct slice rest = now;

		entry = slice_cut(&rest, ']');
		if (!change_begins(entry, "Id: ") ||
		    change_holds(before, entry))
			continue;
		client = entry_value(entry, "ClientId:");
		/* Of an app that comes with it, no id is known yet. */
		if (!slice_is_guid(client))
			client = dir->targets[0].id;
		add_grant(dir, row->verb,
		    change_join(dir->changes, client,
		        entry_value(entry, "ResourceId:")),
		    entry_value(entry, "PrincipalId:"),
		    change_is(
		        entry_value(entry, "ConsentType:"), "AllPrincipals"));
		set_last(dir, from, dir->targets[0].name,
		    entry_value(entry, "Scope:"));
	}
}

/*
 * Whose grant it is stands in no member: people grant for themselves, and who
 * takes one away may be anyone.
 */
static void
grant(const struct directory *dir, const struct row *row)
{
	struct dir_target resource = dir->targets[0];
	const struct event *event = dir->changes->event;
	struct slice client = dir_value(dir, "ServicePrincipal.ObjectID");
	struct slice type =
	    dir_value(dir, "DelegatedPermissionGrant.ConsentType");
	struct slice principal = {0};
	size_t from = dir->changes->count;

	if (row->verb == WAY_OPENS &&
	    slice_eq(event->col[EV_ACTOR_TYPE], SLICE("user")))
		principal = event->col[EV_ACTOR_ID];
	add_grant(dir, row->verb,
	    change_join(dir->changes, client, resource.id), principal,
	    change_is(type, "AllPrincipals"));
	set_last(dir, from, dir_value(dir, "ServicePrincipal.DisplayName"),
	    dir_value(dir, "DelegatedPermissionGrant.Scope"));
}

static void
app_role(const struct directory *dir, const struct row *row)
{
	struct changes *changes = dir->changes;
	struct dir_target grantee = {
	    .id = dir_value(dir, "ServicePrincipal.ObjectID"),
	    .name = dir_value(dir, "ServicePrincipal.DisplayName")};
	struct slice object =
	    change_join(changes, grantee.id, dir->targets[0].id);
	size_t from = changes->count;

	object = change_join(changes, object, dir_value(dir, "AppRole.Id"));
	add(dir, row, object, &grantee, dir_value(dir, "AppRole.Value"));
	if (changes->count > from)
		changes->list[from].detail = arena_printf(changes->arena,
		    "of " SLICE_FMT, SLICE_ARG(dir->targets[0].name));
}

/* --- who administers --- */

static void
role(const struct directory *dir, const struct row *row)
{
	struct dir_target who = dir_principal(dir), what;
	struct slice id = dir_value(dir, "Role.TemplateId");
	struct slice name = dir_value(dir, "Role.DisplayName");

	what = dir_target(dir, "Role");
	if (!id.len)
		id = what.id.len ? what.id : dir_value(dir, "Role.ObjectID");
	if (!name.len)
		name = what.name;
	add(dir, row, change_join(dir->changes, id, who.id), &who, name);
}

/* Of PIM's records only those that say it is done. */
static const struct row rows[] = {
    {"Add application", app, WAY_APP, WAY_OPENS},
    {"Restore application", app, WAY_APP, WAY_OPENS},
    {"Delete application", app, WAY_APP, WAY_CLOSES},
    {"Hard delete application", app, WAY_APP, WAY_CLOSES},
    {"Add service principal", app, WAY_APP, WAY_OPENS},
    {"Remove service principal", app, WAY_APP, WAY_CLOSES},
    {"Hard delete service principal", app, WAY_APP, WAY_CLOSES},
    {"Disable service principal", app, WAY_APP, WAY_CLOSES},
    {"Enable service principal", app, WAY_APP, WAY_OPENS},
    {"Update application*", update, WAY_APP, WAY_OPENS},
    {"Update service principal", update, WAY_APP, WAY_OPENS},
    {"Add service principal credentials", update, WAY_APP, WAY_OPENS},
    {"Remove service principal credentials", update, WAY_APP, WAY_OPENS},
    {"Add owner to application", owner, WAY_APP_OWNER, WAY_OPENS},
    {"Add owner to service principal", owner, WAY_APP_OWNER, WAY_OPENS},
    {"Remove owner from application", owner, WAY_APP_OWNER, WAY_CLOSES},
    {"Remove owner from service principal", owner, WAY_APP_OWNER, WAY_CLOSES},
    {"Consent to application", consent, WAY_CONSENT, WAY_OPENS},
    {"Add delegated permission grant", grant, WAY_CONSENT, WAY_OPENS},
    {"Add OAuth2PermissionGrant", grant, WAY_CONSENT, WAY_OPENS},
    {"Remove delegated permission grant", grant, WAY_CONSENT, WAY_CLOSES},
    {"Remove OAuth2PermissionGrant", grant, WAY_CONSENT, WAY_CLOSES},
    {"Add app role assignment to service principal", app_role, WAY_APP_ROLE,
        WAY_OPENS},
    {"Remove app role assignment from service principal", app_role,
        WAY_APP_ROLE, WAY_CLOSES},
    {"Add member to role", role, WAY_DIRECTORY_ROLE, WAY_OPENS},
    {"Add member to role in PIM completed*", role, WAY_DIRECTORY_ROLE,
        WAY_OPENS},
    {"Add member to role completed (PIM activation)", role, WAY_DIRECTORY_ROLE,
        WAY_OPENS},
    {"Remove member from role", role, WAY_DIRECTORY_ROLE, WAY_CLOSES},
    {"Remove member from role in PIM completed*", role, WAY_DIRECTORY_ROLE,
        WAY_CLOSES},
    {"Remove member from role (PIM activation expired)", role,
        WAY_DIRECTORY_ROLE, WAY_CLOSES},
    {"Remove member from role completed (PIM deactivate)", role,
        WAY_DIRECTORY_ROLE, WAY_CLOSES},
    {"Add eligible member to role", role, WAY_ELIGIBLE_ROLE, WAY_OPENS},
    {"Add eligible member to role in PIM completed*", role, WAY_ELIGIBLE_ROLE,
        WAY_OPENS},
    {"Remove eligible member from role", role, WAY_ELIGIBLE_ROLE, WAY_CLOSES},
    {"Remove eligible member from role in PIM completed*", role,
        WAY_ELIGIBLE_ROLE, WAY_CLOSES},
};

bool
change_app(const struct directory *dir)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!change_fits(dir->operation, rows[i].operation))
			continue;
		rows[i].read(dir, &rows[i]);
		return true;
	}
	return false;
}
