#include "event/fact.h"

#include <stdio.h>

#include "json/build.h"
#include "json/json.h"

static const char *const names[FACT_COUNT] = {
    [FACT_COUNTRY] = "country",
    [FACT_ASN] = "asn",
    [FACT_AS_ORG] = "as_org",
    [FACT_FIRST_SEEN_COUNTRY] = "first_seen.country",
    [FACT_TRAVEL_KMH] = "travel_kmh",
    [FACT_SESSION_ADDRESSES] = "session.addresses",
    [FACT_APP_RARITY] = "app.rarity",
};

_Static_assert(FACT_COUNT <= 32, "sets of facts are bits of 32");

const char *
event_fact_name(enum event_fact fact)
{
	return names[fact];
}

bool
event_fact_parse(struct slice name, enum event_fact *out)
{
	for (int i = 0; i < FACT_COUNT; i++) {
		if (!slice_eq(name, slice_cstr(names[i])))
			continue;
		*out = (enum event_fact)i;
		return true;
	}
	return false;
}

/* The column that tells a fact; EV_COLUMNS: none. */
static enum event_column
column_of(enum event_fact fact)
{
	switch (fact) {
	case FACT_COUNTRY:
		return EV_COUNTRY;
	case FACT_ASN:
		return EV_ASN;
	case FACT_AS_ORG:
		return EV_AS_ORG;
	default:
		return EV_COLUMNS;
	}
}

struct fact
event_fact(const struct event *event, enum event_fact fact)
{
	enum event_column column = column_of(fact);

	if (event->facts && event->facts->list[fact].state != FACT_UNKNOWN)
		return event->facts->list[fact];
	if (column == EV_COLUMNS)
		return (struct fact){0};
	if (event->col[column].len)
		return (struct fact){FACT_KNOWN, event->col[column]};
	return (struct fact){
	    .state = event->col[EV_IP].len ? FACT_UNKNOWN : FACT_ABSENT};
}

void
event_facts_add(struct buf *out, uint32_t facts)
{
	const char *before = "firn.";

	for (int i = 0; i < FACT_COUNT; i++) {
		if (!(facts >> i & 1))
			continue;
		buf_str(out, before);
		buf_str(out, names[i]);
		before = ", firn.";
	}
}

void
event_facts_json(struct buf *out, const char *key, uint32_t facts)
{
	size_t list = json_open(out, key, '[');

	for (int i = 0; i < FACT_COUNT; i++) {
		char name[64];

		if (!(facts >> i & 1))
			continue;
		snprintf(name, sizeof(name), "firn.%s", names[i]);
		json_text(out, NULL, slice_cstr(name));
	}
	json_close(out, list);
}
