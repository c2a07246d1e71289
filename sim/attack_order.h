#ifndef SIM_ATTACK_ORDER_H
#define SIM_ATTACK_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * attack_order - which attacks are to be played, and with what.
 *
 * NAME is played plainly.  NAME:KEY=VALUE,... is played so, and what the list
 * leaves out is drawn by the seed; NAME:draw leaves all of it out.
 */
enum attack_id {
	ATTACK_MIDNIGHT_BLIZZARD,
	ATTACK_FORGED_TOKEN,
	ATTACK_DEVICE_CODE,
	ATTACK_TOKEN_THEFT,
	ATTACK_CONSENT,
	ATTACK_BEC,
	ATTACK_INSIDER,
	ATTACK_AUDIT_TAMPERING,
	ATTACK_COUNT,
};

enum attack_parameter {
	WITH_VARIANT,     /* by which interface an app or token reads mail */
	WITH_CONTAIN,     /* what the tenant does afterwards */
	WITH_OWNER,       /* whether the victim works meanwhile */
	WITH_BACKGROUND,  /* the suite's own clients read the same mailbox */
	WITH_SYNC,        /* folders are taken as a whole, too */
	WITH_THROTTLE,    /* so much is read that the log stops */
	WITH_REPEATS,     /* the same is read again within the hour */
	WITH_ATTACHMENTS, /* an app opens attachments, too */
	WITH_COUNT,
};

enum { VARIANT_GRAPH, VARIANT_EWS };
enum { CONTAIN_NONE, CONTAIN_PARTIAL, CONTAIN_FULL };

/* 0 is the plain value of each. */
struct attack_with {
	unsigned char value[WITH_COUNT];
};

#define ATTACK_UNSAID 255

struct attack_order {
	enum attack_id id;
	unsigned number; /* which playing of that attack, from 1 */
	bool drawn;      /* what is unsaid is drawn, else plain */
	uint64_t seed;   /* of its own; 0: that of the tenant */
	struct attack_with said;
};

#define ATTACK_ORDERS_MAX 64

struct attack_orders {
	struct attack_order list[ATTACK_ORDERS_MAX];
	size_t n;
};

/* Adds what a list says, such as "bec:contain=full,owner=busy,consent". */
int attack_orders_add(
    struct attack_orders *orders, struct slice list, struct err *err);

/* What it is played with, by that seed. */
void attack_order_settle(
    const struct attack_order *order, uint64_t seed, struct attack_with *out);

/* Members of a JSON object: those parameters that the attack has. */
void attack_with_add(
    struct buf *out, enum attack_id id, const struct attack_with *with);

/* Prints the parameters, a line each. */
void attack_parameters_help(void);

#endif
