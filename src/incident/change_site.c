/*
 * Sharing and administrators of sites, guests of teams, flows, eDiscovery.
 */
#include "base/time.h"
#include "event/read.h"
#include "incident/change_part.h"

struct row {
	const char *operation;
	void (*read)(struct changes *changes, const struct row *row);
	enum way way;
	enum way_verb verb;
};

static struct slice
text(struct changes *changes, const char *literal)
{
	const struct record *record = changes->record;

	return read_scalar(record, json_get(record->root, slice_cstr(literal)));
}

/* --- sharing --- */

/* EventData: "<Type>Edit</Type><ExpirationDate>…</ExpirationDate>" */
static int64_t
ends(struct slice data)
{
	static const char *const tags[] = {
	    "<ExpirationDate>", "<Expiration>", "<ExpirationDateTime>"};
	int64_t until_us;

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		struct slice rest = change_behind(data, tags[i]);

		if (time_parse(slice_trim(slice_cut(&rest, '<')), &until_us))
			return until_us;
	}
	return EVENT_NO_TIME;
}

static struct way_change
shared(struct changes *changes, const struct row *row)
{
	struct slice data = text(changes, "EventData");
	struct slice file = text(changes, "SourceFileName");
	struct slice url = text(changes, "ObjectId");

	return (struct way_change){.way = row->way,
	    .verb = row->verb,
	    .name = file.len ? file : url,
	    .place = text(changes, "SiteUrl"),
	    .detail = data,
	    .until_us = ends(data)};
}

static void
link(struct changes *changes, const struct row *row)
{
	struct way_change change = shared(changes, row);
	struct slice id = text(changes, "UniqueSharingId");

	change.object = id.len ? id : text(changes, "ObjectId");
	change.to = text(changes, "TargetUserOrGroupName");
	change_add(changes, &change);
}

static bool
is_outside(struct changes *changes, struct slice who)
{
	struct slice type = text(changes, "TargetUserOrGroupType");

	return change_has(type, "Guest") || change_has(type, "External") ||
	       change_has(type, "Anonymous") || change_has(who, "#ext#");
}

/* Only with somebody outside: others come back with their account alone. */
static void
with_whom(struct changes *changes, const struct row *row)
{
	struct way_change change = shared(changes, row);
	struct slice who = text(changes, "TargetUserOrGroupName");

	if (!is_outside(changes, who))
		return;
	change.object = change_join(changes, text(changes, "ObjectId"), who);
	change.holder = who;
	change.holder_name = who;
	change.to = who;
	change_add(changes, &change);
}

static void
site_admin(struct changes *changes, const struct row *row)
{
	const struct record *record = changes->record;
	struct slice site = text(changes, "SiteUrl");
	struct slice who = text(changes, "TargetUserOrGroupName");

	if (!site.len)
		site = text(changes, "ObjectId");
	if (!who.len)
		who = read_scalar(record,
		    read_named(record,
		        read_any(record, record->root, "ModifiedProperties"),
		        "SiteAdmin", "NewValue"));
	while (site.len && site.ptr[site.len - 1] == '/')
		site.len--;
	change_add(changes, &(struct way_change){.way = row->way,
	                        .verb = row->verb,
	                        .object = change_join(changes, site, who),
	                        .name = who,
	                        .holder = who,
	                        .holder_name = who,
	                        .place = site});
}

/* --- Teams, flows, cases --- */

static void
team(struct changes *changes, const struct row *row)
{
	const struct record *record = changes->record;
	struct slice id = text(changes, "TeamGuid");
	struct slice name = text(changes, "TeamName");
	struct json_iter it = json_iter(
	    read_open(record, read_any(record, record->root, "Members")));
	struct json member;

	id = change_join(changes, SLICE("team"), id);
	while (json_next(&it, NULL, &member)) {
		struct slice upn = read_text(record, member, "UPN");

		if (!change_has(upn, "#ext#"))
			continue;
		change_add(changes,
		    &(struct way_change){.way = row->way,
		        .verb = row->verb,
		        .object = change_join(changes, id, upn),
		        .name = read_text(record, member, "DisplayName"),
		        .holder = upn,
		        .holder_name = upn,
		        .place = name});
	}
}

static void
flow(struct changes *changes, const struct row *row)
{
	struct slice url = text(changes, "FlowDetailsUrl");
	struct slice id = change_behind(url, "/flows/");

	id = slice_cut(&id, '/');
	if (!id.len)
		id = text(changes, "FlowId");
	if (!id.len)
		id = text(changes, "ObjectId");
	change_add(
	    changes, &(struct way_change){.way = row->way,
	                 .verb = row->verb,
	                 .object = id,
	                 .name = id,
	                 .holder = changes->event->col[EV_ACTOR_NAME],
	                 .holder_name = changes->event->col[EV_ACTOR_NAME],
	                 .detail = text(changes, "FlowConnectorNames"),
	                 .to = text(changes, "RecipientUPN")});
}

static void
case_member(struct changes *changes, const struct row *row)
{
	struct slice of = text(changes, "CaseId");
	struct slice who = text(changes, "ObjectId");

	if (!of.len)
		of = text(changes, "Case");
	change_add(changes, &(struct way_change){.way = row->way,
	                        .verb = row->verb,
	                        .object = change_join(changes,
	                            change_join(changes, SLICE("case"), of),
	                            way_alias(who, changes->arena)),
	                        .name = text(changes, "CaseName"),
	                        .holder = way_alias(who, changes->arena),
	                        .holder_name = who});
}

static const struct row rows[] = {
    {"AnonymousLinkCreated", link, WAY_SHARING_LINK, WAY_OPENS},
    {"AnonymousLinkUpdated", link, WAY_SHARING_LINK, WAY_OPENS},
    {"AnonymousLinkUsed", link, WAY_SHARING_LINK, WAY_USES},
    {"AnonymousLinkRemoved", link, WAY_SHARING_LINK, WAY_CLOSES},
    {"SecureLinkCreated", link, WAY_SHARING_LINK, WAY_OPENS},
    {"SecureLinkUpdated", link, WAY_SHARING_LINK, WAY_OPENS},
    {"SecureLinkUsed", link, WAY_SHARING_LINK, WAY_USES},
    {"SecureLinkDeleted", link, WAY_SHARING_LINK, WAY_CLOSES},
    {"CompanyLinkCreated", link, WAY_SHARING_LINK, WAY_OPENS},
    {"CompanyLinkUsed", link, WAY_SHARING_LINK, WAY_USES},
    {"CompanyLinkRemoved", link, WAY_SHARING_LINK, WAY_CLOSES},
    {"SharingSet", with_whom, WAY_SHARING_LINK, WAY_OPENS},
    {"SharingInvitationCreated", with_whom, WAY_SHARING_LINK, WAY_OPENS},
    {"SharingInvitationAccepted", with_whom, WAY_SHARING_LINK, WAY_USES},
    {"SharingInvitationRevoked", with_whom, WAY_SHARING_LINK, WAY_CLOSES},
    {"SharingRevoked", with_whom, WAY_SHARING_LINK, WAY_CLOSES},
    {"AddedToGroup", with_whom, WAY_SHARING_LINK, WAY_OPENS},
    {"RemovedFromGroup", with_whom, WAY_SHARING_LINK, WAY_CLOSES},
    {"SiteCollectionAdminAdded", site_admin, WAY_SITE_ADMIN, WAY_OPENS},
    {"SiteCollectionAdminRemoved", site_admin, WAY_SITE_ADMIN, WAY_CLOSES},
    {"MemberAdded", team, WAY_GUEST, WAY_OPENS},
    {"MemberRemoved", team, WAY_GUEST, WAY_CLOSES},
    {"CreateFlow", flow, WAY_FLOW, WAY_OPENS},
    {"EditFlow", flow, WAY_FLOW, WAY_OPENS},
    {"PutPermissions", flow, WAY_FLOW, WAY_OPENS},
    {"DeleteFlow", flow, WAY_FLOW, WAY_CLOSES},
    {"CaseMemberAdded", case_member, WAY_EDISCOVERY_ROLE, WAY_OPENS},
    {"CaseMemberRemoved", case_member, WAY_EDISCOVERY_ROLE, WAY_CLOSES},
    {"CaseAdminAdded", case_member, WAY_EDISCOVERY_ROLE, WAY_OPENS},
    {"CaseAdminRemoved", case_member, WAY_EDISCOVERY_ROLE, WAY_CLOSES},
};

void
change_site(struct changes *changes)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (change_is(
		        changes->event->col[EV_OPERATION], rows[i].operation))
			rows[i].read(changes, &rows[i]);
}
