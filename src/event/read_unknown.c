/*
 * A record of no known kind: what most logs call the same is still found, so
 * that it can be sorted by time and searched by person and address.
 */
#include "event/read.h"

static const char *const times[] = {
    "time|Time|timestamp|Timestamp|@timestamp",
    "CreationTime|CreationDate|TimeGenerated|TimeGenerated [UTC]",
    "createdDateTime|activityDateTime|eventTime|event_time|date|Date",
    "published|created_at|createdAt|createTime|created|ts",
};

static const struct {
	enum event_column col;
	const char *paths;
} columns[] = {
    {EV_TENANT, "tenantId|TenantId|OrganizationId|tenant_id"},
    {EV_ID, "id|Id|ID|uuid|eventId|event_id|_id"},
    {EV_OPERATION,
        "operation|Operation|operationName|OperationName|action|Action|"
        "eventName|event_name|eventType|event_type|ActionType"},
    {EV_ACTOR_ID, "userId|UserId|user_id|actor/id|user/id"},
    {EV_ACTOR_NAME,
        "userPrincipalName|UserPrincipalName|UserPrincipal|"
        "actor/email|actor/alternateId|user/email|user/name|userName|"
        "UserName|username|AccountUpn|user|User|actor"},
    {EV_USER_AGENT, "userAgent|UserAgent|user_agent"},
    {EV_STATUS_CODE,
        "resultType|ResultType|ResultStatus|status|Status|result|Result"},
};

static const char *const addresses[] = {
    "ipAddress|IPAddress|IpAddress|ip_address",
    "ClientIP|clientIp|ClientIPAddress|client_ip|callerIpAddress",
    "sourceIPAddress|SourceIP|sourceIp|source_ip|src_ip|source/ip",
    "remote_addr|remoteAddress|remote_ip|ip|IP",
};

void
read_unknown(const struct record *record, struct event *event)
{
	struct json root = record->root;
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]) &&
	            event->time_us == EVENT_NO_TIME;
	     i++)
		read_time(read_any(record, root, times[i]), &event->time_us);
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		event->col[columns[i].col] =
		    read_text(record, root, columns[i].paths);
	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]) &&
	            event->col[EV_IP].len == 0;
	     i++)
		event->col[EV_IP] =
		    read_ip(record, read_text(record, root, addresses[i]));
}
