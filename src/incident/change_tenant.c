/*
 * What holds for the tenant: conditional access, domains, other tenants.
 */
#include "incident/change_part.h"

struct row {
	const char *operation;
	void (*read)(const struct directory *dir, const struct row *row);
	enum way way;
	enum way_verb verb;
};

static void
add(const struct directory *dir, const struct row *row, struct slice object)
{
	const struct dir_target *what = &dir->targets[0];

	change_add(dir->changes, &(struct way_change){.way = row->way,
	                             .verb = row->verb,
	                             .object = object,
	                             .name = what->name});
}

/* --- conditional access --- */

/* How many ids stand in the lists of what is left out. */
static size_t
left_out(struct slice policy)
{
	size_t n = 0;
	struct slice rest = policy, list;

	while ((rest = change_behind(rest, "\"exclude")).len) {
		struct slice behind = change_behind(rest, "[");

		list = slice_cut(&behind, ']');
		for (size_t i = 0; i < list.len; i++)
			n += list.ptr[i] == '"';
	}
	return n;
}

static bool
is_on(struct slice policy)
{
	return change_is(change_member(&policy, "state"), "enabled");
}

/* Less is guarded than before: a hole; more: it is closed. */
static void
policy(const struct directory *dir, const struct row *row)
{
	const struct dir_property *changed =
	    dir_property(dir, "ConditionalAccessPolicy");
	struct row what = *row;
	size_t now, before;

	if (changed && changed->before.len && changed->now.len) {
		now = left_out(changed->now);
		before = left_out(changed->before);
		if (is_on(changed->now) == is_on(changed->before) &&
		    now == before)
			return;
		what.verb = is_on(changed->now) &&
		                    (!is_on(changed->before) || now < before)
		                ? WAY_CLOSES
		                : WAY_OPENS;
	}
	add(dir, &what, dir->targets[0].id);
}

/* One that is gone guards nothing, and comes back under another id. */
static void
no_policy(const struct directory *dir, const struct row *row)
{
	add(dir, row,
	    change_join(dir->changes, SLICE("deleted"), dir->targets[0].id));
}

static void
by_id(const struct directory *dir, const struct row *row)
{
	add(dir, row, dir->targets[0].id);
}

/* --- domains and other tenants --- */

static void
domain(const struct directory *dir, const struct row *row)
{
	struct row what = *row;

	for (size_t i = 0; i < dir->count; i++) {
		struct slice now = dir->properties[i].now;

		if (change_has(now, "Federated"))
			what.verb = WAY_OPENS;
		else if (change_has(now, "Managed"))
			what.verb = WAY_CLOSES;
	}
	add(dir, &what, dir->targets[0].name);
}

static void
domain_itself(const struct directory *dir, const struct row *row)
{
	add(dir, row,
	    change_join(dir->changes, SLICE("added"), dir->targets[0].name));
}

static void
tenant(const struct directory *dir, const struct row *row)
{
	struct slice id = dir_value(dir, "tenantId");

	if (!id.len)
		id = dir->targets[0].id;
	if (!id.len)
		id = dir->targets[0].name;
	if (change_has(dir->operation, "default"))
		id = SLICE("default");
	add(dir, row, id);
}

static void
relation(const struct directory *dir, const struct row *row)
{
	static const char *const ends[] = {
	    "Remove", "Delete", "Terminate", "Expire", "Reject"};
	struct row what = *row;
	struct slice id = dir->targets[0].id;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (change_begins(dir->operation, ends[i]))
			what.verb = WAY_CLOSES;
	add(dir, &what, id.len ? id : dir->targets[0].name);
}

static const struct row rows[] = {
    {"Update conditional access policy", policy, WAY_CONDITIONAL_ACCESS,
        WAY_OPENS},
    {"Delete conditional access policy", no_policy, WAY_CONDITIONAL_ACCESS,
        WAY_OPENS},
    {"Add named location", by_id, WAY_CONDITIONAL_ACCESS, WAY_OPENS},
    {"Update named location", by_id, WAY_CONDITIONAL_ACCESS, WAY_OPENS},
    {"Delete named location", by_id, WAY_CONDITIONAL_ACCESS, WAY_CLOSES},
    {"Set domain authentication", domain, WAY_FEDERATION, WAY_OPENS},
    {"Set federation settings on domain", domain, WAY_FEDERATION, WAY_OPENS},
    {"Add unverified domain", domain_itself, WAY_FEDERATION, WAY_OPENS},
    {"Add verified domain", domain_itself, WAY_FEDERATION, WAY_OPENS},
    {"Verify domain", domain_itself, WAY_FEDERATION, WAY_OPENS},
    {"Add domain to company", domain_itself, WAY_FEDERATION, WAY_OPENS},
    {"Remove unverified domain", domain_itself, WAY_FEDERATION, WAY_CLOSES},
    {"Remove verified domain", domain_itself, WAY_FEDERATION, WAY_CLOSES},
    {"Remove domain from company", domain_itself, WAY_FEDERATION, WAY_CLOSES},
    {"Add a partner to cross-tenant access setting", tenant, WAY_CROSS_TENANT,
        WAY_OPENS},
    {"Update a partner cross-tenant access setting", tenant, WAY_CROSS_TENANT,
        WAY_OPENS},
    {"Delete partner specific cross-tenant access setting", tenant,
        WAY_CROSS_TENANT, WAY_CLOSES},
    {"Update the company default cross-tenant access setting", tenant,
        WAY_CROSS_TENANT, WAY_OPENS},
    {"Reset the cross-tenant access setting to the default", tenant,
        WAY_CROSS_TENANT, WAY_CLOSES},
    {"Add partner to company", relation, WAY_DELEGATED_ADMIN, WAY_OPENS},
    {"Remove partner from company", relation, WAY_DELEGATED_ADMIN, WAY_CLOSES},
};

bool
change_tenant(const struct directory *dir)
{
	static const struct row delegated = {
	    .way = WAY_DELEGATED_ADMIN, .verb = WAY_OPENS};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!change_fits(dir->operation, rows[i].operation))
			continue;
		rows[i].read(dir, &rows[i]);
		return true;
	}
	if (!change_has(dir->operation, "delegated admin"))
		return false;
	relation(dir, &delegated);
	return true;
}
