/*
 * What the Entra portal's button "Download" gives as CSV: sign-ins and
 * directory audit with the headers of the portal's table instead of the
 * record's names.
 *
 * The portal writes "None" where a sign-in has nothing.  A sign-in keeps its
 * id ("Request ID"); an audited activity has none here, so no repeat of one is
 * dropped.  Interactive and other sign-ins of users have the same columns and
 * cannot be told apart.
 */
#include "event/read.h"
#include "event/read_fields.h"

static const char *const portal_times[] = {"Date (UTC)"};

/* --- sign-ins --- */

static const struct read_field signin_fields[] = {
    {EV_TENANT, "Resource tenant ID"},
    {EV_TENANT, "Home tenant ID"},
    {EV_ID, "Request ID"},
    {EV_STATUS_CODE, "Sign-in error code"},
    {EV_STATUS_CODE, "Status"},
    {EV_SESSION, "Session ID"},
    {EV_TOKEN, "Unique token identifier"},
    {EV_APP_ID, "Application ID"},
    {EV_APP_NAME, "Application"},
    {EV_CLIENT, "Client app"},
    {EV_USER_AGENT, "User agent"},
    {EV_DEVICE, "Device ID"},
    {EV_IP, "IP address"},
    {EV_ASN, "Autonomous system number"},
    {EV_ASN, "Autonomous system  number"},
    {EV_TARGET_ID, "Resource ID"},
    {EV_TARGET_NAME, "Resource"},
};

static const struct read_field user_fields[] = {
    {EV_ACTOR_ID, "User ID"},
    {EV_ACTOR_NAME, "Username"},
    {EV_ACTOR_NAME, "User"},
};

static const struct read_field app_fields[] = {
    {EV_ACTOR_ID, "Service principal ID"},
    {EV_ACTOR_NAME, "Service principal name"},
    {EV_ACTOR_NAME, "Application"},
};

/* As read_fields(), but "None" is nothing. */
static void
portal_fields(const struct record *record, const struct read_field *table,
    size_t n, struct event *event)
{
	for (size_t i = 0; i < n; i++) {
		struct slice value =
		    read_text(record, record->root, table[i].path);

		if (!slice_eq(value, SLICE("None")))
			read_put(record, event, table[i].col, value);
	}
}

/* "Oslo, Oslo, NO": the country is what stands last. */
static struct slice
portal_country(const struct record *record)
{
	struct slice place = read_text(record, record->root, "Location");
	const char *comma =
	    place.len > 0 ? memrchr(place.ptr, ',', place.len) : NULL;

	if (comma != NULL)
		place = slice_skip(place, (size_t)(comma - place.ptr) + 1);
	return slice_trim(place);
}

/* A success has no error code; a word that is no verdict says nothing. */
static enum event_outcome
portal_outcome(struct slice status)
{
	if (read_same(status, SLICE("Success")))
		return OUTCOME_SUCCESS;
	if (read_same(status, SLICE("Failure")) ||
	    read_same(status, SLICE("Interrupted")))
		return OUTCOME_FAILURE;
	return read_signin_outcome(status);
}

void
read_portal_signin(const struct record *record, struct event *event)
{
	struct slice type = read_text(record, record->root, "User type");
	bool app =
	    event->kind == KIND_SIGNIN_SP || event->kind == KIND_SIGNIN_MI;

	read_times(record, record->root, portal_times, READ_COUNT(portal_times),
	    event);
	portal_fields(record, signin_fields, READ_COUNT(signin_fields), event);
	if (app)
		portal_fields(
		    record, app_fields, READ_COUNT(app_fields), event);
	else
		portal_fields(
		    record, user_fields, READ_COUNT(user_fields), event);
	event->col[EV_ACTOR_TYPE] = app ? SLICE("app") : SLICE("user");
	if (read_same(type, SLICE("Guest")))
		event->col[EV_ACTOR_TYPE] = SLICE("guest");
	read_put(record, event, EV_COUNTRY, portal_country(record));
	if (event->col[EV_TARGET_ID].len + event->col[EV_TARGET_NAME].len > 0)
		event->col[EV_TARGET_TYPE] = SLICE("resource");
	event->outcome = portal_outcome(event->col[EV_STATUS_CODE]);
}

/* --- directory audit --- */

static const struct read_field audit_fields[] = {
    {EV_OPERATION, "Activity"},
    {EV_STATUS_CODE, "Result"},
    {EV_USER_AGENT, "UserAgent|User Agent"},
    {EV_IP, "IPAddress"},
    {EV_TENANT, "ActorHomeTenantId"},
    {EV_ACTOR_ID, "ActorObjectId"},
    {EV_ACTOR_ID, "ActorServicePrincipalId"},
    {EV_ACTOR_NAME, "ActorUserPrincipalName"},
    {EV_ACTOR_NAME, "ActorDisplayName"},
    {EV_ACTOR_NAME, "ActorServicePrincipalName"},
    {EV_TARGET_TYPE, "Target1Type"},
    {EV_TARGET_ID, "Target1ObjectId"},
    {EV_TARGET_NAME, "Target1UserPrincipalName"},
    {EV_TARGET_NAME, "Target1DisplayName"},
};

void
read_portal_audit(const struct record *record, struct event *event)
{
	struct slice type = read_text(record, record->root, "ActorType");

	read_times(record, record->root, portal_times, READ_COUNT(portal_times),
	    event);
	read_fields(record, record->root, audit_fields,
	    READ_COUNT(audit_fields), event);
	event->col[EV_ACTOR_TYPE] = SLICE("unknown");
	if (read_same(type, SLICE("User")))
		event->col[EV_ACTOR_TYPE] = SLICE("user");
	else if (read_same(type, SLICE("Application")) ||
	         read_same(type, SLICE("ServicePrincipal")) ||
	         read_same(type, SLICE("Service Principal")))
		event->col[EV_ACTOR_TYPE] = SLICE("app");
}
