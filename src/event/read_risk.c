/*
 * Risk detections of Entra ID (category UserRiskEvents and kin) and the states
 * of users and service principals at risk (RiskyUsers and kin).
 *
 * The event is that a risk was found or changed its state, so its time is the
 * detection's; the sign-in that was risky is its target, by the id that the
 * sign-in itself has.  A detection keeps its id when it is dismissed or
 * remediated.  That is an event of its own, so the state is part of the
 * identity.  A risky user's record has no id but the user's; there the time of
 * the change is part of it, too.
 */
#include "base/time.h"
#include "event/read.h"
#include "event/read_fields.h"

static const char *const risk_times[] = {
    "detectedDateTime|DetectedDateTime|DetectedDateTime [UTC]",
    "riskLastUpdatedDateTime|RiskLastUpdatedDateTime",
    "activityDateTime|ActivityDateTime|ActivityDateTime [UTC]",
};

static const char *const envelope_times[] = {
    "time",
    "TimeGenerated",
    "TimeGenerated [UTC]",
};

static const struct read_field risk_fields[] = {
    {EV_TENANT, "homeTenantId|HomeTenantId"},
    {EV_OPERATION, "riskEventType|RiskEventType"},
    {EV_OPERATION, "riskType|RiskType"},
    {EV_STATUS_CODE, "riskState|RiskState"},
    {EV_ACTOR_ID, "userId|UserId"},
    {EV_ACTOR_NAME, "userPrincipalName|UserPrincipalName"},
    {EV_ACTOR_NAME, "userDisplayName|UserDisplayName"},
    {EV_APP_ID, "appId|AppId"},
    {EV_IP, "ipAddress|IpAddress|IPAddress"},
    {EV_TARGET_ID, "requestId|RequestId"},
};

static const struct read_field risk_app_fields[] = {
    {EV_ACTOR_ID, "servicePrincipalId|ServicePrincipalId"},
    {EV_ACTOR_NAME, "servicePrincipalDisplayName"},
    {EV_ACTOR_NAME, "ServicePrincipalDisplayName|displayName|DisplayName"},
};

static const struct read_field risk_root_fields[] = {
    {EV_TENANT, "tenantId|AADTenantId|AadTenantId"},
    {EV_OPERATION, "operationName|OperationName"},
    {EV_IP, "callerIpAddress"},
};

static const struct read_field place_fields[] = {
    {EV_COUNTRY, "countryOrRegion|CountryOrRegion"},
};

/* [{"Key": "userAgent", "Value": "…"}], as a rule held in a string. */
static void
risk_user_agent(const struct record *record, struct event *event)
{
	struct json_iter it =
	    json_iter(read_part(record, "additionalInfo|AdditionalInfo"));
	struct json pair;

	while (json_next(&it, NULL, &pair))
		if (read_same(json_str(read_any(record, pair, "Key|key")),
		        SLICE("userAgent")))
			read_put(record, event, EV_USER_AGENT,
			    read_text(record, pair, "Value|value"));
}

static void
risk_actor(const struct record *record, bool detection, struct event *event)
{
	struct slice id = read_text(record, read_body(record), "id|Id");

	if (event->col[EV_ACTOR_ID].len + event->col[EV_ACTOR_NAME].len > 0) {
		event->col[EV_ACTOR_TYPE] = SLICE("user");
	} else {
		read_fields(record, read_body(record), risk_app_fields,
		    READ_COUNT(risk_app_fields), event);
		event->col[EV_ACTOR_TYPE] = SLICE("app");
	}
	if (!detection)
		read_put(record, event, EV_ACTOR_ID, id);
}

static void
risk_identity(const struct record *record, bool detection, struct event *event)
{
	char room[TIME_TEXT_MAX];
	struct slice parts[3] = {
	    read_text(record, read_body(record), "id|Id"),
	    event->col[EV_STATUS_CODE],
	};

	if (parts[0].len == 0)
		return;
	if (detection) {
		event->family = "entra.risk";
		event->col[EV_ID] = read_join(record, parts, 2, '/');
		return;
	}
	if (event->time_us == EVENT_NO_TIME)
		return;
	parts[2] = time_format(event->time_us, room);
	event->family = "entra.riskyuser";
	event->col[EV_ID] = read_join(record, parts, 3, '/');
}

static uint32_t
risk_activity(struct slice state)
{
	if (read_same(state, SLICE("dismissed")) ||
	    read_same(state, SLICE("remediated")) ||
	    read_same(state, SLICE("confirmedSafe")))
		return 3; /* close */
	if (read_same(state, SLICE("confirmedCompromised")))
		return 2; /* update */
	return 1;         /* create */
}

void
read_entra_risk(const struct record *record, struct event *event)
{
	bool detection = json_present(
	    read_any(record, read_body(record), "riskEventType|RiskEventType"));

	event->class_uid = 2004; /* detection finding */
	event->col[EV_SOURCE] = SLICE("entra/RiskyUsers");
	if (detection)
		event->col[EV_SOURCE] = SLICE("entra/UserRiskEvents");
	read_times(record, read_body(record), risk_times,
	    READ_COUNT(risk_times), event);
	read_times(record, record->root, envelope_times,
	    READ_COUNT(envelope_times), event);
	read_fields(record, record->root, risk_root_fields, 1, event);
	read_fields(record, read_body(record), risk_fields,
	    READ_COUNT(risk_fields), event);
	risk_actor(record, detection, event);
	risk_identity(record, detection, event);
	risk_user_agent(record, event);
	read_fields(record, read_part(record, "location|Location"),
	    place_fields, READ_COUNT(place_fields), event);
	read_fields(record, record->root, risk_root_fields,
	    READ_COUNT(risk_root_fields), event);
	if (event->col[EV_OPERATION].len == 0)
		event->col[EV_OPERATION] = SLICE("Risky user");
	if (event->col[EV_TARGET_ID].len > 0)
		event->col[EV_TARGET_TYPE] = SLICE("signin");
	event->activity = risk_activity(event->col[EV_STATUS_CODE]);
}
