#ifndef INCIDENT_CHANGE_H
#define INCIDENT_CHANGE_H

#include "incident/act.h"

/*
 * change - what a record says of ways back: what it opens, closes and uses.
 *
 * From the unified audit log and from Entra's directory audit and sign-ins.
 * The same thing has the same `object` in all of them; what it is made of:
 *
 *	password, session, refresh-token, temporary-pass, account, guest
 *			the person's object id; a guest of a team: team:ID:UPN
 *	mfa-method	PERSON:KIND, and PERSON:KIND:ID where a record has an id
 *	device		the device's object id; also: its device id
 *	app-credential	the key id; a federated one: APP:federated:NAME
 *	app-owner	APP:OWNER, object ids
 *	consent, permission
 *			CLIENT:RESOURCE, object ids of service principals; the
 *			place of a consent is the person's object id, if known
 *	app-role	GRANTEE:RESOURCE:ROLE
 *	directory-role, eligible-role
 *			TEMPLATE:PRINCIPAL; of Exchange and Purview:
 *			rolegroup:GROUP:MEMBER
 *	conditional-access
 *			the id of the policy or location; deleted:ID; mfa:PERSON
 *	inbox-rule	MAILBOX:NAME; also: MAILBOX:ID
 *	forwarding	MAILBOX:smtp, MAILBOX:address
 *	transport-rule, journal-rule
 *			its name
 *	connector	inbound:NAME, outbound:NAME
 *	mailbox-permission
 *			MAILBOX:TRUSTEE:RIGHT; MAILBOX:sendonbehalf;
 *			role:NAME of an assignment over all mailboxes
 *	folder-permission
 *			MAILBOX:FOLDER:MEMBER
 *	federation	the domain; added:DOMAIN
 *	cross-tenant	the tenant's id, or default
 *	delegated-admin, app
 *			the object's id (also, of an app: its app id)
 *	sharing-link	the link's id, or URL, or URL:WHOM
 *	site-admin	SITE:WHOM
 *	flow		the flow's id
 *	subscription	APP:PERSON
 *	ediscovery-role	GROUP:MEMBER
 *	audit-bypass	whoever is passed over
 *
 * All in lower case.  Exchange calls a mailbox by alias, name, path or address:
 * MAILBOX, TRUSTEE and MEMBER are what stands last in a path and before an
 * '@', so two people with one alias in two domains are one.  `place` has the
 * mailbox as the record spells it.  Pure.
 */

/*
 * How many changes a record tells; *out and all texts lie in `arena`.  What
 * failed changes nothing.  A change of a password closes one and opens one.
 */
size_t way_changes(const struct record *record, const struct event *event,
    const struct way_change **out, struct arena *arena);

/* MAILBOX and the like, as above. */
struct slice way_alias(struct slice who, struct arena *arena);

/* In lower case, ASCII only. */
struct slice way_lower(struct slice s, struct arena *arena);

#endif
