#include "tenant.h"

#include <stdlib.h>

#include "attack_deed.h"
#include "attack_run.h"
#include "base/alloc.h"
#include "day.h"
#include "work.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US   (3600 * SECOND_US)
#define DAY_US    (24 * HOUR_US)

/* The records of attacks, made before time begins. */
struct store {
	struct sink sink;
	struct sim_record *records; /* available_us holds their order so far */
	size_t n, size;
	struct arena text;
};

struct tenant {
	struct org org;
	struct gen gen;
	struct work work;
	struct store store;
	size_t next; /* of store.records */
	struct story stories[ATTACK_ORDERS_MAX];
	size_t n_stories;
	struct cast cast;
	struct sink *out;
	int64_t now_us;  /* what happens before is made */
	int64_t hour_us; /* which work is planned for */
	bool planned;
	size_t deed; /* of work */

	/* for tenant_deed() */
	struct work busy;
	int64_t busy_us;
	size_t busy_deed;
};

/*
 * Monday, 2020-01-13, 8:00 UTC, long before any tenant's time, and no holiday
 * anywhere for two weeks.
 */
#define BUSY_START_US (INT64_C(1578902400) * SECOND_US)
#define BUSY_HOURS    8

static void
store_put(struct sink *sink, const struct sim_record *record)
{
	struct store *store = (struct store *)(void *)sink;
	struct sim_record *kept;

	if (store->n == store->size) {
		store->size = store->size ? store->size * 2 : 1024;
		store->records = xrealloc(
		    store->records, store->size * sizeof(*store->records));
	}
	kept = &store->records[store->n];
	*kept = *record;
	kept->available_us = (int64_t)store->n++;
	kept->id = arena_copy(&store->text, record->id);
	kept->user = arena_copy(&store->text, record->user);
	kept->operation = arena_copy(&store->text, record->operation);
	kept->bytes = arena_copy(&store->text, record->bytes);
	kept->truth.facts = arena_copy(&store->text, record->truth.facts);
}

static int
by_time(const void *a, const void *b)
{
	const struct sim_record *x = a, *y = b;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return x->available_us < y->available_us ? -1 : 1;
}

/* When it is played, and what follows if the tenant defends itself. */
static void
set_period(struct scene *scene, const struct attack *attack,
    const struct tenant_plan *plan)
{
	struct measure measure = {0};
	int64_t length = plan->days * DAY_US, left = 0;
	bool defended = scene->with.value[WITH_CONTAIN] != CONTAIN_NONE;

	scene->from_us = plan->start_us + length / 100 * attack->from;
	scene->to_us = plan->start_us + length / 100 * attack->to;
	if (defended) {
		/* so that days without the intruder follow */
		scene->from_us = plan->start_us + length / 250 * attack->from;
		scene->to_us = scene->from_us + length / 4;
		left = length * 3 / 20;
	}
	if (plan->attack_from_us) {
		scene->from_us = plan->attack_from_us;
		scene->to_us = plan->attack_to_us;
		left = (scene->to_us - scene->from_us) / 3;
		scene->to_us -= defended ? left : 0;
	}
	if (!defended)
		left = 0;
	scene->defend_us = scene->to_us + left / 2;
	scene->back_us = scene->to_us + left;
	scene->now_us = scene->from_us;
	deed_measure(attack->steps, attack, &scene->with, &measure);
	/* a good part of the period is for what is done in between */
	scene->share = (double)(scene->to_us - scene->from_us) * 0.4 /
	               (measure.waits * SECOND_US + 1);
	if (scene->share > 1)
		scene->share = 1;
}

static void
play_attack(struct tenant *tenant, const struct tenant_plan *plan,
    const struct attack_order *order)
{
	const struct attack *attack = order->attack;
	struct story *story = &tenant->stories[tenant->n_stories++];
	struct gen *gen = &tenant->gen;
	struct scene scene = {.gen = gen,
	    .org = &tenant->org,
	    .story = story,
	    .cast = &tenant->cast};

	story->attack = attack->name;
	story->number = order->number;
	scene.seed = rng_mix(tenant->org.seed, attack->key);
	if (order->number > 1)
		scene.seed = rng_mix(scene.seed, order->number);
	if (order->seed)
		scene.seed = rng_mix(scene.seed, order->seed);
	scene.rng.state = scene.seed;
	attack_order_settle(order, scene.seed, &scene.with);
	attack_with_add(&story->parameters, attack, &scene.with);
	set_period(&scene, attack, plan);
	gen->truth =
	    (struct truth){.attack = story->attack, .number = story->number};
	gen->story = story;
	attack_play(attack, &scene);
	gen->org = &tenant->org;
}

static void
play_attacks(struct tenant *tenant, const struct tenant_plan *plan)
{
	struct gen *gen = &tenant->gen;

	gen->sink = &tenant->store.sink;
	for (size_t i = 0; plan->attacks && i < plan->attacks->n; i++)
		play_attack(tenant, plan, &plan->attacks->list[i]);
	gen->truth = (struct truth){0};
	gen->story = NULL;
	gen->stories = tenant->stories;
	gen->n_stories = tenant->n_stories;
	if (tenant->store.n > 0)
		qsort(tenant->store.records, tenant->store.n,
		    sizeof(*tenant->store.records), by_time);
}

struct tenant *
tenant_new(const struct tenant_plan *plan, struct sink *sink)
{
	struct tenant *tenant = xcalloc(1, sizeof(*tenant));

	org_init(&tenant->org, plan->seed, plan->people);
	gen_init(&tenant->gen, &tenant->org, sink);
	tenant->out = sink;
	tenant->now_us = plan->start_us;
	tenant->hour_us = plan->start_us / HOUR_US * HOUR_US;
	tenant->busy_us = BUSY_START_US;
	tenant->store.sink.put = store_put;
	tenant->store.sink.wants = sink->wants;
	play_attacks(tenant, plan);
	tenant->gen.sink = sink;
	return tenant;
}

const struct org *
tenant_org(const struct tenant *tenant)
{
	return &tenant->org;
}

const struct story *
tenant_stories(const struct tenant *tenant, size_t *n)
{
	*n = tenant->n_stories;
	return tenant->stories;
}

void
tenant_attacks_until(struct tenant *tenant, int64_t until_us)
{
	const struct store *store = &tenant->store;

	while (tenant->next < store->n &&
	       store->records[tenant->next].time_us < until_us) {
		struct sim_record record = store->records[tenant->next++];

		record.available_us = record.time_us;
		tenant->out->put(tenant->out, &record);
	}
}

/* What is planned for the hour and happens before then. */
static void
do_hour(struct tenant *tenant, int64_t until_us)
{
	const struct work *work = &tenant->work;

	for (; tenant->deed < work->n && !tenant->out->full; tenant->deed++) {
		int64_t time_us = tenant->hour_us +
		                  work->deeds[tenant->deed].second * SECOND_US;

		if (time_us >= until_us)
			return;
		tenant_attacks_until(tenant, time_us);
		if (time_us >= tenant->now_us)
			work_do(
			    work, tenant->deed, &tenant->gen, tenant->hour_us);
	}
}

void
tenant_until(struct tenant *tenant, int64_t until_us)
{
	while (tenant->now_us < until_us && !tenant->out->full) {
		int64_t hour_end_us = tenant->hour_us + HOUR_US;
		int64_t end_us =
		    until_us < hour_end_us ? until_us : hour_end_us;

		if (!tenant->planned) {
			work_plan(&tenant->work, &tenant->org, tenant->hour_us);
			tenant->planned = true;
			tenant->deed = 0;
		}
		do_hour(tenant, end_us);
		tenant_attacks_until(tenant, end_us);
		tenant->now_us = end_us;
		if (end_us == hour_end_us) {
			tenant->hour_us = hour_end_us;
			tenant->planned = false;
		}
	}
}

void
tenant_hour(struct tenant *tenant)
{
	tenant_until(tenant, tenant->now_us + HOUR_US);
}

/* The next working hour with something to do. */
static void
plan_busy(struct tenant *tenant)
{
	do {
		int64_t day = tenant->busy_us / DAY_US;

		work_plan(&tenant->busy, &tenant->org, tenant->busy_us);
		tenant->busy_us += HOUR_US;
		if (tenant->busy_us % DAY_US / HOUR_US < 8 + BUSY_HOURS)
			continue;
		/* 1970-01-01 was a Thursday */
		day += (day + 4) % 7 == 5 ? 3 : 1;
		tenant->busy_us = day * DAY_US + 8 * HOUR_US;
	} while (tenant->busy.n == 0);
	tenant->busy_deed = 0;
}

void
tenant_deed(struct tenant *tenant, int64_t time_us)
{
	const struct work *busy = &tenant->busy;
	const struct deed *deed;

	if (tenant->busy_deed == busy->n)
		plan_busy(tenant);
	deed = &busy->deeds[tenant->busy_deed++];
	gen_at(&tenant->gen, time_us,
	    rng_mix(rng_mix(tenant->org.seed, (uint64_t)tenant->busy_us),
	        tenant->busy_deed));
	day_do(&tenant->gen, (enum act)deed->act, deed->who);
}

void
tenant_free(struct tenant *tenant)
{
	if (!tenant)
		return;
	work_release(&tenant->work);
	work_release(&tenant->busy);
	gen_release(&tenant->gen);
	arena_release(&tenant->store.text);
	free(tenant->cast.taken);
	for (size_t i = 0; i < tenant->n_stories; i++)
		story_release(&tenant->stories[i]);
	free(tenant->store.records);
	free(tenant);
}
