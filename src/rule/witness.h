#ifndef RULE_WITNESS_H
#define RULE_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/slice.h"
#include "rule/literals.h"
#include "rule/set.h"

/*
 * witness - what a record must show before a rule can be true of it.
 *
 * A witness of a rule is a set of atoms of which at least one holds whenever
 * the rule is true, or undecided for want of a fact: a field has a value
 * (compared without case), a value of a field contains a text, or a field is
 * there at all.  The tables map atoms to rules by hash alone; a collision only
 * costs an evaluation, since every rule it announces is evaluated exactly.
 *
 * Of the witnesses that a rule's condition offers, the one is chosen that is
 * likely to be seen least often, by what the rules beside it look for.
 */
struct atom {
	uint64_t hash;
	uint32_t field;
	struct literal literal; /* its text empty: a value, or presence */
};

/* A set of atoms; `none` is the witness of what may be true of anything. */
struct witness {
	bool none;
	uint64_t cost;
	struct atom *list; /* in the scratch arena */
	size_t count, size;
};

/* How many rules name an atom: what many name announces many for nothing. */
struct uses {
	struct use {
		uint64_t hash;
		uint32_t count;
	} * table;
	size_t size, count;
};

/*
 * A double that is whole has the atom of that integer, too, up to this many.
 * Beyond, several integers are equal to one double: those have no atoms.
 */
#define WITNESS_WHOLE_MAX INT64_C(1000000000000000)

/* Atoms that are made for one rule; what names more is always looked at. */
#define ATOMS_MAX 1000000

/* Chooses for the rules of one plan; all of them are counted first. */
struct chooser {
	struct rules *rules;
	/* Of the rule at hand: true anyway, so no witness of anything. */
	const struct node *when;
	struct arena *scratch; /* where witnesses live */
	struct uses uses;
	uint32_t *field_uses; /* atoms on each field */
	uint32_t *pieces;     /* how many literals have each, about */
	bool counting;
	size_t atoms_left; /* that the rule at hand may still name */
};

void chooser_init(
    struct chooser *chooser, struct rules *rules, struct arena *scratch);
void chooser_count(struct chooser *chooser, const struct rule *rule);

/*
 * The witnesses that a rule has, all of which must be seen, in the scratch
 * arena; none if it is to be looked at always.  The best stands first.
 */
struct witnesses {
	struct witness *list;
	size_t count, size;
};

struct witnesses
chooser_choose(struct chooser *chooser, const struct rule *rule);
/* The best of a mapping's condition, which need not be counted before. */
struct witness
chooser_choose_when(struct chooser *chooser, const struct node *when);

void chooser_release(struct chooser *chooser);

/* The hashes of atoms; never 0.  `hash` is that of the folded value,
 * by the set's seed. */
static inline uint64_t
witness_value(uint32_t field, uint64_t hash)
{
	return hash_mix(hash ^ 0xe7037ed1a0b428dbu,
	           (field + 1) * 0x9e3779b97f4a7c15u) |
	       1;
}

/* Of the three kinds of hashes. */
static inline bool
witness_is_value(uint64_t hash)
{
	return hash & 1;
}

static inline uint64_t
witness_present(uint32_t field)
{
	return (hash_mix(field + 1, 0xe7037ed1a0b428dbu) & ~(uint64_t)1) | 2;
}

static inline uint64_t
witness_literal(uint32_t field, const struct literal *literal)
{
	uint64_t seed = field * UINT64_C(4) + (uint64_t)literal->at;
	uint64_t h = hash64(literal->text, seed * 0xa0761d6478bd642fu);

	return (h & ~(uint64_t)3) | 4;
}

/* The place of a hash in atoms->bits: other bits than those of its slot. */
static inline uint64_t
witness_bit(const struct atoms *atoms, uint64_t hash)
{
	return hash >> (64 - atoms->bits_log);
}

#endif
