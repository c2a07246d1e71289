#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../sim/attack_deed.h"
#include "../../sim/tenant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7 does not give back a quoted text that it refuses midway. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libfyaml\n";
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* More is as good, but slow. */
#define PLAYED_MAX 200

static void
need(bool good)
{
	if (!good)
		abort();
}

struct counter {
	struct sink sink;
	uint64_t records;
};

static void
count(struct sink *sink, const struct sim_record *record)
{
	struct counter *counter = (struct counter *)(void *)sink;

	(void)record;
	counter->records++;
}

/* However it is drawn, it ends, and makes no more than was measured. */
static void
play(struct attack *attack, uint64_t played)
{
	static struct attack_orders orders;
	struct counter counter = {.sink = {.put = count, .wants = UINT32_MAX}};
	struct tenant_plan plan = {.seed = 1,
	    .people = 20,
	    .days = 3,
	    .start_us = INT64_C(1791158400000000),
	    .attacks = &orders};
	struct tenant *tenant;

	orders.n = 1;
	orders.list[0] =
	    (struct attack_order){.attack = attack, .number = 1, .drawn = true};
	memset(&orders.list[0].said, 0xff, sizeof(orders.list[0].said));
	tenant = tenant_new(&plan, &counter.sink);
	tenant_attacks_until(tenant, INT64_MAX);
	/* a deed makes ten records at most, and the tenant defends itself */
	need(counter.records <= (played + 100) * 20);
	tenant_free(tenant);
}

/* It is good and bounded, or the mistake has a place. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = {0};
	struct attack *attack =
	    attack_read(slice_of(data, size), "f.yaml", &err);
	struct measure m = {0};

	if (!attack) {
		need(err.code != ERR_NONE && !strncmp(err.msg, "f.yaml:", 7));
		return 0;
	}
	need(attack->name && attack->help && attack->from < attack->to);
	deed_measure(attack->cast, attack, NULL, &m);
	deed_measure(attack->steps, attack, NULL, &m);
	for (size_t i = 0; i < attack->n_comebacks; i++)
		deed_measure(attack->comebacks[i].deeds, attack, NULL, &m);
	need(!m.over && m.played <= DEEDS_PLAYED_MAX);
	if (m.played <= PLAYED_MAX)
		play(attack, m.played);
	attack_free(attack);
	return 0;
}
