#include "tenant.h"

#include <stdlib.h>

#include "base/alloc.h"
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
	struct sink *out;
	int64_t hour_us;
};

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
}

static int
by_time(const void *a, const void *b)
{
	const struct sim_record *x = a, *y = b;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return x->available_us < y->available_us ? -1 : 1;
}

static void
play_attacks(struct tenant *tenant, const struct tenant_plan *plan)
{
	int64_t length = plan->days * DAY_US;

	tenant->gen.sink = &tenant->store.sink;
	for (unsigned i = 0; i < ATTACK_COUNT; i++) {
		struct scene scene = {.gen = &tenant->gen, .org = &tenant->org};

		if (!(plan->attacks >> i & 1))
			continue;
		scene.seed = rng_mix(tenant->org.seed, 0xa77ac4 + i);
		scene.rng.state = scene.seed;
		scene.from_us = plan->start_us + length / 100 * attacks[i].from;
		scene.to_us = plan->start_us + length / 100 * attacks[i].to;
		scene.now_us = scene.from_us;
		tenant->gen.truth = (struct truth){.attack = attacks[i].name};
		attacks[i].play(&scene);
	}
	tenant->gen.truth = (struct truth){0};
	tenant->gen.org = &tenant->org;
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
	tenant->hour_us = plan->start_us;
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

static void
put_attacks(struct tenant *tenant, int64_t until_us)
{
	const struct store *store = &tenant->store;

	while (tenant->next < store->n &&
	       store->records[tenant->next].time_us < until_us) {
		struct sim_record record = store->records[tenant->next++];

		record.available_us = record.time_us;
		tenant->out->put(tenant->out, &record);
	}
}

void
tenant_hour(struct tenant *tenant)
{
	struct work *work = &tenant->work;

	work_plan(work, &tenant->org, tenant->hour_us);
	for (size_t i = 0; i < work->n && !tenant->out->full; i++) {
		put_attacks(tenant,
		    tenant->hour_us + work->deeds[i].second * SECOND_US);
		work_do(work, i, &tenant->gen, tenant->hour_us);
	}
	tenant->hour_us += HOUR_US;
	put_attacks(tenant, tenant->hour_us);
}

void
tenant_free(struct tenant *tenant)
{
	if (!tenant)
		return;
	work_release(&tenant->work);
	gen_release(&tenant->gen);
	arena_release(&tenant->store.text);
	free(tenant->store.records);
	free(tenant);
}
