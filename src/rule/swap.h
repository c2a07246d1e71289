#ifndef RULE_SWAP_H
#define RULE_SWAP_H

#include <stdint.h>

#include "rule/rules.h"

/*
 * swap - the rules in force, exchanged as a whole under those who match.
 *
 * A reader takes the set in force and keeps it as long as it likes, mostly for
 * a batch; what it holds is not freed under it.  Whoever holds no set sees the
 * new one with its next swap_take().  Any thread may call anything but
 * swap_free(), which is called last, by who made it; readers may outlive it.
 */
struct swap;
struct rule_set;

/* The rules become the swap's. */
struct swap *swap_new(struct rules *rules);
void swap_free(struct swap *swap);

/* Puts the rules, which become the swap's, in place of those in force. */
void swap_put(struct swap *swap, struct rules *rules);

/*
 * The set in force, held until rule_set_release(), which frees it if it was
 * put out of force and nobody else holds it.
 */
struct rule_set *swap_take(struct swap *swap);
void rule_set_release(struct rule_set *set);

const struct rules *rule_set_rules(const struct rule_set *set);

/*
 * How many sets there have been, from 1: tells a reader that keeps one whether
 * there is a newer, without a lock.
 */
uint64_t swap_number(const struct swap *swap);
uint64_t rule_set_number(const struct rule_set *set);

#endif
