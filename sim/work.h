#ifndef SIM_WORK_H
#define SIM_WORK_H

#include <stddef.h>
#include <stdint.h>

#include "gen.h"

/*
 * work - an ordinary hour: what everyone, the apps and the service itself do.
 *
 * First the hour is planned, then each deed is made in the order of time.
 */
struct deed {
	uint32_t second; /* of the hour */
	uint32_t who;    /* a person; or a number that the act knows */
	uint16_t act;
};

struct work {
	struct deed *deeds; /* in order of time */
	size_t n;

	/* kept from hour to hour */
	struct deed *drawn;
	size_t size;
};

/* Plans the hour that begins then. */
void work_plan(struct work *work, const struct org *org, int64_t hour_us);

/* Makes the records of deed i of the hour. */
void
work_do(const struct work *work, size_t i, struct gen *gen, int64_t hour_us);
void work_release(struct work *work);

#endif
