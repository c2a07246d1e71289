#include "finding/report_group.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/fold.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "event/write.h"
#include "finding/report.h"

#define SIZE_FIRST 1024

/* At most GROUP_TEXT_MAX bytes of s, not cut inside a character. */
static struct slice
bounded(struct slice s)
{
	size_t n = GROUP_TEXT_MAX;

	if (s.len <= n)
		return s;
	while (n > GROUP_TEXT_MAX - 4 && (s.ptr[n] & 0xc0) == 0x80)
		n--;
	return slice_of(s.ptr, n);
}

static struct slice
keep(struct groups *groups, struct slice s)
{
	return s.len ? arena_copy(&groups->arena, bounded(s)) : SLICE("");
}

/* --- the table --- */

static size_t
slot_of(const struct groups *groups, const struct rule_meta *rule,
    struct slice folded, uint64_t hash)
{
	size_t at = hash & (groups->size - 1);

	for (;; at = (at + 1) & (groups->size - 1)) {
		const struct group *group = groups->table[at];

		if (!group || (group->hash == hash && group->rule == rule &&
		                  slice_eq(group->folded, folded)))
			return at;
	}
}

static void
grow(struct groups *groups)
{
	struct group **old = groups->table;
	size_t old_size = groups->size;

	if (!old_size && getrandom(&groups->seed, sizeof(groups->seed), 0) < 0)
		groups->seed = 0;
	groups->size = old_size ? old_size * 2 : SIZE_FIRST;
	groups->table = xcalloc(groups->size, sizeof(struct group *));
	for (size_t i = 0; i < old_size; i++) {
		struct group *group = old[i];

		if (group)
			groups->table[slot_of(groups, group->rule,
			    group->folded, group->hash)] = group;
	}
	free(old);
}

static struct group *
group_new(struct groups *groups, const struct rule_meta *rule,
    struct slice entity, struct slice folded)
{
	struct group *group =
	    arena_calloc(&groups->arena, 1, sizeof(struct group));

	group->rule = rule;
	group->entity = keep(groups, entity);
	group->folded =
	    slice_eq(entity, folded) ? group->entity : keep(groups, folded);
	group->first_us = EVENT_NO_TIME;
	group->last_us = EVENT_NO_TIME;
	group->places_end = &group->places;
	group->proofs_end = &group->proofs;
	return group;
}

/* True of an app that the event names by its id alone. */
static bool
is_app_id(const struct event *event)
{
	return slice_eq(event->col[EV_ACTOR_TYPE], SLICE("app")) &&
	       !event->col[EV_ACTOR_NAME].len && !event->col[EV_APP_NAME].len;
}

/* The finding's group, made if needed; NULL if there are too many. */
static struct group *
group_of(struct groups *groups, const struct finding *finding)
{
	size_t max = groups->count_max ? groups->count_max : REPORT_GROUPS_MAX;
	struct slice entity = bounded(finding_entity(finding));
	char room[GROUP_TEXT_MAX + GROUP_TEXT_MAX / 2 + 8];
	struct slice folded;
	const void *rule = finding->rule;
	uint64_t hash;
	size_t slot;

	if (groups->count * 2 >= groups->size)
		grow(groups);
	folded = bounded(slice_of(room, fold_bytes(entity, room)));
	hash =
	    hash64(folded, hash64(slice_of(&rule, sizeof(rule)), groups->seed));
	slot = slot_of(groups, finding->rule, folded, hash);
	if (!groups->table[slot]) {
		if (groups->count == max)
			return NULL;
		groups->table[slot] =
		    group_new(groups, finding->rule, entity, folded);
		groups->table[slot]->hash = hash;
		groups->table[slot]->app_id =
		    !finding->window && is_app_id(finding->event);
		groups->count++;
	}
	return groups->table[slot];
}

/* --- what a group remembers --- */

static void
add_place(struct groups *groups, struct group *group, const struct event *event)
{
	struct slice ip = bounded(event->col[EV_IP]);
	struct group_place *place = group->places;

	if (!ip.len)
		return;
	while (place && !slice_eq(place->ip, ip))
		place = place->next;
	if (place)
		return;
	if (group->place_count == GROUP_PLACES_MAX) {
		group->more_places = true;
		return;
	}
	place = arena_calloc(&groups->arena, 1, sizeof(*place));
	place->ip = keep(groups, ip);
	place->country = keep(groups, event->col[EV_COUNTRY]);
	*group->places_end = place;
	group->places_end = &place->next;
	group->place_count++;
}

static void
add_why(struct groups *groups, struct group_proof *proof,
    const struct finding *finding)
{
	size_t n = finding->why_count;

	if (n > GROUP_WHY_MAX)
		n = GROUP_WHY_MAX;
	proof->why = arena_calloc(&groups->arena, n, sizeof(*proof->why));
	proof->why_count = n;
	for (size_t i = 0; i < n; i++) {
		const struct rule_reason *why = &finding->why[i];

		proof->why[i].field =
		    keep(groups, why->field.len ? why->field : why->identifier);
		proof->why[i].value = keep(groups, why->value);
	}
}

static void
add_proof(
    struct groups *groups, struct group *group, const struct finding *finding)
{
	const struct event *event = finding->event;
	struct group_proof *proof;
	struct slice target = event->col[EV_TARGET_NAME];
	struct buf where = {0};

	if (!groups->with_proofs || group->proof_count == GROUP_PROOFS_MAX ||
	    groups->proof_count == GROUPS_PROOFS_MAX)
		return;
	if (!target.len)
		target = event->col[EV_TARGET_ID];
	proof = arena_calloc(&groups->arena, 1, sizeof(*proof));
	position_write(&where, &finding->position);
	proof->time_us = event->time_us;
	proof->position = keep(groups, buf_slice(&where));
	proof->id = keep(groups, event->col[EV_ID]);
	proof->operation = keep(groups, event->col[EV_OPERATION]);
	proof->target = keep(groups, target);
	proof->ip = keep(groups, event->col[EV_IP]);
	proof->country = keep(groups, event->col[EV_COUNTRY]);
	add_why(groups, proof, finding);
	*group->proofs_end = proof;
	group->proofs_end = &proof->next;
	group->proof_count++;
	groups->proof_count++;
	buf_release(&where);
}

void
groups_add(struct groups *groups, const struct finding *finding)
{
	struct group *group = group_of(groups, finding);
	int64_t time_us = finding_time(finding), start_us = time_us;

	if (finding->window)
		start_us = finding->window->start_us;
	names_learn(&groups->names, finding->event);
	if (!group) {
		groups->left++;
		return;
	}
	group->count++;
	if (time_us != EVENT_NO_TIME) {
		if (group->first_us == EVENT_NO_TIME ||
		    start_us < group->first_us)
			group->first_us = start_us;
		if (time_us > group->last_us)
			group->last_us = time_us;
	}
	add_place(groups, group, finding->event);
	add_proof(groups, group, finding);
}

/* --- order --- */

static int
compare_slices(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int
compare_groups(const void *left, const void *right)
{
	const struct group *a = *(const struct group *const *)left;
	const struct group *b = *(const struct group *const *)right;
	int order;

	if (a->rule->level != b->rule->level)
		return a->rule->level > b->rule->level ? -1 : 1;
	if (a->last_us != b->last_us)
		return a->last_us > b->last_us ? -1 : 1;
	order = compare_slices(a->rule->title, b->rule->title);
	if (!order)
		order = compare_slices(a->folded, b->folded);
	return order ? order : compare_slices(a->rule->id, b->rule->id);
}

struct group **
groups_sorted(const struct groups *groups)
{
	struct group **list =
	    xcalloc(groups->count + 1, sizeof(struct group *));
	size_t n = 0;

	for (size_t i = 0; i < groups->size; i++)
		if (groups->table[i])
			list[n++] = groups->table[i];
	qsort(list, n, sizeof(struct group *), compare_groups);
	for (size_t i = 0; i < n; i++)
		list[i]->name = names_of(&groups->names, list[i]->entity);
	return list;
}

/* --- one group a rule --- */

struct place_in_list {
	const struct rule_meta *rule;
	size_t at;
};

static int
compare_places(const void *left, const void *right)
{
	const struct place_in_list *a = left, *b = right;

	/* Only to bring a rule's groups together: any order of rules does. */
	if (a->rule != b->rule)
		return (uintptr_t)a->rule < (uintptr_t)b->rule ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static void
fold_into(struct group *group, const struct group *other)
{
	group->count += other->count;
	group->others += 1 + other->others;
	/* Its own last is the last of all: it is the newest. */
	if (other->first_us != EVENT_NO_TIME &&
	    other->first_us < group->first_us)
		group->first_us = other->first_us;
}

size_t
groups_fold(struct group **list, size_t n, enum level most)
{
	struct place_in_list *places = xcalloc(n + 1, sizeof(*places));
	size_t low = 0, first = 0, kept = 0;

	for (size_t i = 0; i < n; i++)
		if (list[i]->rule->level <= most)
			places[low++] =
			    (struct place_in_list){list[i]->rule, i};
	qsort(places, low, sizeof(*places), compare_places);
	for (size_t i = 1; i < low; i++) {
		if (places[i].rule != places[first].rule) {
			first = i;
			continue;
		}
		fold_into(list[places[first].at], list[places[i].at]);
		list[places[i].at] = NULL;
	}
	for (size_t i = 0; i < n; i++)
		if (list[i])
			list[kept++] = list[i];
	free(places);
	return kept;
}

void
groups_release(struct groups *groups)
{
	free(groups->table);
	names_release(&groups->names);
	arena_release(&groups->arena);
	*groups = (struct groups){0};
}
