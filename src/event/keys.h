#ifndef EVENT_KEYS_H
#define EVENT_KEYS_H

#include <stdint.h>

#include "json/index.h"
#include "json/json.h"

/*
 * keys - members of a record's root that readers want, found in one walk.
 *
 * A key is a meaning, not a spelling: Id, id and Log Analytics' OfficeId are
 * all KEY_ID.  Of several members for one key the first wins.
 */
enum key {
	/* the audit log's columns */
	KEY_ACTOR,
	KEY_ACTOR_INFO,
	KEY_ACTOR_IP,
	KEY_ACTOR_IP_ADDRESS,
	KEY_AFFECTED_ITEMS,
	KEY_ALERT_ID,
	KEY_APP_CONTEXT,
	KEY_APP_ID,
	KEY_APP_NAME,
	KEY_APPLICATION_ID,
	KEY_CLIENT_APP_ID,
	KEY_CLIENT_INFO,
	KEY_CLIENT_IP,
	KEY_CLIENT_IP_ADDRESS,
	KEY_CLIENT_MACHINE,
	KEY_CLIENT_PROCESS,
	KEY_CREATION_TIME,
	KEY_DEVICE_ID,
	KEY_DEVICE_NAME,
	KEY_DEVICE_PROPERTIES,
	KEY_ERROR_NUMBER,
	KEY_ERROR_CODE,
	KEY_EXTENDED_PROPERTIES,
	KEY_FILE_SIZE,
	KEY_FOLDER,
	KEY_FOLDERS,
	KEY_ID,
	KEY_INTER_SYSTEMS,
	KEY_ITEM,
	KEY_ITEM_NAME,
	KEY_ITEM_TYPE,
	KEY_LOGON_ERROR,
	KEY_MAILBOX_OWNER,
	KEY_MESSAGES,
	KEY_MODIFIED_OBJECT,
	KEY_NAME,
	KEY_OBJECT_ID,
	KEY_OPERATION,
	KEY_ORGANIZATION_ID,
	KEY_RECORD_TYPE,
	KEY_RESULT_STATUS,
	KEY_SERVICE,
	KEY_SESSION_ID,
	KEY_SITE_URL,
	KEY_SOURCE_FILE,
	KEY_TARGET,
	KEY_TARGET_NAME,
	KEY_TARGET_TYPE,
	KEY_TEAM_ID,
	KEY_TEAM_NAME,
	KEY_TOKEN_OBJECT_ID,
	KEY_USER_AGENT,
	KEY_USER_ID,
	KEY_USER_ID_GRAPH,
	KEY_USER_KEY,
	KEY_USER_TYPE,
	KEY_WORKLOAD,
	/* what tells other kinds apart */
	KEY_ACTION,
	KEY_ACTIVITY_NAME,
	KEY_ACTIVITY_TIME,
	KEY_APP_DISPLAY_NAME,
	KEY_AT_TIMESTAMP,
	KEY_BUSINESS,
	KEY_CATEGORY,
	KEY_CREATED,
	KEY_CREATED_AT,
	KEY_DOCUMENT_ID,
	KEY_EVENT_TYPE,
	KEY_EVENTS,
	KEY_GITHUB_ORG,
	KEY_INITIATED_BY,
	KEY_IP_ADDRESS,
	KEY_IS_INTERACTIVE,
	KEY_KIND,
	KEY_MANAGED_IDENTITY,
	KEY_MESSAGE_ID,
	KEY_MESSAGE_TRACE_ID,
	KEY_OPERATION_NAME,
	KEY_PORTAL_DATE,
	KEY_PORTAL_REQUEST,
	KEY_PROPERTIES,
	KEY_PUBLISHED,
	KEY_RECEIVED,
	KEY_RECIPIENT,
	KEY_REPO,
	KEY_REQUEST_METHOD,
	KEY_REQUEST_URI,
	KEY_RESULT_TYPE,
	KEY_RISK_EVENT_TYPE,
	KEY_RISK_STATE,
	KEY_RISK_UPDATED,
	KEY_SENDER,
	KEY_SERVICE_PRINCIPAL,
	KEY_SIGNIN_TYPES,
	KEY_STATUS,
	KEY_TARGET_RESOURCES,
	KEY_TIME_GENERATED,
	KEY_TYPE,
	KEY_UPN,
	KEY_UUID,
	KEY_COUNT,
};

struct keys {
	const struct json_doc *doc;
	uint32_t at[KEY_COUNT]; /* index in the tape; 0: not there */
};

/* Of a root that is no object, none is there.  _in: its index is made. */
void keys_find(struct json root, struct keys *keys);
void keys_find_in(const struct json_index *index, struct keys *keys);

static inline bool
keys_have(const struct keys *keys, enum key key)
{
	return keys->at[key] != 0;
}

/* Absent if it is not there. */
static inline struct json
keys_get(const struct keys *keys, enum key key)
{
	return (struct json){keys->at[key] ? keys->doc : NULL, keys->at[key]};
}

/* The member's text, borrowed from the record's parser; empty if it is none. */
static inline struct slice
keys_str(const struct keys *keys, enum key key)
{
	return json_str(keys_get(keys, key));
}

#endif
