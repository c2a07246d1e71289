#ifndef LEDGER_DELIVERIES_H
#define LEDGER_DELIVERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/wal.h"

/*
 * deliveries - how far each delivery has been taken in.
 *
 * About 60 bytes each, for as long as one is open, or closed and not sealed.
 * One thread.
 */
struct deliveries;

struct delivery {
	unsigned char name[16];
	uint64_t index; /* of the record that opened it: its number */
	uint64_t consumed;
	uint64_t durable; /* of that */
	bool closed;
	uint64_t closing; /* of the record that closed it */
};

struct deliveries *deliveries_new(void);
void deliveries_free(struct deliveries *deliveries);

/*
 * Adds one whose number is greater than all before.  Where a name comes again,
 * the later one is found by it.
 */
void deliveries_add(struct deliveries *deliveries, const unsigned char name[16],
    uint64_t index);

/* Both give NULL if there is none; good until the next addition. */
struct delivery *deliveries_named(
    const struct deliveries *deliveries, const unsigned char name[16]);
struct delivery *
deliveries_at(const struct deliveries *deliveries, uint64_t index);

/*
 * How far those are durable that are open when the ledger has `size` records,
 * in their order; release with free().
 */
struct wal_mark *deliveries_marks(
    const struct deliveries *deliveries, uint64_t size, size_t *count);

/* Drops those whose closing record stands before `end`. */
void deliveries_forget(struct deliveries *deliveries, uint64_t end);

#endif
