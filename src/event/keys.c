#include "event/keys.h"

#include <pthread.h>

/*
 * Every record passes here with some 35 names, so a name costs its length, one
 * look at its first byte and rarely more than one comparison.
 */

struct name {
	char text[28]; /* here, not pointed to: the walk reads many */
	enum key key;
};

static const struct name names_2[] = {
    {"Id", KEY_ID},
    {"id", KEY_ID},
};
static const struct name names_3[] = {
    {"org", KEY_GITHUB_ORG},
};
static const struct name names_4[] = {
    {"Item", KEY_ITEM},
    {"Name", KEY_NAME},
    {"kind", KEY_KIND},
    {"repo", KEY_REPO},
    {"Type", KEY_TYPE},
    {"uuid", KEY_UUID},
};
static const struct name names_5[] = {
    {"Actor", KEY_ACTOR},
    {"actor", KEY_ACTOR},
    {"AppId", KEY_APP_ID},
};
static const struct name names_6[] = {
    {"Folder", KEY_FOLDER},
    {"Target", KEY_TARGET},
    {"UserId", KEY_USER_ID},
    {"userId", KEY_USER_ID_GRAPH},
    {"action", KEY_ACTION},
    {"events", KEY_EVENTS},
    {"status", KEY_STATUS},
    {"Status", KEY_STATUS},
    {"uuid_g", KEY_UUID},
    {"uuid_s", KEY_UUID},
};
static const struct name names_7[] = {
    {"ActorIP", KEY_ACTOR_IP},
    {"AlertId", KEY_ALERT_ID},
    {"Folders", KEY_FOLDERS},
    {"service", KEY_SERVICE},
    {"SiteUrl", KEY_SITE_URL},
    {"UserKey", KEY_USER_KEY},
};
static const struct name names_8[] = {
    {"ClientIP", KEY_CLIENT_IP},
    {"clientIp", KEY_CLIENT_IP},
    {"clientIP", KEY_CLIENT_IP},
    {"DeviceId", KEY_DEVICE_ID},
    {"OfficeId", KEY_ID},
    {"Activity", KEY_ACTIVITY_NAME},
    {"ItemName", KEY_ITEM_NAME},
    {"ItemType", KEY_ITEM_TYPE},
    {"Messages", KEY_MESSAGES},
    {"ObjectId", KEY_OBJECT_ID},
    {"objectId", KEY_OBJECT_ID},
    {"Site_Url", KEY_SITE_URL},
    {"TeamGuid", KEY_TEAM_ID},
    {"TeamName", KEY_TEAM_NAME},
    {"UserType", KEY_USER_TYPE},
    {"userType", KEY_USER_TYPE},
    {"Workload", KEY_WORKLOAD},
    {"business", KEY_BUSINESS},
    {"category", KEY_CATEGORY},
    {"Category", KEY_CATEGORY},
    {"Received", KEY_RECEIVED},
};
static const struct name names_9[] = {
    {"ErrorCode", KEY_ERROR_CODE},
    {"Operation", KEY_OPERATION},
    {"operation", KEY_OPERATION},
    {"SessionId", KEY_SESSION_ID},
    {"AADTarget", KEY_TARGET},
    {"UserAgent", KEY_USER_AGENT},
    {"eventType", KEY_EVENT_TYPE},
    {"ipAddress", KEY_IP_ADDRESS},
    {"IPAddress", KEY_IP_ADDRESS},
    {"IpAddress", KEY_IP_ADDRESS},
    {"MessageId", KEY_MESSAGE_ID},
    {"messageId", KEY_MESSAGE_ID},
    {"published", KEY_PUBLISHED},
    {"riskState", KEY_RISK_STATE},
    {"RiskState", KEY_RISK_STATE},
};
static const struct name names_10[] = {
    {"Date (UTC)", KEY_PORTAL_DATE},
    {"DeviceName", KEY_DEVICE_NAME},
    {"LogonError", KEY_LOGON_ERROR},
    {"RecordType", KEY_RECORD_TYPE},
    {"@timestamp", KEY_AT_TIMESTAMP},
    {"created_at", KEY_CREATED_AT},
    {"message_id", KEY_MESSAGE_ID},
    {"properties", KEY_PROPERTIES},
    {"requestUri", KEY_REQUEST_URI},
    {"RequestUri", KEY_REQUEST_URI},
    {"Request ID", KEY_PORTAL_REQUEST},
    {"resultType", KEY_RESULT_TYPE},
    {"ResultType", KEY_RESULT_TYPE},
};
static const struct name names_11[] = {
    {"ClientAppId", KEY_CLIENT_APP_ID},
    {"ErrorNumber", KEY_ERROR_NUMBER},
    {"eventType_s", KEY_EVENT_TYPE},
    {"initiatedBy", KEY_INITIATED_BY},
    {"InitiatedBy", KEY_INITIATED_BY},
    {"published_t", KEY_PUBLISHED},
};
static const struct name names_12[] = {
    {"CreationTime", KEY_CREATION_TIME},
    {"ResultStatus", KEY_RESULT_STATUS},
    {"_document_id", KEY_DOCUMENT_ID},
    {"ReceivedTime", KEY_RECEIVED},
};
static const struct name names_13[] = {
    {"AffectedItems", KEY_AFFECTED_ITEMS},
    {"ApplicationId", KEY_APPLICATION_ID},
    {"FileSizeBytes", KEY_FILE_SIZE},
    {"TokenObjectId", KEY_TOKEN_OBJECT_ID},
    {"isInteractive", KEY_IS_INTERACTIVE},
    {"IsInteractive", KEY_IS_INTERACTIVE},
    {"operationName", KEY_OPERATION_NAME},
    {"OperationName", KEY_OPERATION_NAME},
    {"date_time_utc", KEY_RECEIVED},
    {"requestMethod", KEY_REQUEST_METHOD},
    {"RequestMethod", KEY_REQUEST_METHOD},
    {"riskEventType", KEY_RISK_EVENT_TYPE},
    {"RiskEventType", KEY_RISK_EVENT_TYPE},
    {"SenderAddress", KEY_SENDER},
    {"senderAddress", KEY_SENDER},
    {"TimeGenerated", KEY_TIME_GENERATED},
};
static const struct name names_14[] = {
    {"ActorIpAddress", KEY_ACTOR_IP_ADDRESS},
    {"InterSystemsId", KEY_INTER_SYSTEMS},
    {"OfficeObjectId", KEY_OBJECT_ID},
    {"OrganizationId", KEY_ORGANIZATION_ID},
    {"organizationId", KEY_ORGANIZATION_ID},
    {"OfficeTenantId", KEY_ORGANIZATION_ID},
    {"SourceFileName", KEY_SOURCE_FILE},
    {"OfficeWorkload", KEY_WORKLOAD},
    {"appDisplayName", KEY_APP_DISPLAY_NAME},
    {"AppDisplayName", KEY_APP_DISPLAY_NAME},
    {"MessageTraceId", KEY_MESSAGE_TRACE_ID},
    {"sender_address", KEY_SENDER},
};
static const struct name names_15[] = {
    {"ActorInfoString", KEY_ACTOR_INFO},
    {"ApplicationName", KEY_APP_NAME},
    {"ClientIPAddress", KEY_CLIENT_IP_ADDRESS},
    {"MailboxOwnerUPN", KEY_MAILBOX_OWNER},
    {"createdDateTime", KEY_CREATED},
    {"CreatedDateTime", KEY_CREATED},
    {"targetResources", KEY_TARGET_RESOURCES},
    {"TargetResources", KEY_TARGET_RESOURCES},
};
static const struct name names_16[] = {
    {"AppAccessContext", KEY_APP_CONTEXT},
    {"ClientInfoString", KEY_CLIENT_INFO},
    {"Client_IPAddress", KEY_CLIENT_IP_ADDRESS},
    {"DeviceProperties", KEY_DEVICE_PROPERTIES},
    {"activityDateTime", KEY_ACTIVITY_TIME},
    {"ActivityDateTime", KEY_ACTIVITY_TIME},
    {"receivedDateTime", KEY_RECEIVED},
    {"RecipientAddress", KEY_RECIPIENT},
    {"recipientAddress", KEY_RECIPIENT},
    {"recipient_status", KEY_RECIPIENT},
    {"signInEventTypes", KEY_SIGNIN_TYPES},
    {"SignInEventTypes", KEY_SIGNIN_TYPES},
};
static const struct name names_17[] = {
    {"ClientMachineName", KEY_CLIENT_MACHINE},
    {"ClientProcessName", KEY_CLIENT_PROCESS},
    {"userPrincipalName", KEY_UPN},
    {"UserPrincipalName", KEY_UPN},
};
static const struct name names_18[] = {
    {"ExtendedProperties", KEY_EXTENDED_PROPERTIES},
    {"auditLogRecordType", KEY_RECORD_TYPE},
    {"servicePrincipalId", KEY_SERVICE_PRINCIPAL},
    {"ServicePrincipalId", KEY_SERVICE_PRINCIPAL},
    {"CreationTime [UTC]", KEY_CREATION_TIME},
};
static const struct name names_19[] = {
    {"activityDisplayName", KEY_ACTIVITY_NAME},
    {"ActivityDisplayName", KEY_ACTIVITY_NAME},
    {"TimeGenerated [UTC]", KEY_TIME_GENERATED},
};
static const struct name names_20[] = {
    {"Service principal ID", KEY_SERVICE_PRINCIPAL},
    {"origin_timestamp_utc", KEY_RECEIVED},
};
static const struct name names_21[] = {
    {"Managed Identity type", KEY_MANAGED_IDENTITY},
    {"TargetUserOrGroupName", KEY_TARGET_NAME},
    {"TargetUserOrGroupType", KEY_TARGET_TYPE},
};
static const struct name names_22[] = {
    {"ApplicationDisplayName", KEY_APP_NAME},
    {"managedServiceIdentity", KEY_MANAGED_IDENTITY},
    {"ManagedServiceIdentity", KEY_MANAGED_IDENTITY},
};
static const struct name names_23[] = {
    {"riskLastUpdatedDateTime", KEY_RISK_UPDATED},
    {"RiskLastUpdatedDateTime", KEY_RISK_UPDATED},
};
static const struct name names_26[] = {
    {"ModifiedObjectResolvedName", KEY_MODIFIED_OBJECT},
};

struct group {
	const struct name *names;
	size_t count;
};

#define GROUP(table)                                                           \
	{                                                                      \
		table, sizeof(table) / sizeof((table)[0])                      \
	}

static const struct group groups[] = {
    [2] = GROUP(names_2),
    [3] = GROUP(names_3),
    [4] = GROUP(names_4),
    [5] = GROUP(names_5),
    [6] = GROUP(names_6),
    [7] = GROUP(names_7),
    [8] = GROUP(names_8),
    [9] = GROUP(names_9),
    [10] = GROUP(names_10),
    [11] = GROUP(names_11),
    [12] = GROUP(names_12),
    [13] = GROUP(names_13),
    [14] = GROUP(names_14),
    [15] = GROUP(names_15),
    [16] = GROUP(names_16),
    [17] = GROUP(names_17),
    [18] = GROUP(names_18),
    [19] = GROUP(names_19),
    [20] = GROUP(names_20),
    [21] = GROUP(names_21),
    [22] = GROUP(names_22),
    [23] = GROUP(names_23),
    [26] = GROUP(names_26),
};

/*
 * The same n bytes, compared as two words that may overlap; a call of memcmp()
 * for names this short would cost more than the rest of the walk.
 */
static inline bool
same(const char *a, const char *b, size_t n)
{
	uint64_t head_a, head_b, tail_a, tail_b;
	uint32_t word_a, word_b, end_a, end_b;

	if (n >= 8) {
		memcpy(&head_a, a, 8);
		memcpy(&head_b, b, 8);
		memcpy(&tail_a, a + n - 8, 8);
		memcpy(&tail_b, b + n - 8, 8);
		return head_a == head_b && tail_a == tail_b &&
		       (n <= 16 || !memcmp(a + 8, b + 8, n - 16));
	}
	if (n >= 4) {
		memcpy(&word_a, a, 4);
		memcpy(&word_b, b, 4);
		memcpy(&end_a, a + n - 4, 4);
		memcpy(&end_b, b + n - 4, 4);
		return word_a == word_b && end_a == end_b;
	}
	return !memcmp(a, b, n);
}

/* NULL if the name is of no interest. */
static inline const struct name *
find(struct slice name)
{
	const struct group *group;

	if (name.len >= sizeof(groups) / sizeof(groups[0]))
		return NULL;
	group = &groups[name.len];
	for (size_t i = 0; i < group->count; i++) {
		const struct name *known = &group->names[i];

		if (known->text[0] == name.ptr[0] &&
		    same(known->text, name.ptr, name.len))
			return known;
	}
	return NULL;
}

/* The same names by hash, for records that have an index already. */
#define BY_HASH 1024 /* a power of two, many times the names there are */

static struct by_hash {
	uint32_t hash, len;
	const struct name *name; /* NULL: free */
} by_hash[BY_HASH];

static void
fill_by_hash(void)
{
	for (size_t n = 0; n < sizeof(groups) / sizeof(groups[0]); n++) {
		for (size_t i = 0; i < groups[n].count; i++) {
			const struct name *name = &groups[n].names[i];
			uint32_t hash =
			    json_key_of(slice_of(name->text, n)).hash;
			size_t at = hash;

			while (by_hash[at & (BY_HASH - 1)].name)
				at++;
			by_hash[at & (BY_HASH - 1)] =
			    (struct by_hash){hash, (uint32_t)n, name};
		}
	}
}

static inline const struct name *
find_by_hash(const struct json_key *key)
{
	for (size_t at = key->hash;; at++) {
		const struct by_hash *known = &by_hash[at & (BY_HASH - 1)];

		if (!known->name)
			return NULL;
		if (known->hash == key->hash && known->len == key->name.len &&
		    same(known->name->text, key->name.ptr, known->len))
			return known->name;
	}
}

void
keys_find_in(const struct json_index *index, struct keys *keys)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (index->spilled) {
		keys_find(index->root, keys);
		return;
	}
	pthread_once(&once, fill_by_hash);
	memset(keys, 0, sizeof(*keys));
	keys->doc = index->root.doc;
	for (size_t i = 0; i < index->count; i++) {
		struct json_key key;
		struct json value = json_index_member(index, i, &key);
		const struct name *known = find_by_hash(&key);

		if (known && !keys->at[known->key])
			keys->at[known->key] = (uint32_t)value.at;
	}
}

void
keys_find(struct json root, struct keys *keys)
{
	struct json_iter it = json_iter(root);
	struct slice name;
	struct json value;

	memset(keys, 0, sizeof(*keys));
	if (json_type(root) != JSON_OBJECT)
		return;
	keys->doc = root.doc;
	while (json_next(&it, &name, &value)) {
		const struct name *known = find(name);

		if (known && !keys->at[known->key])
			keys->at[known->key] = (uint32_t)value.at;
	}
}
