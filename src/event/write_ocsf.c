#include <stdio.h>
#include <strings.h>

#include "event/write.h"
#include "json/build.h"

#define OCSF_VERSION "1.3.0"

/*
 * One OCSF object on its way out.  `placed` has a bit for each column that
 * found its place; the others go to `unmapped`, so that none is lost.
 */
struct ocsf {
	struct buf *out;
	const struct event *event;
	const struct event_item *items;
	size_t count;
	uint32_t placed;
};

_Static_assert(EV_COLUMNS <= 32, "a bit for each column");

static void
place(struct ocsf *ocsf, const char *key, enum event_column col)
{
	json_text(ocsf->out, key, ocsf->event->col[col]);
	ocsf->placed |= 1u << col;
}

static void
add_kind(struct buf *out, const char *key, int id, const char *name)
{
	char id_key[32];

	snprintf(id_key, sizeof(id_key), "%s_id", key);
	json_i64(out, id_key, id);
	json_cstr(out, key, name);
}

/* --- parts --- */

static void
add_user_type(struct buf *out, struct slice type)
{
	static const struct {
		struct slice type;
		int id;
		const char *name;
	} types[] = {
	    {SLICE_INIT("user"), 1, "User"},
	    {SLICE_INIT("admin"), 2, "Admin"},
	    {SLICE_INIT("system"), 3, "System"},
	    {SLICE_INIT("app"), 4, "Service"},
	    {SLICE_INIT("guest"), 99, "Guest"},
	    {SLICE_INIT("partner"), 99, "Partner"},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_eq(type, types[i].type))
			add_kind(out, "type", types[i].id, types[i].name);
}

static void
add_user(struct buf *out, const char *key, const struct event *event)
{
	size_t user = json_open(out, key, '{');

	json_text(out, "uid", event->col[EV_ACTOR_ID]);
	json_text(out, "name", event->col[EV_ACTOR_NAME]);
	add_user_type(out, event->col[EV_ACTOR_TYPE]);
	json_close(out, user);
}

void
event_add_ocsf_actor(struct buf *out, const struct event *event)
{
	size_t actor = json_open(out, "actor", '{');
	size_t session;

	add_user(out, "user", event);
	session = json_open(out, "session", '{');
	json_text(out, "uid", event->col[EV_SESSION]);
	json_close(out, session);
	json_text(out, "app_uid", event->col[EV_APP_ID]);
	json_text(out, "app_name", event->col[EV_APP_NAME]);
	json_close(out, actor);
}

/* "AS64500" or "64500" */
static bool
as_number(struct slice s, uint64_t *out)
{
	if (s.len > 2 && (s.ptr[0] | 0x20) == 'a' && (s.ptr[1] | 0x20) == 's')
		s = slice_skip(s, 2);
	return slice_to_u64(s, out);
}

void
event_add_ocsf_source(struct buf *out, const struct event *event)
{
	size_t source = json_open(out, "src_endpoint", '{');
	size_t part;
	uint64_t number;

	json_text(out, "ip", event->col[EV_IP]);
	json_text(out, "uid", event->col[EV_DEVICE]);
	part = json_open(out, "location", '{');
	json_text(out, "country", event->col[EV_COUNTRY]);
	json_close(out, part);
	part = json_open(out, "autonomous_system", '{');
	if (as_number(event->col[EV_ASN], &number))
		json_u64(out, "number", number);
	json_text(out, "name", event->col[EV_AS_ORG]);
	json_close(out, part);
	json_close(out, source);
}

void
event_add_ocsf_api(struct buf *out, const struct event *event)
{
	size_t api = json_open(out, "api", '{');

	json_text(out, "operation", event->col[EV_OPERATION]);
	json_close(out, api);
}

static void
place_actor(struct ocsf *ocsf)
{
	event_add_ocsf_actor(ocsf->out, ocsf->event);
	ocsf->placed |= 1u << EV_ACTOR_ID | 1u << EV_ACTOR_NAME |
	                1u << EV_ACTOR_TYPE | 1u << EV_SESSION |
	                1u << EV_APP_ID | 1u << EV_APP_NAME;
}

static void
place_source(struct ocsf *ocsf)
{
	uint64_t number;

	event_add_ocsf_source(ocsf->out, ocsf->event);
	ocsf->placed |=
	    1u << EV_IP | 1u << EV_DEVICE | 1u << EV_COUNTRY | 1u << EV_AS_ORG;
	if (as_number(ocsf->event->col[EV_ASN], &number))
		ocsf->placed |= 1u << EV_ASN;
}

static void
place_request(struct ocsf *ocsf)
{
	size_t request = json_open(ocsf->out, "http_request", '{');

	place(ocsf, "user_agent", EV_USER_AGENT);
	json_close(ocsf->out, request);
}

/* The target as an object under that name. */
static void
place_target(struct ocsf *ocsf, const char *key)
{
	size_t target = json_open(ocsf->out, key, '{');

	place(ocsf, "uid", EV_TARGET_ID);
	place(ocsf, "name", EV_TARGET_NAME);
	place(ocsf, "type", EV_TARGET_TYPE);
	json_close(ocsf->out, target);
}

static void
place_resources(struct ocsf *ocsf)
{
	size_t list = json_open(ocsf->out, "resources", '[');

	place_target(ocsf, NULL);
	json_close(ocsf->out, list);
}

static bool
target_is(const struct ocsf *ocsf, struct slice type)
{
	struct slice have = ocsf->event->col[EV_TARGET_TYPE];

	return have.len >= type.len &&
	       !strncasecmp(have.ptr, type.ptr, type.len);
}

/* --- one function a class --- */

static void
add_authentication(struct ocsf *ocsf)
{
	const struct event *event = ocsf->event;
	size_t part;

	place_actor(ocsf);
	add_user(ocsf->out, "user", event);
	part = json_open(ocsf->out, "service", '{');
	json_text(ocsf->out, "uid", event->col[EV_APP_ID]);
	json_text(ocsf->out, "name", event->col[EV_APP_NAME]);
	json_close(ocsf->out, part);
	part = json_open(ocsf->out, "dst_endpoint", '{');
	place(ocsf, "uid", EV_TARGET_ID);
	place(ocsf, "svc_name", EV_TARGET_NAME);
	json_close(ocsf->out, part);
	part = json_open(ocsf->out, "session", '{');
	json_text(ocsf->out, "uid", event->col[EV_SESSION]);
	json_close(ocsf->out, part);
	place_source(ocsf);
	place_request(ocsf);
}

static void
add_account(struct ocsf *ocsf)
{
	place_actor(ocsf);
	place_target(ocsf, "user");
	place_source(ocsf);
	place_request(ocsf);
}

/* The thing that is opened to someone, or the person it is opened to. */
static void
add_access(struct ocsf *ocsf)
{
	place_actor(ocsf);
	if (target_is(ocsf, SLICE("user")))
		place_target(ocsf, "user");
	else
		place_target(ocsf, "resource");
	place_source(ocsf);
	place_request(ocsf);
}

static void
add_group(struct ocsf *ocsf)
{
	place_actor(ocsf);
	if (target_is(ocsf, SLICE("user")))
		place_target(ocsf, "user");
	else
		place_target(ocsf, "group");
	place_source(ocsf);
	place_request(ocsf);
}

static void
add_entity(struct ocsf *ocsf)
{
	place_actor(ocsf);
	place_target(ocsf, "entity");
	place_source(ocsf);
	place_request(ocsf);
}

static void
add_email(struct ocsf *ocsf)
{
	const struct event_item *item = ocsf->count ? ocsf->items : NULL;
	size_t email;

	place_actor(ocsf);
	add_kind(ocsf->out, "direction", 0, "Unknown");
	email = json_open(ocsf->out, "email", '{');
	place(ocsf, "uid", EV_TARGET_ID);
	if (item) {
		json_text(ocsf->out, "message_uid", item->id);
		json_text(ocsf->out, "subject", item->name);
		if (item->size >= 0)
			json_i64(ocsf->out, "size", item->size);
	}
	json_close(ocsf->out, email);
	place_source(ocsf);
}

static void
add_file(struct ocsf *ocsf)
{
	const struct event_item *item = ocsf->count ? ocsf->items : NULL;
	size_t file;

	place_actor(ocsf);
	file = json_open(ocsf->out, "file", '{');
	place(ocsf, "uid", EV_TARGET_ID);
	place(ocsf, "name", EV_TARGET_NAME);
	if (ocsf->out->ptr[ocsf->out->len - 1] != '{')
		json_u64(ocsf->out, "type_id", 0);
	if (ocsf->count == 1 && item->size >= 0)
		json_i64(ocsf->out, "size", item->size);
	json_close(ocsf->out, file);
	place_source(ocsf);
	place_request(ocsf);
}

static void
add_api(struct ocsf *ocsf)
{
	place_actor(ocsf);
	event_add_ocsf_api(ocsf->out, ocsf->event);
	ocsf->placed |= 1u << EV_OPERATION;
	place_resources(ocsf);
	place_source(ocsf);
	place_request(ocsf);
}

/* A mailbox, or what else holds the things that were touched. */
static void
add_store(struct ocsf *ocsf)
{
	size_t store;

	place_actor(ocsf);
	store = json_open(ocsf->out, "databucket", '{');
	place(ocsf, "name", EV_MAILBOX);
	if (ocsf->event->col[EV_MAILBOX].len)
		add_kind(ocsf->out, "type", 99, "Mailbox");
	json_close(ocsf->out, store);
	place_source(ocsf);
	place_request(ocsf);
}

static void
add_finding(struct ocsf *ocsf)
{
	size_t info = json_open(ocsf->out, "finding_info", '{');

	json_text(ocsf->out, "uid", ocsf->event->col[EV_ID]);
	json_text(ocsf->out, "title", ocsf->event->col[EV_OPERATION]);
	json_close(ocsf->out, info);
	place_resources(ocsf);
}

/* --- classes --- */

#define ACTIVITIES_MAX 17

static const struct ocsf_class {
	uint32_t uid;
	const char *name;
	void (*add)(struct ocsf *ocsf); /* NULL: all goes to `unmapped` */
	const char *activities[ACTIVITIES_MAX]; /* by activity_id, from 1 */
} classes[] = {
    {2004, "Detection Finding", add_finding,
        {NULL, "Create", "Update", "Close"}},
    {3001, "Account Change", add_account,
        {NULL, "Create", "Enable", "Password Change", "Password Reset",
            "Disable", "Delete", "Attach Policy", "Detach Policy", "Lock",
            "MFA Factor Enable", "MFA Factor Disable", "Unlock"}},
    {3002, "Authentication", add_authentication,
        {NULL, "Logon", "Logoff", "Authentication Ticket",
            "Service Ticket Request", "Service Ticket Renew"}},
    {3004, "Entity Management", add_entity,
        {NULL, "Create", "Read", "Update", "Delete", "Move", "Enroll",
            "Unenroll", "Enable", "Disable", "Activate", "Deactivate",
            "Suspend", "Resume"}},
    {3005, "User Access Management", add_access,
        {NULL, "Assign Privileges", "Revoke Privileges"}},
    {3006, "Group Management", add_group,
        {NULL, "Assign Privileges", "Revoke Privileges", "Add User",
            "Remove User", "Delete", "Create"}},
    {4009, "Email Activity", add_email,
        {NULL, "Send", "Receive", "Scan", "Trace"}},
    {6001, "Web Resources Activity", add_api,
        {NULL, "Create", "Read", "Update", "Delete", "Search", "Import",
            "Export", "Share"}},
    {6003, "API Activity", add_api,
        {NULL, "Create", "Read", "Update", "Delete"}},
    {6005, "Datastore Activity", add_store,
        {NULL, "Read", "Update", "Connect", "Query", "Write", "Create",
            "Delete", "List"}},
    {6006, "File Hosting Activity", add_file,
        {NULL, "Upload", "Download", "Update", "Delete", "Rename", "Copy",
            "Move", "Restore", "Preview", "Lock", "Unlock", "Share", "Unshare",
            "Open", "Sync", "Unsync"}},
};

static const struct ocsf_class base_class = {0, "Base Event", NULL, {NULL}};

static const struct ocsf_class *
class_of(uint32_t uid)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (classes[i].uid == uid)
			return &classes[i];
	return &base_class;
}

static void
add_class_names(struct ocsf *ocsf, const struct ocsf_class *class)
{
	static const char *const categories[] = {"Uncategorized",
	    "System Activity", "Findings", "Identity & Access Management",
	    "Network Activity", "Discovery", "Application Activity"};
	uint32_t activity = ocsf->event->activity;
	const char *name = NULL;

	if (activity < ACTIVITIES_MAX)
		name = class->activities[activity];
	if (activity && !name) {
		activity = 99;
		name = "Other";
	}
	if (!name)
		name = "Unknown";
	json_u64(ocsf->out, "class_uid", class->uid);
	json_cstr(ocsf->out, "class_name", class->name);
	json_u64(ocsf->out, "category_uid", class->uid / 1000);
	json_cstr(ocsf->out, "category_name", categories[class->uid / 1000]);
	json_u64(ocsf->out, "activity_id", activity);
	json_cstr(ocsf->out, "activity_name", name);
	json_u64(ocsf->out, "type_uid", class->uid * 100 + activity);
	json_key(ocsf->out, "type_name");
	buf_printf(ocsf->out, "\"%s: %s\"", class->name, name);
}

static void
add_metadata(struct ocsf *ocsf)
{
	static const struct {
		const char *name, *vendor;
	} products[KIND_COUNT] = {
	    [KIND_UNKNOWN] = {"unknown", "unknown"},
	    [KIND_O365_AUDIT] = {"Microsoft 365", "Microsoft"},
	    [KIND_SIGNIN] = {"Entra ID", "Microsoft"},
	    [KIND_SIGNIN_NONINTERACTIVE] = {"Entra ID", "Microsoft"},
	    [KIND_SIGNIN_SP] = {"Entra ID", "Microsoft"},
	    [KIND_SIGNIN_MI] = {"Entra ID", "Microsoft"},
	    [KIND_ENTRA_AUDIT] = {"Entra ID", "Microsoft"},
	    [KIND_ENTRA_RISK] = {"Entra ID Protection", "Microsoft"},
	    [KIND_GRAPH_ACTIVITY] = {"Graph", "Microsoft"},
	    [KIND_MESSAGE_TRACE] = {"Exchange Online", "Microsoft"},
	    [KIND_GOOGLE] = {"Workspace", "Google"},
	    [KIND_OKTA] = {"Okta", "Okta"},
	    [KIND_GITHUB] = {"GitHub", "GitHub"},
	};
	enum event_kind kind = ocsf->event->kind;
	size_t metadata = json_open(ocsf->out, "metadata", '{');
	size_t product = json_open(ocsf->out, "product", '{');

	json_cstr(ocsf->out, "name", products[kind].name);
	json_cstr(ocsf->out, "vendor_name", products[kind].vendor);
	json_close(ocsf->out, product);
	json_cstr(ocsf->out, "version", OCSF_VERSION);
	place(ocsf, "uid", EV_ID);
	place(ocsf, "tenant_uid", EV_TENANT);
	place(ocsf, "log_name", EV_SOURCE);
	place(ocsf, "event_code", EV_OPERATION);
	json_close(ocsf->out, metadata);
}

static void
add_status(struct ocsf *ocsf)
{
	static const char *const names[] = {
	    [OUTCOME_UNKNOWN] = "Unknown",
	    [OUTCOME_SUCCESS] = "Success",
	    [OUTCOME_FAILURE] = "Failure",
	};
	enum event_outcome outcome = ocsf->event->outcome;

	_Static_assert(OUTCOME_SUCCESS == 1 && OUTCOME_FAILURE == 2,
	    "the numbers are OCSF's status_id");
	add_kind(ocsf->out, "status", (int)outcome, names[outcome]);
	place(ocsf, "status_code", EV_STATUS_CODE);
}

static void
add_items(struct ocsf *ocsf)
{
	size_t list = json_open(ocsf->out, "items", '[');

	for (size_t i = 0; i < ocsf->count; i++) {
		const struct event_item *item = &ocsf->items[i];
		size_t mark = json_open(ocsf->out, NULL, '{');

		json_text(ocsf->out, "id", item->id);
		json_text(ocsf->out, "parent", item->parent);
		json_text(ocsf->out, "name", item->name);
		if (item->size >= 0)
			json_i64(ocsf->out, "size", item->size);
		json_close(ocsf->out, mark);
	}
	json_close(ocsf->out, list);
}

static void
add_unmapped(struct ocsf *ocsf)
{
	size_t unmapped = json_open(ocsf->out, "unmapped", '{');

	json_cstr(ocsf->out, "kind", event_kind_name(ocsf->event->kind));
	if (ocsf->event->family)
		json_cstr(ocsf->out, "family", ocsf->event->family);
	for (enum event_column col = 0; col < EV_COLUMNS; col++)
		if (!(ocsf->placed & 1u << col))
			json_text(ocsf->out, event_column_name(col),
			    ocsf->event->col[col]);
	add_items(ocsf);
	json_close(ocsf->out, unmapped);
}

void
event_write_ocsf(struct buf *out, const struct event *event,
    const struct event_item *items, size_t count)
{
	const struct ocsf_class *class = class_of(event->class_uid);
	struct ocsf ocsf = {out, event, items, count, 0};
	size_t object = json_open(out, NULL, '{');

	add_class_names(&ocsf, class);
	add_kind(out, "severity", 1, "Informational");
	if (event->time_us == EVENT_NO_TIME) {
		json_key(out, "time");
		buf_str(out, "null");
	} else {
		json_i64(out, "time", event->time_us / 1000);
	}
	add_metadata(&ocsf);
	json_text(out, "message", event->col[EV_OPERATION]);
	add_status(&ocsf);
	if (class->add)
		class->add(&ocsf);
	add_unmapped(&ocsf);
	json_close(out, object);
	buf_char(out, '\n');
}
