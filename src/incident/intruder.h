#ifndef INCIDENT_INTRUDER_H
#define INCIDENT_INTRUDER_H

#include "base/buf.h"
#include "incident/act.h"

/*
 * intruder - what is the intruder's, and so which acts are: attribution by
 * stated rules.
 *
 * A mark is something by which acts are the intruder's.  An *own* mark (an
 * address, device, token, credential, app or account that nobody else used)
 * attributes by itself, with the mark's certainty; a *shared* one (an account,
 * session or app that its owner uses, too) at most as likely, and not where the
 * act is more likely its owner's.  Marks begin with what the responder gives;
 * from what they attribute, rules make more, until nothing new comes.  The
 * result is a function of the set of acts and of the marks given: no order
 * matters.
 */
enum mark_kind {
	MARK_IP, /* an address, or a network that was given */
	MARK_SESSION,
	MARK_TOKEN,
	MARK_DEVICE,
	MARK_CREDENTIAL,
	MARK_APP,
	MARK_USER,
	MARK_RECORD, /* given by a finding, or by --add record:N */
	MARK_KINDS,
};
extern const char *const mark_kind_names[MARK_KINDS];

/* The rules; mark_rule_words() says each as a sentence. */
enum mark_rule {
	RULE_GIVEN,
	RULE_ADDED,         /* by the responder, --add */
	RULE_FINDING,       /* what the finding that was given rests on */
	RULE_SESSION,       /* a session in which the intruder acted */
	RULE_ACCOUNT,       /* an account as which the intruder acted */
	RULE_TOKEN,         /* a token that a sign-in of the intruder got */
	RULE_DEVICE,        /* a device that the intruder registered */
	RULE_CREDENTIAL,    /* a credential that the intruder added */
	RULE_CREDENTIAL_OF, /* the app that it was added to */
	RULE_APP,           /* an app that the intruder added */
	RULE_CREATED,       /* an account that the intruder created */
	RULE_TAKEN,         /* whose password or second factor was set */
	RULE_RIGHTS,        /* an account or app that was given rights */
	RULE_ADDRESS,       /* an address that nobody else used */
	MARK_RULES,
};
const char *mark_rule_name(enum mark_rule rule);
const char *mark_rule_words(enum mark_rule rule);

#define NO_MARK UINT32_MAX
#define NO_ACT  UINT64_MAX

struct mark {
	enum mark_kind kind;
	enum mark_rule rule;
	enum certainty certainty;
	bool own;
	bool cut;    /* by the responder: attributes nothing */
	bool always; /* an account, since when and until when is not known */
	struct slice value, name; /* lower case where case does not matter */
	int64_t from_us;          /* acts before are not attributed by it */
	uint32_t via_mark;  /* by which mark the act was attributed; NO_MARK */
	uint64_t via_index; /* record of the act it follows from; NO_ACT */
	uint64_t certain, likely; /* acts that it attributes, strongest only */
};

/* Why an act of a marked account, session or app is not the intruder's. */
enum not_why {
	NOT_ASKED = 0,   /* no mark touches it */
	NOT_BACKGROUND,  /* a client that reads by itself */
	NOT_KNOWN_PLACE, /* from an address its owner used before */
	NOT_BEFORE,      /* before the intrusion reached it */
	NOT_CUT,
	NOT_WHYS,
};
const char *not_why_words(enum not_why why);

/* Who else used an address. */
struct address_use {
	struct slice ip, account; /* account or app id, lower case */
	int64_t first_us, last_us;
};

struct intruder;

struct intruder *intruder_new(void);
void intruder_free(struct intruder *intruder);

/*
 * Something given, before anything else.  --cut takes "ip:192.0.2.1",
 * "session:…", "user:…", "app:…", "record:N"; false if it is none of these.
 */
bool intruder_mark_parse(
    struct slice text, enum mark_kind *kind, struct slice *value);
uint32_t intruder_give(struct intruder *intruder, enum mark_kind kind,
    struct slice value, enum mark_rule rule);
void intruder_cut(
    struct intruder *intruder, enum mark_kind kind, struct slice value);
/* Acts before and from this time on are not attributed. */
void intruder_within(struct intruder *intruder, int64_t from_us, int64_t to_us);

/* How addresses that are asked about were used; see intruder_asks(). */
void intruder_used(struct intruder *intruder, const struct address_use *use);

/*
 * Attributes the acts (sorted by time, then by event) as far as what is known
 * allows: sets certainty, mark and why of each.  Returns whether there are new
 * names since the last call: the caller then brings the acts that they touch
 * (intruder_name()) and how the new addresses were used, and calls again.
 */
bool intruder_spread(struct intruder *intruder, struct act *acts, size_t count);

/*
 * The names by which marks are known, in the order in which they came: records
 * with one of them are what intruder_spread() has to see.
 */
struct mark_name {
	enum mark_kind kind;
	struct slice value; /* lower case where case does not matter */
};
size_t intruder_name_count(const struct intruder *intruder);
const struct mark_name *
intruder_name(const struct intruder *intruder, size_t i);

/* In the order in which they came. */
size_t intruder_mark_count(const struct intruder *intruder);
const struct mark *intruder_mark(const struct intruder *intruder, size_t i);

/* Addresses of which intruder_spread() has to know who used them; good until
 * its next call. */
size_t intruder_asks(const struct intruder *intruder, const struct slice **ips);

#endif
