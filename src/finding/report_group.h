#ifndef FINDING_REPORT_GROUP_H
#define FINDING_REPORT_GROUP_H

#include <stdbool.h>

#include "base/arena.h"
#include "finding/finding.h"
#include "finding/report_names.h"

/*
 * report_group - findings gathered by rule and entity, for reports that show
 * them together.
 *
 * Everything kept is a copy in the groups' arena, cut to a bounded length, but
 * for the rules, which must outlive the groups.  One thread.  All zero is
 * valid and empty.
 */

#define GROUP_TEXT_MAX   512
#define GROUP_PLACES_MAX 8
#define GROUP_PROOFS_MAX 20
#define GROUP_WHY_MAX    8

/* Proofs kept over all groups together. */
#define GROUPS_PROOFS_MAX 100000

/* An address that the group's events came from. */
struct group_place {
	struct group_place *next;
	struct slice ip, country;
};

struct group_why {
	struct slice field, value;
};

/* One of the group's findings, where to look it up. */
struct group_proof {
	struct group_proof *next;
	int64_t time_us;
	struct slice position, id, operation, target, ip, country;
	struct group_why *why;
	size_t why_count;
};

struct group {
	const struct rule_meta *rule;
	struct slice entity; /* as it was spelled first; may be empty */
	struct slice folded;
	struct slice name; /* of an entity that is an id, where one is known */
	bool app_id;       /* the entity is the id of an app */
	uint64_t hash;
	uint64_t count;            /* findings */
	int64_t first_us, last_us; /* EVENT_NO_TIME if none has a time */
	struct group_place *places, **places_end;
	size_t place_count;
	bool more_places; /* than are kept */
	size_t others;    /* groups of the rule folded into this one */
	struct group_proof *proofs, **proofs_end;
	size_t proof_count;
};

struct groups {
	struct arena arena;
	struct names names;
	struct group **table; /* open addressing; size is a power of two */
	size_t size, count;
	uint64_t seed;
	uint64_t left; /* findings for which there was no group any more */
	bool with_proofs;
	size_t proof_count;
	size_t count_max; /* 0: REPORT_GROUPS_MAX */
};

void groups_add(struct groups *groups, const struct finding *finding);

/*
 * All groups, with the names that their ids have in any finding: highest level
 * first, in it the newest first.  For free(); as good as the groups.
 */
struct group **groups_sorted(const struct groups *groups);

/*
 * Folds those of the n groups that are of `most` or a lower level: what one
 * rule found becomes one group, the newest, with the counts and the time of
 * all.  Returns how many are left, in their order.
 */
size_t groups_fold(struct group **list, size_t n, enum level most);

void groups_release(struct groups *groups);

#endif
