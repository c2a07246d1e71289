#include <string.h>

#include "attack_deed.h"

/* What a flood of reads comes to, see attack_mail.c. */
#define FLOOD_WEIGHT 1100

/* The most that it can be; 1 where nothing is said. */
static uint64_t
at_most(const struct attack_deed *deed, const char *name,
    const struct attack *attack, const struct attack_with *with)
{
	const struct arg *arg = deed_arg(deed, name);
	uint64_t most = arg->n ? 0 : 1;

	for (uint32_t i = 0; i < arg->n; i++) {
		int p = arg->items[i].parameter;
		uint64_t n = p < 0  ? arg->items[i].to
		             : with ? with->value[p]
		                    : attack->parameters[p].to;

		most = n > most ? n : most;
	}
	return most;
}

static bool
has_arg(const struct deed_row *row, const char *name)
{
	for (size_t i = 0; row->args[i].name; i++)
		if (!strcmp(row->args[i].name, name))
			return true;
	return false;
}

/* How often what is under it happens, or it itself: `times` or a list. */
static uint64_t
repeats_of(const struct attack_deed *deed, const struct attack *attack,
    const struct attack_with *with)
{
	const struct deed_row *row = deed->row;
	const struct item *item = deed->args[0].items;

	if (row->args[0].kind == ARG_WHEN && with) {
		for (uint32_t i = 0; i < deed->args[0].n; i++)
			if (with->value[item[i].parameter] != item[i].from)
				return 0;
	}
	if (row->flags & DEED_EACH)
		return deed->args[0].n;
	if (row->flags & DEED_FLOOD)
		return FLOOD_WEIGHT;
	if (!strcmp(row->name, "repeat"))
		return at_most(deed, "repeat", attack, with);
	if (row->flags & DEED_PERSON && has_arg(row, "count"))
		return at_most(deed, "count", attack, with);
	return has_arg(row, "times") ? at_most(deed, "times", attack, with) : 1;
}

/* Of the list that is taken in turn, each its share. */
static double
long_waits(const struct attack_deed *deed, const struct attack *attack,
    const struct attack_with *with)
{
	const struct arg *arg = deed_arg(deed, "wait");
	double sum = 0;

	for (uint32_t i = 0; i < arg->n; i++) {
		int p = arg->items[i].parameter;
		uint32_t most = p < 0  ? arg->items[i].to
		                : with ? with->value[p]
		                       : attack->parameters[p].to;

		sum += most >= WAIT_LONG_SECONDS ? most : 0;
	}
	return arg->n ? sum / arg->n : 0;
}

static void
measure_list(const struct attack_deed *deeds, const struct attack *attack,
    const struct attack_with *with, struct measure *m, uint64_t times)
{
	for (const struct attack_deed *d = deeds; d && !m->over; d = d->next) {
		uint64_t n = times * repeats_of(d, attack, with);

		if (n == 0)
			continue;
		m->played += n;
		m->people += d->row->flags & DEED_PERSON ? n : 0;
		if (has_arg(d->row, "wait"))
			m->waits += (double)n * long_waits(d, attack, with);
		if (m->played > DEEDS_PLAYED_MAX ||
		    m->people > DEED_PEOPLE_MAX) {
			m->over = d;
			return;
		}
		for (size_t i = 0; d->row->args[i].name; i++)
			if (d->args[i].deeds)
				measure_list(
				    d->args[i].deeds, attack, with, m, n);
	}
}

void
deed_measure(const struct attack_deed *deeds, const struct attack *attack,
    const struct attack_with *with, struct measure *measure)
{
	measure_list(deeds, attack, with, measure, 1);
}
