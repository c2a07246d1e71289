#ifndef INCIDENT_WAY_H
#define INCIDENT_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * way - the ways back: what lets an intruder in again after being thrown out.
 *
 * One table has all of them, with what a report says of each: its name, where
 * its state is read, whether the audit log shows that it is used.  The kinds
 * are those of docs/sources.md, "Where a way back is seen".  Pure.
 */
enum way {
	WAY_PASSWORD,
	WAY_SESSION,
	WAY_REFRESH_TOKEN,
	WAY_MFA_METHOD,
	WAY_TEMPORARY_PASS,
	WAY_DEVICE,
	WAY_APP_CREDENTIAL, /* secret, certificate, federated */
	WAY_APP_OWNER,
	WAY_CONSENT,    /* consent of a person, for that person */
	WAY_PERMISSION, /* delegated permission for everybody */
	WAY_APP_ROLE,
	WAY_DIRECTORY_ROLE,
	WAY_ELIGIBLE_ROLE, /* PIM */
	WAY_CONDITIONAL_ACCESS,
	WAY_INBOX_RULE,
	WAY_HIDDEN_RULE,
	WAY_FORWARDING,
	WAY_TRANSPORT_RULE,
	WAY_JOURNAL_RULE,
	WAY_CONNECTOR,
	WAY_MAILBOX_PERMISSION,
	WAY_FOLDER_PERMISSION,
	WAY_FEDERATION, /* of a domain, or a domain that was added */
	WAY_CROSS_TENANT,
	WAY_DELEGATED_ADMIN, /* GDAP */
	WAY_GUEST,
	WAY_ACCOUNT,
	WAY_APP, /* an application or service principal that was added */
	WAY_SHARING_LINK,
	WAY_SITE_ADMIN,
	WAY_FLOW,
	WAY_SUBSCRIPTION, /* of Graph */
	WAY_EDISCOVERY_ROLE,
	WAY_AUDIT_BYPASS,
	WAY_COUNT,
};

/* What of an intrusion a way back needs, so that it is looked for. */
enum way_needs {
	WAY_OF_PERSON, /* any account that the intruder acted as */
	WAY_OF_APP,    /* any app that the intruder acted as */
	WAY_OF_ADMIN,  /* an account or app that may change the tenant */
};

struct way_kind {
	const char *name;  /* "inbox-rule": in JSON, in --state */
	const char *words; /* "inbox rule" */
	enum way_needs needs;
	/*
	 * The stream of the tenant's state that shows it, as the source graph
	 * names it ("state.inboxRules"), or NULL; and the export of a cmdlet
	 * that does ("Get-InboxRule -IncludeHidden"), or NULL.
	 */
	const char *state, *export;
	/*
	 * How long what it gave out is still good after it was closed, in
	 * microseconds: an access token; 0 where it ends at once.
	 */
	int64_t lives_us;
};

extern const struct way_kind way_kinds[WAY_COUNT];

/* By its name or its words, in any case, also in the plural; else false. */
bool way_parse(struct slice name, enum way *out);

#endif
