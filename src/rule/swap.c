#include "rule/swap.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"

struct rule_set {
	struct rules *rules;
	uint64_t number;
	atomic_uint held; /* by readers, and by the swap while in force */
};

/*
 * The lock covers the time between reading which set is in force and counting
 * oneself among those who hold it.  It is taken once a batch, not once a
 * record, so that it never matters.
 */
struct swap {
	pthread_mutex_t lock;
	struct rule_set *now;
	atomic_uint_fast64_t number;
};

static struct rule_set *
set_new(struct rules *rules, uint64_t number)
{
	struct rule_set *set = xcalloc(1, sizeof(*set));

	set->rules = rules;
	set->number = number;
	atomic_init(&set->held, 1);
	return set;
}

struct swap *
swap_new(struct rules *rules)
{
	struct swap *swap = xcalloc(1, sizeof(*swap));

	pthread_mutex_init(&swap->lock, NULL);
	swap->now = set_new(rules, 1);
	atomic_init(&swap->number, 1);
	return swap;
}

void
swap_free(struct swap *swap)
{
	if (!swap)
		return;
	rule_set_release(swap->now);
	pthread_mutex_destroy(&swap->lock);
	free(swap);
}

void
swap_put(struct swap *swap, struct rules *rules)
{
	struct rule_set *old, *set = set_new(rules, 0);

	pthread_mutex_lock(&swap->lock);
	old = swap->now;
	set->number = old->number + 1;
	swap->now = set;
	atomic_store_explicit(&swap->number, set->number, memory_order_release);
	pthread_mutex_unlock(&swap->lock);
	/* Freeing a large set takes a while: not under the lock. */
	rule_set_release(old);
}

struct rule_set *
swap_take(struct swap *swap)
{
	struct rule_set *set;

	pthread_mutex_lock(&swap->lock);
	set = swap->now;
	atomic_fetch_add_explicit(&set->held, 1, memory_order_relaxed);
	pthread_mutex_unlock(&swap->lock);
	return set;
}

void
rule_set_release(struct rule_set *set)
{
	unsigned held;

	if (!set)
		return;
	/* What others did with the set happens before it is freed. */
	held = atomic_fetch_sub_explicit(&set->held, 1, memory_order_acq_rel);
	assert(held);
	if (held > 1)
		return;
	rules_free(set->rules);
	free(set);
}

const struct rules *
rule_set_rules(const struct rule_set *set)
{
	return set->rules;
}

uint64_t
rule_set_number(const struct rule_set *set)
{
	return set->number;
}

uint64_t
swap_number(const struct swap *swap)
{
	return atomic_load_explicit(&swap->number, memory_order_acquire);
}
