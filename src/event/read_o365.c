#include "event/read_o365.h"

#include <strings.h>

#include "event/read.h"

#define DIRECTORY_TYPE 8 /* RecordType of changes of the directory */

static bool
same(struct slice a, struct slice b)
{
	return a.len == b.len && a.len > 0 &&
	       ((a.ptr[0] ^ b.ptr[0]) & 0xdf) == 0 &&
	       !strncasecmp(a.ptr, b.ptr, a.len);
}

static bool
begins(struct slice s, struct slice with)
{
	return s.len >= with.len && !memcmp(s.ptr, with.ptr, with.len);
}

static const struct slice nil =
    SLICE_INIT("00000000-0000-0000-0000-000000000000");

/* An app's id; a nil id is how some workloads say that there is none. */
static struct slice
app_id(struct slice s)
{
	return slice_eq(s, nil) ? SLICE("") : s;
}

static void
set(struct event *event, enum event_column col, struct slice value)
{
	if (event->col[col].len == 0)
		event->col[col] = value;
}

/* The member as text that lives as long as the record. */
static struct slice
text(const struct record *record, const struct keys *keys, enum key key)
{
	return keys_have(keys, key) ? read_scalar(record, keys_get(keys, key))
	                            : SLICE("");
}

/* --- record types --- */

int64_t
o365_type(struct json v)
{
	static const struct {
		struct slice name;
		int64_t type;
	} names[] = {
	    {SLICE_INIT("ExchangeAdmin"), O365_EXCHANGE_ADMIN},
	    {SLICE_INIT("ExchangeItem"), O365_EXCHANGE_ITEM},
	    {SLICE_INIT("ExchangeItemGroup"), O365_EXCHANGE_GROUP},
	    {SLICE_INIT("ExchangeItemAggregated"), O365_EXCHANGE_AGGREGATED},
	    {SLICE_INIT("ExchangeAggregatedOperation"),
	        O365_EXCHANGE_AGGREGATED_OPERATION},
	    {SLICE_INIT("ExchangeSearch"), O365_EXCHANGE_SEARCH},
	    {SLICE_INIT("SharePoint"), O365_SHAREPOINT},
	    {SLICE_INIT("SharePointFileOperation"), O365_SHAREPOINT_FILE},
	    {SLICE_INIT("SharePointSharingOperation"), O365_SHARING},
	    {SLICE_INIT("SharePointListOperation"), O365_SHAREPOINT_LIST},
	    {SLICE_INIT("SharePointListItemOperation"), O365_SHAREPOINT_ITEM},
	    {SLICE_INIT("SharePointContentTypeOperation"),
	        O365_SHAREPOINT_CONTENT},
	    {SLICE_INIT("SharePointFieldOperation"), O365_SHAREPOINT_FIELD},
	    {SLICE_INIT("SharePointSearch"), O365_SHAREPOINT_SEARCH},
	    {SLICE_INIT("OneDrive"), O365_ONEDRIVE},
	    {SLICE_INIT("AzureActiveDirectory"), O365_DIRECTORY},
	    {SLICE_INIT("AzureActiveDirectoryAccountLogon"),
	        O365_ACCOUNT_LOGON},
	    {SLICE_INIT("AzureActiveDirectoryStsLogon"), O365_STS_LOGON},
	    {SLICE_INIT("MicrosoftTeams"), O365_TEAMS},
	    {SLICE_INIT("ComplianceDLPSharePoint"), O365_DLP_SHAREPOINT},
	    {SLICE_INIT("ComplianceDLPExchange"), O365_DLP_EXCHANGE},
	    {SLICE_INIT("DLPEndpoint"), O365_DLP_ENDPOINT},
	    {SLICE_INIT("ThreatIntelligence"), O365_THREAT},
	    {SLICE_INIT("ThreatIntelligenceUrl"), O365_THREAT_URL},
	    {SLICE_INIT("SecurityComplianceAlerts"), O365_ALERT},
	    {SLICE_INIT("AadRiskDetection"), O365_RISK},
	};
	int64_t type;

	if (json_to_i64(v, &type))
		return type;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (same(json_str(v), names[i].name))
			return names[i].type;
	return -1;
}

/* --- identities --- */

/* The numbers that the wire has for IdentityType; some writers spell them. */
enum identity_type {
	IDENTITY_CLAIM,
	IDENTITY_NAME,
	IDENTITY_OTHER,
	IDENTITY_PUID,
	IDENTITY_SPN,
	IDENTITY_UPN,
};

static int64_t
identity_type(struct json v)
{
	int64_t type;

	if (json_to_i64(v, &type))
		return type;
	if (same(json_str(v), SLICE("UPN")))
		return IDENTITY_UPN;
	if (same(json_str(v), SLICE("PUID")))
		return IDENTITY_PUID;
	if (same(json_str(v), SLICE("Name")))
		return IDENTITY_NAME;
	return IDENTITY_OTHER;
}

/* "User_<object id>", or a bare id: the object's own or an app's. */
static void
take_id(struct o365_identity *who, struct slice id)
{
	const char *mark = id.len ? memchr(id.ptr, '_', id.len) : NULL;
	struct slice rest = {0};

	if (mark != NULL)
		rest = slice_skip(id, (size_t)(mark - id.ptr) + 1);
	if (slice_is_guid(rest) && who->kind.len == 0) {
		who->kind = slice_of(id.ptr, (size_t)(mark - id.ptr));
		who->oid = rest;
	} else if (slice_is_guid(id) && !slice_eq(id, who->oid) &&
	           who->app_id.len == 0) {
		who->app_id = id;
	}
}

struct o365_identity
read_o365_identity(const struct record *record, struct json list)
{
	struct o365_identity who = {0};
	struct json_iter it = json_iter(read_open(record, list));
	struct json entry;

	while (json_next(&it, NULL, &entry)) {
		struct slice id = read_scalar(record, JSON_GET(entry, "ID"));

		switch (identity_type(JSON_GET(entry, "Type"))) {
		case IDENTITY_UPN:
			who.upn = id;
			break;
		case IDENTITY_PUID:
			who.puid = id;
			break;
		case IDENTITY_NAME:
			who.name = id;
			break;
		case IDENTITY_CLAIM:
			if (slice_is_guid(id))
				who.oid = id;
			break;
		default:
			take_id(&who, id);
		}
	}
	return who;
}

/* --- who --- */

static struct slice
type_name(int64_t type)
{
	static const struct slice names[] = {
	    SLICE_INIT("user"),
	    SLICE_INIT("unknown"), /* reserved */
	    SLICE_INIT("admin"),
	    SLICE_INIT("system"), /* the supplier's datacentre */
	    SLICE_INIT("system"),
	    SLICE_INIT("app"),
	    SLICE_INIT("app"),
	    SLICE_INIT("system"), /* a custom policy */
	    SLICE_INIT("system"), /* a system policy */
	    SLICE_INIT("partner"),
	    SLICE_INIT("guest"),
	};

	if (type < 0 || type >= (int64_t)(sizeof(names) / sizeof(names[0])))
		return SLICE("unknown");
	return names[type];
}

static struct slice
actor_type(struct json v)
{
	static const struct slice words[] = {
	    SLICE_INIT("Regular"),
	    SLICE_INIT("Reserved"),
	    SLICE_INIT("Admin"),
	    SLICE_INIT("DcAdmin"),
	    SLICE_INIT("System"),
	    SLICE_INIT("Application"),
	    SLICE_INIT("ServicePrincipal"),
	    SLICE_INIT("CustomPolicy"),
	    SLICE_INIT("SystemPolicy"),
	    SLICE_INIT("PartnerTechnician"),
	    SLICE_INIT("Guest"),
	};
	int64_t type = -1;

	if (json_to_i64(v, &type))
		return type_name(type);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (same(json_str(v), words[i]))
			return type_name((int64_t)i);
	return SLICE("");
}

/*
 * The id in a UserKey: SharePoint wraps it as i:0h.f|membership|<id>@live.com,
 * the directory adds a domain.  A key that repeats the name is no id.
 */
static struct slice
key_id(struct slice key, struct slice user)
{
	const char *bar = key.len ? memrchr(key.ptr, '|', key.len) : NULL;
	const char *at;

	if (bar != NULL)
		key = slice_skip(key, (size_t)(bar - key.ptr) + 1);
	if (same(key, user) || same(key, SLICE("Not Available")) ||
	    same(key, SLICE("NOT-FOUND")) || slice_eq(key, SLICE("S-1-0-0")))
		return SLICE("");
	at = key.len ? memchr(key.ptr, '@', key.len) : NULL;
	if (at != NULL && at - key.ptr == 16)
		key.len = 16;
	return key;
}

/* What the actor's name says about the kind of actor. */
static void
refine_type(struct event *event, struct slice user)
{
	static const struct slice app = SLICE_INIT("ServicePrincipal_");
	const char *hash = user.len ? memchr(user.ptr, '#', user.len) : NULL;
	struct slice *type = &event->col[EV_ACTOR_TYPE];

	if (begins(user, app)) {
		event->col[EV_ACTOR_ID] = slice_skip(user, app.len);
		event->col[EV_ACTOR_NAME] = SLICE("");
		*type = SLICE("app");
	} else if (same(user, SLICE("app@sharepoint"))) {
		*type = SLICE("app");
	} else if (begins(user, SLICE("NT AUTHORITY\\")) ||
	           slice_eq(user, SLICE("S-1-5-18"))) {
		*type = SLICE("system");
	} else if (hash != NULL && user.ptr + user.len - hash >= 5 &&
	           !strncasecmp(hash, "#ext#", 5)) {
		*type = SLICE("guest");
	} else if (slice_is_guid(user)) {
		set(event, EV_ACTOR_ID, user);
		event->col[EV_ACTOR_NAME] = SLICE("");
	}
}

static void
read_actor(
    const struct record *record, const struct keys *keys, struct event *event)
{
	struct slice user = text(record, keys, KEY_USER_ID);
	struct slice key = text(record, keys, KEY_USER_KEY);
	struct o365_identity who = {0};

	if (keys_have(keys, KEY_ACTOR))
		who = read_o365_identity(record, keys_get(keys, KEY_ACTOR));
	if (user.len == 0)
		user = text(record, keys, KEY_UPN);
	if (slice_eq(user, SLICE("NOT-FOUND")) ||
	    slice_eq(user, SLICE("Not Available")))
		user = SLICE("");
	event->col[EV_ACTOR_NAME] = user.len > 0 ? user : who.upn;
	event->col[EV_ACTOR_TYPE] = actor_type(keys_get(keys, KEY_USER_TYPE));
	event->col[EV_ACTOR_ID] = text(record, keys, KEY_TOKEN_OBJECT_ID);
	set(event, EV_ACTOR_ID, who.oid);
	set(event, EV_ACTOR_ID, key_id(key, user));
	set(event, EV_ACTOR_ID, text(record, keys, KEY_USER_ID_GRAPH));
	refine_type(event, user);
	/* An app that reads mail by itself: UserId names only the mailbox. */
	if (slice_is_guid(key) &&
	    same(user, keys_str(keys, KEY_MAILBOX_OWNER)) &&
	    slice_eq(event->col[EV_ACTOR_TYPE], SLICE("app")))
		event->col[EV_ACTOR_NAME] = SLICE("");
	if (who.kind.len > 0 && same(who.kind, SLICE("ServicePrincipal")))
		event->col[EV_ACTOR_TYPE] = SLICE("app");
	if (slice_eq(event->col[EV_ACTOR_TYPE], SLICE("app")))
		set(event, EV_ACTOR_NAME, who.name);
	set(event, EV_APP_ID, who.app_id);
	set(event, EV_APP_NAME, who.name);
}

/* --- with what, from where --- */

static void
read_app(
    const struct record *record, const struct keys *keys, struct event *event)
{
	static const enum key ids[] = {
	    KEY_CLIENT_APP_ID, KEY_APP_ID, KEY_APPLICATION_ID};
	struct json context = keys_get(keys, KEY_APP_CONTEXT);
	struct json_iter it;
	struct slice name;
	struct json v;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (keys_have(keys, ids[i]))
			set(event, EV_APP_ID,
			    app_id(text(record, keys, ids[i])));
	set(event, EV_APP_NAME, text(record, keys, KEY_APP_NAME));
	if (!json_present(context))
		return;
	it = json_iter(read_open(record, context));
	while (json_next(&it, &name, &v)) {
		if (slice_eq(name, SLICE("AADSessionId")))
			set(event, EV_SESSION, read_scalar(record, v));
		else if (slice_eq(name, SLICE("UniqueTokenId")))
			set(event, EV_TOKEN, read_scalar(record, v));
		else if (slice_eq(name, SLICE("ClientAppId")))
			set(event, EV_APP_ID, app_id(read_scalar(record, v)));
		else if (slice_eq(name, SLICE("ClientAppName")))
			set(event, EV_APP_NAME, read_scalar(record, v));
	}
}

/* Several values of a list of {Name, Value}, or of an object, in one walk. */
static void
pick(const struct record *record, struct json list, const struct slice *names,
    struct slice *values, size_t n)
{
	struct json_iter it;
	struct slice name;
	struct json v;

	list = read_open(record, list);
	it = json_iter(list);
	while (json_next(&it, &name, &v)) {
		if (json_type(list) == JSON_ARRAY) {
			name = json_str(JSON_GET(v, "Name"));
			v = JSON_GET(v, "Value");
		}
		for (size_t i = 0; i < n; i++)
			if (slice_eq(name, names[i]))
				values[i] = read_scalar(record, v);
	}
}

static void
read_device(
    const struct record *record, const struct keys *keys, struct event *event)
{
	static const struct slice names[] = {SLICE_INIT("Id"),
	    SLICE_INIT("DisplayName"), SLICE_INIT("SessionId")};
	struct slice values[3] = {{0}};

	if (keys_have(keys, KEY_DEVICE_PROPERTIES)) {
		pick(record, keys_get(keys, KEY_DEVICE_PROPERTIES), names,
		    values, 3);
		set(event, EV_DEVICE, values[0]);
		set(event, EV_DEVICE, values[1]);
		set(event, EV_SESSION, values[2]);
	}
	set(event, EV_DEVICE, text(record, keys, KEY_DEVICE_ID));
	set(event, EV_DEVICE, text(record, keys, KEY_DEVICE_NAME));
	set(event, EV_DEVICE, text(record, keys, KEY_CLIENT_MACHINE));
}

static void
read_client(
    const struct record *record, const struct keys *keys, struct event *event)
{
	static const struct slice names[] = {
	    SLICE_INIT("UserAgent"), SLICE_INIT("additionalDetails")};
	static const struct slice header = SLICE_INIT("User-Agent");
	struct json list = keys_get(keys, KEY_EXTENDED_PROPERTIES);
	struct slice values[2] = {{0}};

	set(event, EV_CLIENT, text(record, keys, KEY_CLIENT_INFO));
	set(event, EV_CLIENT, text(record, keys, KEY_CLIENT_PROCESS));
	set(event, EV_USER_AGENT, text(record, keys, KEY_USER_AGENT));
	if (event->col[EV_USER_AGENT].len == 0 && json_present(list)) {
		pick(record, list, names, values, 2);
		set(event, EV_USER_AGENT, values[0]);
		/* Opening it costs, and it seldom says more than {}. */
		if (values[1].len > header.len &&
		    memmem(
		        values[1].ptr, values[1].len, header.ptr, header.len))
			set(event, EV_USER_AGENT,
			    read_scalar(
			        record, read_named(record,
			                    read_named(record, list,
			                        "additionalDetails", "Value"),
			                    "User-Agent", "Value")));
	}
	set(event, EV_USER_AGENT, text(record, keys, KEY_ACTOR_INFO));
}

static void
read_address(
    const struct record *record, const struct keys *keys, struct event *event)
{
	/* Mailbox records may have the service's own address in ClientIP. */
	static const enum key places[] = {KEY_CLIENT_IP_ADDRESS, KEY_CLIENT_IP,
	    KEY_ACTOR_IP_ADDRESS, KEY_ACTOR_IP};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) &&
	                   event->col[EV_IP].len == 0;
	     i++)
		if (keys_have(keys, places[i]))
			event->col[EV_IP] =
			    read_ip(record, keys_str(keys, places[i]));
}

/* --- with what result --- */

static enum event_outcome
outcome_of(struct slice status)
{
	static const struct slice good[] = {
	    SLICE_INIT("Succeeded"), SLICE_INIT("Success"), SLICE_INIT("True")};
	static const struct slice bad[] = {SLICE_INIT("Failed"),
	    SLICE_INIT("Failure"), SLICE_INIT("False"), SLICE_INIT("Fail")};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (same(status, good[i]))
			return OUTCOME_SUCCESS;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (same(status, bad[i]))
			return OUTCOME_FAILURE;
	/* Of what partly succeeded or is in progress neither is true. */
	return OUTCOME_UNKNOWN;
}

/*
 * A logon's ResultStatus says that the token service worked, not that it let
 * anyone in: the operation and the error number do, the number as in the
 * sign-in log, which has the same sign-in.
 */
static void
read_logon_result(
    const struct record *record, const struct keys *keys, struct event *event)
{
	struct slice code = text(record, keys, KEY_ERROR_NUMBER);
	struct slice operation = event->col[EV_OPERATION];

	if (code.len == 0)
		code = text(record, keys, KEY_ERROR_CODE);
	event->col[EV_STATUS_CODE] = code;
	set(event, EV_STATUS_CODE, text(record, keys, KEY_LOGON_ERROR));
	set(event, EV_STATUS_CODE, text(record, keys, KEY_RESULT_STATUS));
	if (same(operation, SLICE("UserLoggedIn")))
		event->outcome =
		    code.len == 0 ? OUTCOME_SUCCESS : read_signin_outcome(code);
	else if (same(operation, SLICE("UserLoginFailed")) ||
	         read_signin_outcome(code) == OUTCOME_FAILURE)
		event->outcome = OUTCOME_FAILURE;
}

/* --- the record --- */

static struct slice
source_of(const struct record *record, struct slice workload)
{
	static const struct slice known[] = {
	    SLICE_INIT("o365/Exchange"),
	    SLICE_INIT("o365/SharePoint"),
	    SLICE_INIT("o365/OneDrive"),
	    SLICE_INIT("o365/AzureActiveDirectory"),
	    SLICE_INIT("o365/MicrosoftTeams"),
	    SLICE_INIT("o365/SecurityComplianceCenter"),
	};

	if (workload.len == 0)
		return SLICE("o365");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (slice_eq(slice_skip(known[i], 5), workload))
			return known[i];
	return arena_printf(
	    record->arena, "o365/" SLICE_FMT, SLICE_ARG(workload));
}

static void
read_result(const struct record *record, const struct keys *keys, int64_t type,
    struct event *event)
{
	if (o365_is_logon(type)) {
		read_logon_result(record, keys, event);
		return;
	}
	event->col[EV_STATUS_CODE] = text(record, keys, KEY_RESULT_STATUS);
	event->outcome = outcome_of(event->col[EV_STATUS_CODE]);
}

void
read_o365(
    const struct record *record, const struct keys *keys, struct event *event)
{
	int64_t type = o365_type(keys_get(keys, KEY_RECORD_TYPE));
	struct slice workload = keys_str(keys, KEY_WORKLOAD);

	if (workload.len == 0)
		workload = keys_str(keys, KEY_SERVICE);
	event->col[EV_SOURCE] = source_of(record, workload);
	event->col[EV_TENANT] = text(record, keys, KEY_ORGANIZATION_ID);
	event->col[EV_ID] = text(record, keys, KEY_ID);
	event->col[EV_OPERATION] = text(record, keys, KEY_OPERATION);
	if (event->col[EV_ID].len > 0)
		event->family =
		    o365_is_logon(type) ? "entra.signin" : "o365.audit";
	if (type == DIRECTORY_TYPE)
		event->change = text(record, keys, KEY_INTER_SYSTEMS);
	read_time(keys_get(keys, KEY_CREATION_TIME), &event->time_us);
	if (event->time_us == EVENT_NO_TIME)
		read_time(keys_get(keys, KEY_TIME_GENERATED), &event->time_us);
	if (event->time_us == EVENT_NO_TIME)
		read_time(keys_get(keys, KEY_CREATED), &event->time_us);
	read_result(record, keys, type, event);
	event->col[EV_SESSION] = text(record, keys, KEY_SESSION_ID);
	read_app(record, keys, event);
	read_actor(record, keys, event);
	read_device(record, keys, event);
	read_client(record, keys, event);
	read_address(record, keys, event);
	read_o365_target(record, keys, type, event);
	read_o365_class(type, event);
}
