#ifndef SIM_ATTACK_ORDER_H
#define SIM_ATTACK_ORDER_H

#include "attack.h"
#include "base/buf.h"

/*
 * attack_order - which attacks are to be played, and with what.
 *
 * NAME is played plainly, NAME.yaml is a scenario in a file. NAME:KEY=VALUE,...
 * is played so, and what the list leaves out is drawn by the seed; NAME:draw
 * leaves all of it out.
 */

/* No value of a parameter. */
#define ATTACK_UNSAID UINT32_MAX

struct attack_order {
	const struct attack *attack;
	unsigned number; /* which playing of that attack, from 1 */
	bool drawn;      /* what is unsaid is drawn, else plain */
	uint64_t seed;   /* of its own; 0: that of the tenant */
	struct attack_with said;
};

#define ATTACK_ORDERS_MAX   64
#define ATTACK_BUILTINS_MAX 16

struct attack_orders {
	struct attack_order list[ATTACK_ORDERS_MAX];
	size_t n;

	/* what has been read: those of the program, then those of files */
	struct attack *attacks[ATTACK_BUILTINS_MAX + ATTACK_ORDERS_MAX];
	size_t n_builtin, n_attacks;
};

/* After this nothing of an order may be used, nor what was played by it. */
void attack_orders_release(struct attack_orders *orders);

/* Adds what a list says, such as "bec:contain=full,owner=busy,consent". */
int attack_orders_add(
    struct attack_orders *orders, struct slice list, struct err *err);

/* What it is played with, by that seed. */
void attack_order_settle(
    const struct attack_order *order, uint64_t seed, struct attack_with *out);

/* Members of a JSON object: those parameters that the attack has. */
void attack_with_add(struct buf *out, const struct attack *attack,
    const struct attack_with *with);

/* Prints the attacks of the program and their parameters. */
void attack_orders_help(void);

#endif
