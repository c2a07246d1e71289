#include "event/identity.h"

#include <string.h>

#include "base/hash.h"

const char *const event_families[] = {
    "o365.audit",
    "entra.signin",
    "entra.audit",
    "entra.risk",
    "entra.riskyuser",
    "graph.activity",
    "exchange.messagetrace",
    "google.reports",
    "okta.system",
    "github.audit",
    NULL,
};

enum told {
	TOLD_TIME,
	TOLD_ACTOR,
	TOLD_OPERATION,
	TOLD_OUTCOME,
	TOLD_ADDRESS,
	TOLD_TARGET,
	TOLD_SESSION,
	TOLD_APP,
};

/* In the high bits of the outcome's byte. */
#define OUTCOME_BITS 0x0fu
#define IN_AUDIT     0x10u
#define IN_SIGNINS   0x20u

const char *
told_field_name(size_t i)
{
	static const char *const names[] = {"time", "actor", "operation",
	    "outcome", "address", "target", "session", "app"};

	return names[i];
}

static unsigned char
digest(struct slice s)
{
	return s.len ? (unsigned char)(1 + hash64(s, 0) % 255) : 0;
}

/*
 * The same for A and a: people come in two spellings.  The bit that tells the
 * cases apart is set in every byte, so that '@' is '`' here, too; what that
 * hides is a difference nobody writes.
 */
static unsigned char
digest_folded(struct slice s)
{
	const uint64_t cases = 0x2020202020202020u;
	uint64_t h = s.len;

	for (size_t i = 0; i < s.len; i += 8)
		h = hash_mix((hash_load(s.ptr + i, s.len - i) | cases) ^ h,
		    0x9e3779b97f4a7c15u);
	return s.len ? (unsigned char)(1 + h % 255) : 0;
}

static unsigned
log_of(const struct event *event)
{
	if (!event->family || strcmp(event->family, "entra.signin") != 0)
		return 0;
	return event->kind == KIND_O365_AUDIT ? IN_AUDIT : IN_SIGNINS;
}

void
event_told(const struct event *event, unsigned char told[TOLD_FIELDS])
{
	const struct slice *col = event->col;
	int64_t second = event->time_us / 1000000;
	bool named = col[EV_ACTOR_NAME].len != 0;

	memset(told, 0, TOLD_FIELDS);
	/* The audit log has whole seconds, other tellings have fractions. */
	if (event->time_us != EVENT_NO_TIME)
		told[TOLD_TIME] = digest(slice_of(&second, sizeof(second)));
	told[TOLD_ACTOR] =
	    digest_folded(col[named ? EV_ACTOR_NAME : EV_ACTOR_ID]);
	/* Of a sign-in the audit log and Graph use other words. */
	if (event->class_uid != 3002)
		told[TOLD_OPERATION] = digest_folded(col[EV_OPERATION]);
	told[TOLD_OUTCOME] = (unsigned char)(event->outcome | log_of(event));
	told[TOLD_ADDRESS] = digest(col[EV_IP]);
	told[TOLD_TARGET] = digest_folded(col[EV_TARGET_ID]);
	told[TOLD_SESSION] = digest_folded(col[EV_SESSION]);
	told[TOLD_APP] = digest_folded(col[EV_APP_ID]);
}

bool
told_join(unsigned char told[TOLD_FIELDS], const unsigned char now[TOLD_FIELDS],
    unsigned *differs)
{
	bool fills = false;

	*differs = 0;
	for (unsigned i = 0; i < TOLD_FIELDS; i++) {
		unsigned logs = i == TOLD_OUTCOME ? 0xffu & ~OUTCOME_BITS : 0;
		unsigned was = told[i] & ~logs, is = now[i] & ~logs;
		unsigned adds = now[i] & logs & ~told[i];

		if (is && was && is != was)
			*differs |= 1u << i;
		else if (is && !was)
			adds |= is;
		fills |= adds != 0;
		told[i] = (unsigned char)(told[i] | adds);
	}
	return fills;
}

/* A part of what is hashed: its length first, so that parts cannot run on. */
static void
add_part(struct sha256 *sha, struct slice s)
{
	unsigned char len[4] = {(unsigned char)(s.len >> 24),
	    (unsigned char)(s.len >> 16), (unsigned char)(s.len >> 8),
	    (unsigned char)s.len};

	sha256_add(sha, len, sizeof(len));
	sha256_add(sha, s.ptr, s.len);
}

bool
event_identity(struct sha256 *sha, const struct event *event,
    unsigned char id[EVENT_IDENTITY_LEN])
{
	static const char name[] = "firn-event/1\n";
	unsigned char digest[SHA256_LEN];

	if (!event->family || !event->col[EV_ID].len)
		return false;
	sha256_begin(sha);
	sha256_add(sha, name, sizeof(name) - 1);
	add_part(sha, event->col[EV_TENANT]);
	add_part(sha, slice_cstr(event->family));
	add_part(sha, event->col[EV_ID]);
	sha256_end(sha, digest);
	memcpy(id, digest, EVENT_IDENTITY_LEN);
	return true;
}
