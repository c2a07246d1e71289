#ifndef SIM_TENANT_H
#define SIM_TENANT_H

#include "attack_order.h"
#include "people.h"
#include "sink.h"
#include "story.h"

/*
 * tenant - the made-up tenant over time: ordinary work with attacks in it.
 *
 * Every hour is a function of the seed.  Records are put into the sink in the
 * order of time, one at a time; the same plan gives the same bytes.
 */
struct tenant_plan {
	uint64_t seed;
	uint32_t people;
	uint32_t days;
	int64_t start_us; /* a full hour, unless tenant_until() is used */
	const struct attack_orders *attacks; /* NULL: none */
	/* When the attacks are played; both 0: at some time in those days. */
	int64_t attack_from_us, attack_to_us;
};

struct tenant;

struct tenant *tenant_new(const struct tenant_plan *plan, struct sink *sink);
const struct org *tenant_org(const struct tenant *tenant);

/* The attacks that are played, in their order. */
const struct story *tenant_stories(const struct tenant *tenant, size_t *n);

/* Makes the records of all that happens from where it stands until then. */
void tenant_until(struct tenant *tenant, int64_t until_us);

/* The same for an hour. */
void tenant_hour(struct tenant *tenant);

/* The attacks' part alone. */
void tenant_attacks_until(struct tenant *tenant, int64_t until_us);

/*
 * Someone does one thing more at that time, which may be any: one after
 * another, the deeds of working days long past.
 */
void tenant_deed(struct tenant *tenant, int64_t time_us);
void tenant_free(struct tenant *tenant);

#endif
