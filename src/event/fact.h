#ifndef EVENT_FACT_H
#define EVENT_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "event/event.h"

/*
 * fact - what is known of an event beyond what its record tells: where its
 * address is, what is normal for who did it.
 *
 * A fact has a value, or is known not to be there, or is unknown.  Rules read
 * it as firn.<name>.  Who knows facts gives them with the event; what nobody
 * gives is unknown.
 */
enum event_fact {
	FACT_COUNTRY, /* where the address is; the columns say it, too */
	FACT_ASN,
	FACT_AS_ORG,
	FACT_FIRST_SEEN_COUNTRY, /* when the actor was first seen there */
	FACT_TRAVEL_KMH,         /* from where the actor was before */
	FACT_SESSION_ADDRESSES,  /* how many the session came from */
	FACT_APP_RARITY,         /* 0 to 1: how few use the app */
	FACT_COUNT,
};

enum fact_state {
	FACT_UNKNOWN,
	FACT_ABSENT, /* it is known that there is none */
	FACT_KNOWN,
};

struct fact {
	enum fact_state state;
	struct slice value; /* if it is known; as good as the event */
};

/* What is given with an event; all zero: nothing is known. */
struct event_facts {
	struct fact list[FACT_COUNT];
};

/* "country", "first_seen.country", ...; a name without "firn." */
const char *event_fact_name(enum event_fact fact);

/* False if no fact has that name. */
bool event_fact_parse(struct slice name, enum event_fact *out);

/*
 * What is known: as given with the event; else, of an address's place, as the
 * column says.  An event without an address comes from no place, so that this
 * is absent; the place of an address without one is unknown.
 */
struct fact event_fact(const struct event *event, enum event_fact fact);

/*
 * Adds the names of facts, bits 1 << fact, as rules write them:
 * "firn.a, firn.b".
 */
void event_facts_add(struct buf *out, uint32_t facts);

/* The same as a member that is a list. */
void event_facts_json(struct buf *out, const char *key, uint32_t facts);

#endif
