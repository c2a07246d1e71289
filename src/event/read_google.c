/*
 * Google Workspace Reports: activities of every application, as the API gives
 * them, and with the columns that Log Analytics makes of them.
 *
 * An activity has one or more events; the first names the operation.
 *
 * Google's key of an activity is (time, uniqueQualifier, applicationName,
 * customerId).  That is not enough here, because shippers split an activity
 * into one record per event, all with its key.  So the identity has a digest
 * of names and parameters of the events, too: the parts of a split activity
 * stay apart, and the same activity told twice is still one.
 */
#include "event/read.h"
#include "event/read_fields.h"

static const char *const google_times[] = {
    "id/time",
    "id_time_t|id_time_s|TimeGenerated",
};

static const struct read_field google_fields[] = {
    {EV_TENANT, "id/customerId|id_customerId_s"},
    {EV_ACTOR_ID, "actor/profileId|actor_profileId_s"},
    {EV_ACTOR_NAME, "actor/email|actor_email_s"},
    {EV_ACTOR_NAME, "actor/key|actor_key_s"},
    {EV_IP, "ipAddress|ipAddress_s|IPAddress"},
};

/* Behind what the events say. */
static const struct read_field google_late_fields[] = {
    {EV_OPERATION, "event_name|event_name_s"},
    {EV_APP_NAME, "id/applicationName|id_applicationName_s"},
};

/* What an event acts on, by its parameters, the most telling first. */
static const struct google_target {
	struct slice type, id, name;
} google_targets[] = {
    {SLICE_INIT("document"), SLICE_INIT("doc_id"), SLICE_INIT("doc_title")},
    {SLICE_INIT("group"), SLICE_INIT("group_id"), SLICE_INIT("group_email")},
    {SLICE_INIT("group"), SLICE_INIT("GROUP_ID"), SLICE_INIT("GROUP_EMAIL")},
    {SLICE_INIT("user"), SLICE_INIT(""), SLICE_INIT("USER_EMAIL")},
    {SLICE_INIT("user"), SLICE_INIT(""), SLICE_INIT("affected_email_address")},
    {SLICE_INIT("user"), SLICE_INIT(""), SLICE_INIT("target_user")},
    {SLICE_INIT("app"), SLICE_INIT("client_id"), SLICE_INIT("app_name")},
    {SLICE_INIT("app"), SLICE_INIT("CAA_APPLICATION"), SLICE_INIT("")},
    {SLICE_INIT("app"), SLICE_INIT(""), SLICE_INIT("application_name")},
    {SLICE_INIT("calendar"), SLICE_INIT("calendar_id"), SLICE_INIT("")},
    {SLICE_INIT("device"), SLICE_INIT("DEVICE_ID"), SLICE_INIT("")},
    {SLICE_INIT("rule"), SLICE_INIT("rule_id"), SLICE_INIT("rule_name")},
    {SLICE_INIT("email"), SLICE_INIT(""),
        SLICE_INIT("email_forwarding_destination_address")},
    {SLICE_INIT("role"), SLICE_INIT("ROLE_ID"), SLICE_INIT("ROLE_NAME")},
    {SLICE_INIT("resource"), SLICE_INIT("RESOURCE_IDENTIFIER"),
        SLICE_INIT("RESOURCE_NAME")},
    {SLICE_INIT("app"), SLICE_INIT("APP_ID"), SLICE_INIT("APPLICATION_NAME")},
    {SLICE_INIT("domain"), SLICE_INIT(""), SLICE_INIT("DOMAIN_NAME")},
    {SLICE_INIT("unit"), SLICE_INIT(""), SLICE_INIT("ORG_UNIT_NAME")},
};

/* By "<application>/<event>". */
static const struct read_class google_classes[] = {
    {"login/logout", 3002, 2},
    {"login/login", 3002, 1},
    {"login/", 3002, 99},
    {"saml/", 3002, 1},
    {"drive/upload", 6006, 1},
    {"drive/download", 6006, 2},
    {"drive/edit", 6006, 3},
    {"drive/delete", 6006, 4},
    {"drive/trash", 6006, 4},
    {"drive/rename", 6006, 5},
    {"drive/copy", 6006, 6},
    {"drive/move", 6006, 7},
    {"drive/untrash", 6006, 8},
    {"drive/preview", 6006, 9},
    {"drive/add_lock", 6006, 10},
    {"drive/remove_lock", 6006, 11},
    {"drive/change_", 6006, 12},
    {"drive/view", 6006, 14},
    {"drive/", 6006, 99},
    {"token/authorize", 3005, 1},
    {"token/revoke", 3005, 2},
    {"user_accounts/password_edit", 3001, 3},
    {"user_accounts/2sv_enroll", 3001, 10},
    {"user_accounts/2sv_disable", 3001, 11},
    {"user_accounts/", 3001, 99},
    {"groups/add_user", 3006, 3},
    {"groups/join", 3006, 3},
    {"groups/accept_invitation", 3006, 3},
    {"groups/remove_user", 3006, 4},
    {"groups/delete_group", 3006, 5},
    {"groups/create_group", 3006, 6},
    {"groups_enterprise/add_member", 3006, 3},
    {"groups_enterprise/remove_member", 3006, 4},
    {"groups_enterprise/delete_group", 3006, 5},
    {"groups_enterprise/create_group", 3006, 6},
    {"groups", 3006, 99},
    {"rules/", 2004, 1},
    {"gmail/", 4009, 99},
    {"admin/CREATE_USER", 3001, 1},
    {"admin/UNSUSPEND_USER", 3001, 2},
    {"admin/CHANGE_PASSWORD", 3001, 4},
    {"admin/SUSPEND_USER", 3001, 5},
    {"admin/DELETE_USER", 3001, 6},
    {"admin/TURN_OFF_2_STEP_VERIFICATION", 3001, 11},
    {"admin/UNENROLL_USER_FROM_STRONG_AUTH", 3001, 11},
    {"admin/ADD_GROUP_MEMBER", 3006, 3},
    {"admin/REMOVE_GROUP_MEMBER", 3006, 4},
    {"admin/DELETE_GROUP", 3006, 5},
    {"admin/CREATE_GROUP", 3006, 6},
    {"admin/ASSIGN_ROLE", 3005, 1},
    {"admin/ADD_PRIVILEGE", 3005, 1},
    {"admin/GRANT_", 3005, 1},
    {"admin/UNASSIGN_ROLE", 3005, 2},
    {"admin/REMOVE_PRIVILEGE", 3005, 2},
    {"admin/REVOKE_ADMIN_PRIVILEGE", 3005, 2},
    {"admin/CREATE_", 3004, 1},
    {"admin/ADD_", 3004, 1},
    {"admin/CHANGE_", 3004, 3},
    {"admin/UPDATE_", 3004, 3},
    {"admin/DELETE_", 3004, 4},
    {"admin/REMOVE_", 3004, 4},
    {"admin/", 3004, 99},
};

/* The value of a parameter, whichever member holds it; of several the first. */
static struct slice
param_value(const struct record *record, struct json param)
{
	struct json value = read_any(
	    record, param, "value|intValue|boolValue|multiValue|multiIntValue");

	if (json_type(value) == JSON_ARRAY)
		value = json_at(value, 0);
	return read_scalar(record, value);
}

static struct slice
google_param(const struct record *record, struct json params, const char *name)
{
	struct json_iter it = json_iter(params);
	struct slice wanted = slice_cstr(name);
	struct json param;

	while (json_next(&it, NULL, &param))
		if (slice_eq(json_str(JSON_GET(param, "name")), wanted))
			return param_value(record, param);
	return (struct slice){0};
}

/* Finds in one walk which row of the table the parameters have first. */
static void
google_target(
    const struct record *record, struct json params, struct event *event)
{
	struct json_iter it = json_iter(params);
	size_t best = READ_COUNT(google_targets) - 1;
	struct json param;

	while (json_next(&it, NULL, &param)) {
		struct slice name = json_str(JSON_GET(param, "name"));

		for (size_t i = 0; name.len > 0 && i <= best; i++) {
			const struct google_target *row = &google_targets[i];
			bool is_id = slice_eq(name, row->id);
			struct slice value, *col;

			if (!is_id && !slice_eq(name, row->name))
				continue;
			value = param_value(record, param);
			if (value.len == 0)
				break;
			if (i < best)
				event->col[EV_TARGET_ID] =
				    event->col[EV_TARGET_NAME] = SLICE("");
			best = i;
			event->col[EV_TARGET_TYPE] = row->type;
			col =
			    &event->col[is_id ? EV_TARGET_ID : EV_TARGET_NAME];
			if (col->len == 0)
				*col = value;
			break;
		}
	}
}

/*
 * Only logins and access levels say how it went.  "Challenge Passed." and
 * "passed" are both seen.
 */
static void
google_outcome(
    const struct record *record, struct json params, struct event *event)
{
	struct slice name = event->col[EV_OPERATION];
	struct slice status =
	    google_param(record, params, "login_challenge_status");

	event->col[EV_STATUS_CODE] =
	    google_param(record, params, "login_failure_type");
	read_put(record, event, EV_STATUS_CODE,
	    google_param(record, params, "failure_type"));
	read_put(record, event, EV_STATUS_CODE, status);
	if (slice_eq(name, SLICE("login_success")) ||
	    read_same(status, SLICE("passed")) ||
	    read_same(status, SLICE("Challenge Passed.")))
		event->outcome = OUTCOME_SUCCESS;
	else if (slice_eq(name, SLICE("login_failure")) ||
	         slice_eq(name, SLICE("ACCESS_DENY_EVENT")) || status.len > 0)
		event->outcome = OUTCOME_FAILURE;
}

static void
hash_bytes(uint64_t *hash, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		*hash = (*hash ^ p[i]) * 0x100000001b3u; /* FNV-1a */
}

/* Depth is bounded by the parser's. */
static void
hash_json(uint64_t *hash, struct json v)
{
	char room[JSON_SCALAR_MAX];
	struct json_iter it = json_iter(v);
	struct slice text = json_scalar(v, room);
	struct json child;

	hash_bytes(hash, "{", 1);
	hash_bytes(hash, text.ptr, text.len);
	while (json_next(&it, &text, &child)) {
		hash_bytes(hash, text.ptr, text.len);
		hash_json(hash, child);
	}
	hash_bytes(hash, "}", 1);
}

static struct json
google_opened(const struct record *record)
{
	return read_open(
	    record, read_any(record, record->root, "events|events_s"));
}

static void
hash_event(uint64_t *hash, struct json one)
{
	hash_json(hash, JSON_GET(one, "name"));
	hash_json(hash, JSON_GET(one, "parameters"));
}

static uint64_t
google_digest(struct json events)
{
	uint64_t hash = 0xcbf29ce484222325u;
	struct json_iter it = json_iter(events);
	struct json one;

	if (json_type(events) == JSON_OBJECT) {
		hash_event(&hash, events);
		return hash;
	}
	while (json_next(&it, NULL, &one))
		hash_event(&hash, one);
	return hash;
}

static void
google_identity(
    const struct record *record, uint64_t digest, struct event *event)
{
	struct slice parts[4] = {
	    read_text(record, record->root, "id/time|id_time_t|id_time_s"),
	    read_text(record, record->root,
	        "id/applicationName|id_applicationName_s"),
	    read_text(record, record->root,
	        "id/uniqueQualifier|id_uniqueQualifier_s"),
	    arena_printf(record->arena, "%016llx", (unsigned long long)digest),
	};

	if (parts[0].len == 0 || parts[2].len == 0)
		return;
	event->col[EV_ID] = read_join(record, parts, 4, '/');
	event->family = "google.reports";
}

static struct slice
google_actor_type(const struct record *record, struct slice name)
{
	struct json root = record->root;
	struct slice type =
	    read_text(record, root, "actor/callerType|actor_callerType_s");

	if (slice_eq(type, SLICE("KEY")))
		return slice_eq(name, SLICE("SYSTEM")) ? SLICE("system")
		                                       : SLICE("app");
	if (slice_eq(type, SLICE("USER")) || name.len > 0)
		return SLICE("user");
	return SLICE("unknown");
}

/*
 * Everything that is read from the events, which may be held in a string and
 * then are gone with the next read_open().
 */
static uint64_t
google_events(const struct record *record, struct event *event)
{
	struct json events = google_opened(record);
	struct json first =
	    json_type(events) == JSON_ARRAY ? json_at(events, 0) : events;
	struct json params = JSON_GET(first, "parameters");

	read_put(record, event, EV_OPERATION, read_text(record, first, "name"));
	read_put(record, event, EV_APP_ID,
	    google_param(record, params, "client_id"));
	read_put(record, event, EV_APP_NAME,
	    google_param(record, params, "app_name"));
	read_put(record, event, EV_USER_AGENT,
	    google_param(record, params, "user_agent"));
	read_put(record, event, EV_DEVICE,
	    google_param(record, params, "DEVICE_ID"));
	google_target(record, params, event);
	google_outcome(record, params, event);
	return google_digest(events);
}

void
read_google(const struct record *record, struct event *event)
{
	struct json root = record->root;
	struct slice key[2];
	uint64_t digest;

	read_times(record, root, google_times, READ_COUNT(google_times), event);
	read_fields(
	    record, root, google_fields, READ_COUNT(google_fields), event);
	event->col[EV_ACTOR_TYPE] =
	    google_actor_type(record, event->col[EV_ACTOR_NAME]);
	digest = google_events(record, event);
	read_fields(record, root, google_late_fields,
	    READ_COUNT(google_late_fields), event);
	google_identity(record, digest, event);

	key[0] = SLICE("google");
	key[1] =
	    read_text(record, root, "id/applicationName|id_applicationName_s");
	event->col[EV_SOURCE] = read_join(record, key, 2, '/');
	key[0] = key[1];
	key[1] = event->col[EV_OPERATION];
	event->class_uid = 6003; /* API activity */
	event->activity = 99;
	read_class(read_join(record, key, 2, '/'), google_classes,
	    READ_COUNT(google_classes), event);
}

/* Adds the document that an event is about, unless it was the last one. */
static size_t
google_item(const struct record *record, struct json one,
    struct event_item *items, size_t n)
{
	struct json params = JSON_GET(one, "parameters");
	struct event_item *item = &items[n];

	item->id = google_param(record, params, "doc_id");
	item->name = google_param(record, params, "doc_title");
	item->parent = google_param(record, params, "destination_folder_id");
	item->size = -1;
	if (item->id.len == 0 || (n > 0 && slice_eq(item[-1].id, item->id)))
		return n;
	return n + 1;
}

size_t
items_google(const struct record *record, const struct event_item **items)
{
	struct json events = google_opened(record);
	struct json_iter it = json_iter(events);
	struct event_item *out;
	size_t n = 0, most = 1;
	struct json one;

	while (json_next(&it, NULL, &one))
		most++;
	out = arena_calloc(record->arena, most, sizeof(*out));
	*items = out;
	if (json_type(events) == JSON_OBJECT)
		return google_item(record, events, out, 0);
	it = json_iter(events);
	while (json_next(&it, NULL, &one))
		n = google_item(record, one, out, n);
	return n;
}
