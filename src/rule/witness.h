#ifndef RULE_WITNESS_H
#define RULE_WITNESS_H

#include <stdint.h>

#include "base/hash.h"
#include "base/slice.h"
#include "rule/pattern.h"

/*
 * witness - what a record must show before a rule can be true of it.
 *
 * A witness of a rule is a set of atoms of which at least one holds whenever
 * the rule is true: a field has a value (compared without case), a value of a
 * field fits a pattern, or a field is there at all.  The index maps atoms to
 * rules by hash alone; a collision only costs an evaluation, since every rule
 * it announces is evaluated exactly.
 */

/* Never 0. */
static inline uint64_t
witness_value(uint32_t field, struct slice folded)
{
	return hash64(folded, field * 0x9e3779b97f4a7c15u) | 1;
}

static inline uint64_t
witness_present(uint32_t field)
{
	return (hash_mix(field + 1, 0xe7037ed1a0b428dbu) & ~(uint64_t)1) | 2;
}

/* Of equal patterns the same. */
static inline uint64_t
witness_pattern(uint32_t field, const struct pattern *pattern)
{
	uint64_t seed =
	    field * UINT64_C(16) + (uint64_t)pattern->form * 2 + pattern->cased;
	uint64_t h = hash64(pattern->text, seed * 0xa0761d6478bd642fu);

	for (size_t i = 0; i < pattern->seg_count; i++)
		h = hash64(pattern->segs[i].text, h + pattern->segs[i].type);
	return (h & ~(uint64_t)3) | 4;
}

#endif
