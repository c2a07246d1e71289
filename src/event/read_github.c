/*
 * GitHub's audit log, from the API, an export or a stream.  It says what was
 * done, not whether it succeeded, so the outcome is unknown, but for logins,
 * whose action names it.  A record without `_document_id` has no identity.
 */
#include "event/read.h"
#include "event/read_fields.h"

static const char *const github_times[] = {"@timestamp", "created_at"};

static const struct read_field github_fields[] = {
    {EV_TENANT, "business"},
    {EV_TENANT, "org"},
    {EV_ID, "_document_id"},
    {EV_OPERATION, "action"},
    {EV_ACTOR_ID, "actor_id"},
    {EV_ACTOR_NAME, "actor"},
    {EV_TOKEN, "token_id"},
    {EV_TOKEN, "hashed_token"},
    {EV_APP_ID, "oauth_application_id|application_client_id"},
    {EV_APP_NAME, "oauth_application|oauth_application_name"},
    {EV_APP_NAME, "integration"},
    {EV_CLIENT, "programmatic_access_type"},
    {EV_USER_AGENT, "user_agent"},
    {EV_IP, "actor_ip"},
    {EV_COUNTRY, "actor_location/country_code"},
};

static const struct read_field github_user[] = {
    {EV_TARGET_NAME, "user"},
    {EV_TARGET_ID, "user_id"},
};

static const struct read_field github_repository[] = {
    {EV_TARGET_NAME, "repo"},
    {EV_TARGET_NAME, "repository"},
    {EV_TARGET_ID, "repo_id|repository_id"},
};

static const struct read_field github_team[] = {
    {EV_TARGET_NAME, "team|data/team"},
};

static const struct read_field github_org[] = {
    {EV_TARGET_NAME, "org"},
    {EV_TARGET_ID, "org_id"},
};

/* What an action acts on is named by the part before its dot. */
static const struct github_target {
	const char *type;
	bool members; /* only of actions on the members of something */
	const struct read_field *fields;
	size_t n;
} github_targets[] = {
    {"user", true, github_user, READ_COUNT(github_user)},
    {"repository", false, github_repository, READ_COUNT(github_repository)},
    {"user", false, github_user, READ_COUNT(github_user)},
    {"team", false, github_team, READ_COUNT(github_team)},
    {"organization", false, github_org, READ_COUNT(github_org)},
};

static const struct read_class github_classes[] = {
    {"org.add_member", 3006, 3},
    {"org.remove_member", 3006, 4},
    {"org.update_member", 3006, 99},
    {"team.add_member", 3006, 3},
    {"team.remove_member", 3006, 4},
    {"team.add_repository", 3005, 1},
    {"team.remove_repository", 3005, 2},
    {"repo.add_member", 3005, 1},
    {"repo.remove_member", 3005, 2},
    {"git.clone", 6003, 2},
    {"git.fetch", 6003, 2},
    {"git.push", 6003, 3},
    {"user.login", 3002, 1},
    {"user.logout", 3002, 2},
    {"user.failed_login", 3002, 1},
};

static const struct read_class github_operation_types[] = {
    {"create", 3004, 1},
    {"access", 3004, 2},
    {"modify", 3004, 3},
    {"remove", 3004, 4},
    {"transfer", 3004, 5},
};

static void
github_class(const struct record *record, struct event *event)
{
	event->class_uid = 6003; /* API activity */
	event->activity = 99;
	read_class(read_text(record, record->root, "operation_type"),
	    github_operation_types, READ_COUNT(github_operation_types), event);
	read_class(event->col[EV_OPERATION], github_classes,
	    READ_COUNT(github_classes), event);
}

static void
github_target(const struct record *record, struct event *event)
{
	struct slice action = event->col[EV_OPERATION];
	bool members = action.len > 0 &&
	               memmem(action.ptr, action.len, "_member", 7) != NULL;

	for (size_t i = 0; i < READ_COUNT(github_targets); i++) {
		const struct github_target *target = &github_targets[i];

		if (target->members && !members)
			continue;
		read_fields(
		    record, record->root, target->fields, target->n, event);
		if (event->col[EV_TARGET_NAME].len == 0) {
			/* `user_id: 0` beside no user says nothing. */
			event->col[EV_TARGET_ID] = (struct slice){0};
			continue;
		}
		event->col[EV_TARGET_TYPE] = slice_cstr(target->type);
		return;
	}
}

static struct slice
github_actor_type(const struct record *record, struct slice name)
{
	struct slice bot = SLICE("[bot]");

	if (json_is_true(JSON_GET(record->root, "actor_is_bot")) ||
	    (name.len > bot.len &&
	        slice_eq(slice_skip(name, name.len - bot.len), bot)))
		return SLICE("app");
	return name.len > 0 ? SLICE("user") : SLICE("unknown");
}

void
read_github(const struct record *record, struct event *event)
{
	event->col[EV_SOURCE] = SLICE("github/audit");
	read_times(record, record->root, github_times, READ_COUNT(github_times),
	    event);
	read_fields(record, record->root, github_fields,
	    READ_COUNT(github_fields), event);
	event->col[EV_ACTOR_TYPE] =
	    github_actor_type(record, event->col[EV_ACTOR_NAME]);
	github_target(record, event);
	github_class(record, event);
	if (slice_eq(event->col[EV_OPERATION], SLICE("user.login")))
		event->outcome = OUTCOME_SUCCESS;
	if (slice_eq(event->col[EV_OPERATION], SLICE("user.failed_login")))
		event->outcome = OUTCOME_FAILURE;
	if (event->col[EV_ID].len > 0)
		event->family = "github.audit";
}
