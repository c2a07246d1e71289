#ifndef INCIDENT_REACH_H
#define INCIDENT_REACH_H

#include <stdint.h>

#include "base/slice.h"
#include "incident/reach_store.h"

/*
 * reach - what one act reached: a message, a file, a search; and whether its
 * record names it, or covers it without naming it.
 */
enum reach_kind {
	REACH_MESSAGE,
	REACH_ATTACHMENT,
	REACH_FOLDER, /* of a mailbox */
	REACH_MAILBOX,
	REACH_FILE,
	REACH_CHAT, /* a chat, or a channel's messages */
	REACH_SITE,
	REACH_SEARCH, /* name is the text that was searched for */
	REACH_COPILOT,
	REACH_EXPORT, /* eDiscovery, content search, a user's export */
	REACH_SENT,   /* a mail that was sent as the victim */
	REACH_LEAK, /* mails that a rule or forwarding hands out from then on */
	REACH_LINK, /* a share link */
	REACH_DIRECTORY, /* people, apps, groups: what Graph was asked for */
	REACH_KINDS,
};
extern const char *const reach_kind_names[REACH_KINDS]; /* "message" */

/*
 * How a record covers it.  Only the first is certain about the item; of all
 * others it is said why it is not (reach_how_words()).
 */
enum reach_how {
	REACH_NAMED,      /* the record names it */
	REACH_SYNCED,     /* a whole folder was synchronised */
	REACH_THROTTLED,  /* the mailbox was throttled: unlogged for 24 hours */
	REACH_AGGREGATED, /* more were read than the record names */
	REACH_UNLISTED,   /* a search, answer or export without its results */
	REACH_LINKED,     /* open to whoever has a link */
	REACH_LEAKED,     /* handed out by a rule or forwarding */
	REACH_HOWS,
};
const char *reach_how_name(enum reach_how how);  /* "synced" */
const char *reach_how_words(enum reach_how how); /* for people */

struct reach {
	enum reach_kind kind;
	enum reach_how how;
	struct slice place; /* mailbox (as a UPN), site URL, team or chat */
	/*
	 * id is what the item is known by in all records: of a message its
	 * InternetMessageId, of a file its URL.  folder has a message's or
	 * file's; label is a sensitivity label or Sensitivity.
	 */
	struct slice id, folder, name, label;
	/* What the store knows the message by; zero: unknown. */
	unsigned char store[REACH_STORE_LEN];
	int64_t size;  /* bytes, -1 unknown */
	uint64_t more; /* of REACH_AGGREGATED: how many are not named */
	/* When it was reached; of THROTTLED and LEAKED until when, at most. */
	int64_t from_us, to_us;
};

#endif
