#ifndef SIM_TENANT_H
#define SIM_TENANT_H

#include "attack.h"
#include "people.h"
#include "sink.h"

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
	int64_t start_us; /* midnight UTC */
	unsigned attacks; /* bit per enum attack_id */
};

struct tenant;

struct tenant *tenant_new(const struct tenant_plan *plan, struct sink *sink);
const struct org *tenant_org(const struct tenant *tenant);

/* Makes the records of the next hour. */
void tenant_hour(struct tenant *tenant);
void tenant_free(struct tenant *tenant);

#endif
