#ifndef EVENT_READ_O365_H
#define EVENT_READ_O365_H

#include "event/event.h"
#include "event/keys.h"

/*
 * read_o365 - the unified audit log: as the Management Activity API and the
 * exports' AuditData write it, as Log Analytics' OfficeActivity columns, and as
 * Graph's audit query record where that has no auditData.
 *
 * It is most of what there is to read, so it takes the members that
 * recognition found and walks the root no second time.
 */

/* The record types that are read in a way of their own. */
enum o365_type {
	O365_EXCHANGE_ADMIN = 1,
	O365_EXCHANGE_ITEM = 2,
	O365_EXCHANGE_GROUP = 3,
	O365_SHAREPOINT = 4,
	O365_SHAREPOINT_FILE = 6,
	O365_ONEDRIVE = 7,
	O365_DIRECTORY = 8,
	O365_ACCOUNT_LOGON = 9,
	O365_DLP_SHAREPOINT = 11,
	O365_DLP_EXCHANGE = 13,
	O365_SHARING = 14,
	O365_STS_LOGON = 15,
	O365_EXCHANGE_AGGREGATED_OPERATION = 19,
	O365_TEAMS = 25,
	O365_THREAT = 28,
	O365_SHAREPOINT_LIST = 36,
	O365_ALERT = 40,
	O365_THREAT_URL = 41,
	O365_EXCHANGE_AGGREGATED = 50,
	O365_SHAREPOINT_ITEM = 54,
	O365_SHAREPOINT_CONTENT = 55,
	O365_SHAREPOINT_FIELD = 56,
	O365_DLP_ENDPOINT = 63,
	O365_EXCHANGE_SEARCH = 101,
	O365_SHAREPOINT_SEARCH = 102,
	O365_RISK = 294,
};

/* RecordType as number, digits or name; -1 if it is none that is known. */
int64_t o365_type(struct json v);

static inline bool
o365_is_logon(int64_t type)
{
	return type == O365_STS_LOGON || type == O365_ACCOUNT_LOGON;
}

void read_o365(
    const struct record *record, const struct keys *keys, struct event *event);

/* Sets the OCSF class and activity; event->col[EV_OPERATION] is set. */
void read_o365_class(int64_t type, struct event *event);

/* Sets target and mailbox. */
void read_o365_target(const struct record *record, const struct keys *keys,
    int64_t type, struct event *event);

/* As event_items(). */
size_t items_o365(const struct record *record, const struct event_item **items);

/*
 * What a list of identities (Actor, Target) tells.  Slices live as long as the
 * record.
 */
struct o365_identity {
	struct slice kind; /* "User", "ServicePrincipal", "Group", ... */
	struct slice oid;  /* its object id */
	struct slice upn, puid, name;
	struct slice app_id; /* the first other id in the list */
};

struct o365_identity
read_o365_identity(const struct record *record, struct json list);

#endif
