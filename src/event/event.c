#include "event/event.h"

#include <strings.h>

#include "event/keys.h"
#include "event/read.h"
#include "event/read_o365.h"

static const char *const kind_names[KIND_COUNT] = {
    [KIND_UNKNOWN] = "unknown",
    [KIND_O365_AUDIT] = "o365.audit",
    [KIND_SIGNIN] = "entra.signin",
    [KIND_SIGNIN_NONINTERACTIVE] = "entra.signin.noninteractive",
    [KIND_SIGNIN_SP] = "entra.signin.serviceprincipal",
    [KIND_SIGNIN_MI] = "entra.signin.managedidentity",
    [KIND_ENTRA_AUDIT] = "entra.audit",
    [KIND_ENTRA_RISK] = "entra.risk",
    [KIND_GRAPH_ACTIVITY] = "graph.activity",
    [KIND_MESSAGE_TRACE] = "exchange.messagetrace",
    [KIND_GOOGLE] = "google.reports",
    [KIND_OKTA] = "okta.system",
    [KIND_GITHUB] = "github.audit",
};

static const char *const column_names[EV_COLUMNS] = {
    [EV_SOURCE] = "source",
    [EV_TENANT] = "tenant",
    [EV_ID] = "id",
    [EV_OPERATION] = "operation",
    [EV_STATUS_CODE] = "status_code",
    [EV_ACTOR_ID] = "actor_id",
    [EV_ACTOR_NAME] = "actor_name",
    [EV_ACTOR_TYPE] = "actor_type",
    [EV_SESSION] = "session",
    [EV_TOKEN] = "token",
    [EV_APP_ID] = "app_id",
    [EV_APP_NAME] = "app_name",
    [EV_CLIENT] = "client",
    [EV_USER_AGENT] = "user_agent",
    [EV_DEVICE] = "device",
    [EV_IP] = "ip",
    [EV_COUNTRY] = "country",
    [EV_ASN] = "asn",
    [EV_AS_ORG] = "as_org",
    [EV_TARGET_TYPE] = "target_type",
    [EV_TARGET_ID] = "target_id",
    [EV_TARGET_NAME] = "target_name",
    [EV_MAILBOX] = "mailbox",
};

const char *
event_kind_name(enum event_kind kind)
{
	return kind_names[kind];
}

bool
event_kind_parse(struct slice name, enum event_kind *out)
{
	for (int i = 0; i < KIND_COUNT; i++) {
		if (slice_eq(name, slice_cstr(kind_names[i]))) {
			*out = (enum event_kind)i;
			return true;
		}
	}
	return false;
}

const char *
event_outcome_name(enum event_outcome outcome)
{
	static const char *const names[] = {
	    [OUTCOME_UNKNOWN] = "unknown",
	    [OUTCOME_SUCCESS] = "success",
	    [OUTCOME_FAILURE] = "failure",
	};

	return names[outcome];
}

const char *
event_column_name(enum event_column column)
{
	return column_names[column];
}

/* --- recognition --- */

/*
 * The logs of Entra ID by the name that diagnostic settings give them as
 * category; Log Analytics' table is the same, some with AAD in front.
 */
static const struct log_name {
	const char *name;
	enum event_kind kind;
} log_names[] = {
    {"SignInLogs", KIND_SIGNIN},
    {"NonInteractiveUserSignInLogs", KIND_SIGNIN_NONINTERACTIVE},
    {"ServicePrincipalSignInLogs", KIND_SIGNIN_SP},
    {"MicrosoftServicePrincipalSignInLogs", KIND_SIGNIN_SP},
    {"ManagedIdentitySignInLogs", KIND_SIGNIN_MI},
    {"ADFSSignInLogs", KIND_SIGNIN},
    {"AuditLogs", KIND_ENTRA_AUDIT},
    {"UserRiskEvents", KIND_ENTRA_RISK},
    {"RiskyUsers", KIND_ENTRA_RISK},
    {"ServicePrincipalRiskEvents", KIND_ENTRA_RISK},
    {"RiskyServicePrincipals", KIND_ENTRA_RISK},
    {"MicrosoftGraphActivityLogs", KIND_GRAPH_ACTIVITY},
    {"OfficeActivity", KIND_O365_AUDIT},
};

static enum event_kind
kind_of_log(struct slice name)
{
	if (name.len > 3 && !strncasecmp(name.ptr, "AAD", 3))
		name = slice_skip(name, 3);
	for (size_t i = 0; i < sizeof(log_names) / sizeof(log_names[0]); i++) {
		const struct log_name *log = &log_names[i];

		if (strlen(log->name) == name.len &&
		    !strncasecmp(log->name, name.ptr, name.len))
			return log->kind;
	}
	return KIND_UNKNOWN;
}

/* A text that says something. */
static bool
has_text(const struct keys *keys, enum key key)
{
	return keys_str(keys, key).len > 0;
}

static bool
is_audit(const struct keys *k)
{
	bool type = keys_have(k, KEY_RECORD_TYPE);

	if (keys_have(k, KEY_OPERATION))
		return type || keys_have(k, KEY_WORKLOAD) ||
		       (keys_have(k, KEY_CREATION_TIME) &&
		           keys_have(k, KEY_USER_ID));
	return type && keys_have(k, KEY_CREATION_TIME);
}

/* Whether Graph's list of sign-in types, or its text, has this one. */
static bool
has_signin_type(const struct keys *keys, struct slice type)
{
	struct json list = keys_get(keys, KEY_SIGNIN_TYPES), one;
	struct json_iter it = json_iter(list);
	struct slice text = json_str(list);

	while (json_next(&it, NULL, &one))
		if (slice_eq(json_str(one), type))
			return true;
	return text.len >= type.len &&
	       memmem(text.ptr, text.len, type.ptr, type.len) != NULL;
}

static enum event_kind
kind_of_signin(const struct keys *k)
{
	struct slice interactive = keys_str(k, KEY_IS_INTERACTIVE);
	struct json said = keys_get(k, KEY_IS_INTERACTIVE);
	struct json msi =
	    JSON_GET(keys_get(k, KEY_MANAGED_IDENTITY), "msiType");

	if (has_signin_type(k, SLICE("managedIdentity")) ||
	    (json_str(msi).len > 0 && !slice_eq(json_str(msi), SLICE("none"))))
		return KIND_SIGNIN_MI;
	if (has_signin_type(k, SLICE("servicePrincipal")))
		return KIND_SIGNIN_SP;
	if (has_signin_type(k, SLICE("interactiveUser")))
		return KIND_SIGNIN;
	if (has_signin_type(k, SLICE("nonInteractiveUser")))
		return KIND_SIGNIN_NONINTERACTIVE;
	if (has_text(k, KEY_SERVICE_PRINCIPAL) && !has_text(k, KEY_UPN) &&
	    !has_text(k, KEY_USER_ID) && !has_text(k, KEY_USER_ID_GRAPH))
		return KIND_SIGNIN_SP;
	if (interactive.len == 5
	        ? !strncasecmp(interactive.ptr, "false", 5)
	        : json_type(said) == JSON_BOOL && !json_is_true(said))
		return KIND_SIGNIN_NONINTERACTIVE;
	return KIND_SIGNIN;
}

/* The CSV that the Entra portal lets people download. */
static enum event_kind
kind_of_portal(const struct keys *k)
{
	struct slice identity = keys_str(k, KEY_MANAGED_IDENTITY);

	if (keys_have(k, KEY_ACTIVITY_NAME))
		return KIND_ENTRA_AUDIT;
	if (!keys_have(k, KEY_PORTAL_REQUEST))
		return KIND_UNKNOWN;
	if (identity.len > 0 && !slice_eq(identity, SLICE("None")))
		return KIND_SIGNIN_MI;
	return has_text(k, KEY_SERVICE_PRINCIPAL) ? KIND_SIGNIN_SP
	                                          : KIND_SIGNIN;
}

/* Entra ID as Graph's objects, or as Log Analytics' columns. */
static enum event_kind
kind_of_entra(const struct keys *k)
{
	enum event_kind kind = kind_of_log(keys_str(k, KEY_TYPE));

	if (kind == KIND_UNKNOWN)
		kind = kind_of_log(keys_str(k, KEY_CATEGORY));
	if (kind != KIND_UNKNOWN)
		return kind;
	if (keys_have(k, KEY_REQUEST_URI) && keys_have(k, KEY_REQUEST_METHOD))
		return KIND_GRAPH_ACTIVITY;
	if (keys_have(k, KEY_RISK_EVENT_TYPE) ||
	    (keys_have(k, KEY_RISK_UPDATED) && keys_have(k, KEY_RISK_STATE)))
		return KIND_ENTRA_RISK;
	if ((keys_have(k, KEY_ACTIVITY_TIME) ||
	        keys_have(k, KEY_ACTIVITY_NAME) ||
	        keys_have(k, KEY_OPERATION_NAME)) &&
	    (keys_have(k, KEY_INITIATED_BY) ||
	        keys_have(k, KEY_TARGET_RESOURCES)))
		return KIND_ENTRA_AUDIT;
	if ((keys_have(k, KEY_CREATED) || keys_have(k, KEY_TIME_GENERATED)) &&
	    (keys_have(k, KEY_APP_DISPLAY_NAME) || keys_have(k, KEY_UPN) ||
	        keys_have(k, KEY_SERVICE_PRINCIPAL)) &&
	    (keys_have(k, KEY_STATUS) || keys_have(k, KEY_IP_ADDRESS) ||
	        keys_have(k, KEY_RESULT_TYPE)))
		return kind_of_signin(k);
	return KIND_UNKNOWN;
}

static bool
is_google(const struct keys *k)
{
	struct json id = keys_get(k, KEY_ID);

	return slice_eq(
	           keys_str(k, KEY_KIND), SLICE("admin#reports#activity")) ||
	       (keys_have(k, KEY_EVENTS) &&
	           json_present(JSON_GET(id, "applicationName")));
}

static enum event_kind
kind_of_others(const struct keys *k)
{
	if (keys_have(k, KEY_SENDER) && keys_have(k, KEY_RECIPIENT) &&
	    (keys_have(k, KEY_RECEIVED) || keys_have(k, KEY_MESSAGE_ID) ||
	        keys_have(k, KEY_MESSAGE_TRACE_ID)))
		return KIND_MESSAGE_TRACE;
	if (is_google(k))
		return KIND_GOOGLE;
	if (keys_have(k, KEY_EVENT_TYPE) &&
	    (keys_have(k, KEY_UUID) ||
	        (keys_have(k, KEY_PUBLISHED) && keys_have(k, KEY_ACTOR))))
		return KIND_OKTA;
	if (has_text(k, KEY_ACTION) &&
	    (keys_have(k, KEY_ACTOR) || keys_have(k, KEY_GITHUB_ORG) ||
	        keys_have(k, KEY_REPO) || keys_have(k, KEY_BUSINESS)) &&
	    (keys_have(k, KEY_AT_TIMESTAMP) || keys_have(k, KEY_CREATED_AT) ||
	        keys_have(k, KEY_DOCUMENT_ID)))
		return KIND_GITHUB;
	return KIND_UNKNOWN;
}

/* The most frequent first. */
static enum event_kind
recognise(const struct keys *keys)
{
	enum event_kind kind = KIND_UNKNOWN;

	if (is_audit(keys))
		return KIND_O365_AUDIT;
	if (keys_have(keys, KEY_PORTAL_DATE))
		return kind_of_portal(keys);
	if (keys_have(keys, KEY_PROPERTIES))
		kind = kind_of_log(keys_str(keys, KEY_CATEGORY));
	if (kind == KIND_UNKNOWN)
		kind = kind_of_entra(keys);
	if (kind == KIND_UNKNOWN)
		kind = kind_of_others(keys);
	return kind;
}

enum event_kind
event_recognise(struct json root)
{
	struct keys keys;

	keys_find(root, &keys);
	return recognise(&keys);
}

/* --- reading --- */

/*
 * Sets the record's body, unless that is held in a string: then read_body()
 * opens it each time anew, because there is one parser for all strings.
 */
static void
set_body(struct record *record, const struct keys *keys)
{
	struct json body = keys_get(keys, KEY_PROPERTIES);

	if (json_type(body) != JSON_OBJECT || record->body_index == NULL)
		return;
	json_index_build(record->body_index, body);
	record->body = body;
}

void
event_read(const struct record *given, struct event *event)
{
	static void (*const readers[KIND_COUNT])(
	    const struct record *, struct event *) = {
	    [KIND_UNKNOWN] = read_unknown,
	    [KIND_SIGNIN] = read_signin,
	    [KIND_SIGNIN_NONINTERACTIVE] = read_signin,
	    [KIND_SIGNIN_SP] = read_signin,
	    [KIND_SIGNIN_MI] = read_signin,
	    [KIND_ENTRA_AUDIT] = read_entra_audit,
	    [KIND_ENTRA_RISK] = read_entra_risk,
	    [KIND_GRAPH_ACTIVITY] = read_graph_activity,
	    [KIND_MESSAGE_TRACE] = read_message_trace,
	    [KIND_GOOGLE] = read_google,
	    [KIND_OKTA] = read_okta,
	    [KIND_GITHUB] = read_github,
	};
	struct record with_body = *given;
	const struct record *record = &with_body;
	struct keys keys;

	read_keys(record, &keys);
	set_body(&with_body, &keys);
	memset(event, 0, sizeof(*event));
	event->kind = recognise(&keys);
	event->time_us = EVENT_NO_TIME;
	if (event->kind == KIND_O365_AUDIT)
		read_o365(record, &keys, event);
	else
		readers[event->kind](record, event);
}

size_t
event_items(const struct record *record, enum event_kind kind,
    const struct event_item **items)
{
	*items = NULL;
	switch (kind) {
	case KIND_O365_AUDIT:
		return items_o365(record, items);
	case KIND_GOOGLE:
		return items_google(record, items);
	case KIND_MESSAGE_TRACE:
		return items_message_trace(record, items);
	default:
		return 0;
	}
}
