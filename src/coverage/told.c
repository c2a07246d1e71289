#include "coverage/told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "coverage/told_part.h"

static struct told *
make(const struct told_options *options)
{
	struct told *told = xcalloc(1, sizeof(*told));

	told->options = *options;
	told->paths = paths_new(options->events_max);
	told->fd = -1;
	told->deliveries = options->deliveries;
	/* Before what the file has: it takes no room for what is past. */
	paths_forget(told->paths, options->now_us - options->back_us);
	return told;
}

struct told *
told_new(const struct told_options *options)
{
	struct told *told = make(options);

	if (!options->dir || told_read(told))
		return told;
	told_free(told);
	told = make(options);
	told->from_us = options->begins ? 0 : options->now_us;
	return told;
}

void
told_free(struct told *told)
{
	if (!told)
		return;
	if (told->fd >= 0)
		close(told->fd);
	paths_free(told->paths);
	streams_release(&told->way_names);
	streams_release(&told->group_names);
	streams_release(&told->teller_names);
	free(told->tellers);
	buf_release(&told->fresh);
	free(told);
}

/* --- numbers --- */

bool
told_number_way(struct told *told, struct slice name, uint32_t *way)
{
	if (streams_find(&told->way_names, name, SLICE(""), way))
		return true;
	if (told->way_names.count == PATHS_MAX || name.len >= TOLD_NAME)
		return false;
	*way = streams_number(&told->way_names, name, SLICE(""));
	told_put_way(&told->fresh, told, *way);
	return true;
}

bool
told_find(const struct told *told, struct slice tenant, enum event_kind kind,
    uint32_t *group)
{
	return streams_find(&told->group_names,
	    slice_cstr(event_kind_name(kind)), tenant, group);
}

bool
told_number_group(
    struct told *told, struct slice tenant, enum event_kind kind, uint32_t *at)
{
	struct told_group *group;

	if (told_find(told, tenant, kind, at))
		return true;
	if (told->group_names.count == TOLD_GROUPS || tenant.len >= TOLD_NAME)
		return false;
	*at = streams_number(
	    &told->group_names, slice_cstr(event_kind_name(kind)), tenant);
	group = &told->groups[*at];
	group->kind = kind;
	group->tenant = told->group_names.list[*at].tenant;
	told_put_group(&told->fresh, told, *at);
	return true;
}

/* The texts of a new one are those of its name. */
bool
told_number_teller(struct told *told, const struct told_teller *one, size_t *at)
{
	size_t before = told->teller_names.count;
	struct slice source = slice_cstr(one->source), name;
	char text[TOLD_NAME + 32];
	struct told_teller *teller;
	uint32_t number;

	(void)snprintf(
	    text, sizeof(text), "%u/%u/%s", one->group, one->way, one->stream);
	if (streams_find(
	        &told->teller_names, source, slice_cstr(text), &number)) {
		*at = number;
		return true;
	}
	if (before == TOLD_TELLERS)
		return false;
	*at = streams_number(&told->teller_names, source, slice_cstr(text));
	if (before == told->teller_room) {
		told->teller_room = 2 * before + 16;
		told->tellers = xrealloc(
		    told->tellers, told->teller_room * sizeof(*told->tellers));
	}
	teller = &told->tellers[before];
	*teller = *one;
	teller->source = told->teller_names.list[before].source.ptr;
	name = told->teller_names.list[before].tenant;
	(void)slice_cut(&name, '/');
	(void)slice_cut(&name, '/');
	teller->stream = name.ptr;
	told_put_teller(&told->fresh, teller);
	return true;
}

void
told_since(struct told *told, uint32_t group, uint32_t way, uint32_t hour)
{
	struct told_group *of = &told->groups[group];
	const struct told_line line = {
	    TOLD_SINCE, (uint8_t)way, (uint16_t)group, hour};

	if ((of->ways >> way & 1) && of->since[way] <= hour)
		return;
	of->ways |= 1u << way;
	of->since[way] = hour;
	told_put_line(&told->fresh, &line);
}

/* --- what is told --- */

static bool
is_teller(const struct told_teller *teller, const struct told_teller *one)
{
	return teller->way == one->way && teller->group == one->group &&
	       !strcmp(teller->source, one->source) &&
	       !strcmp(teller->stream, one->stream);
}

/* False if there are too many: then the way can never be known to be whole. */
static bool
note_teller(struct told *told, const struct telling *telling, uint32_t group,
    uint32_t way)
{
	struct slice rest = telling->stream;
	struct slice stream = slice_cut(&rest, '/');
	char name[TOLD_NAME] = "";
	struct told_teller one = {telling->source, name, (uint16_t)group, way};
	size_t *last = &told->last[group];

	if (stream.len >= sizeof(name))
		stream.len = sizeof(name) - 1;
	memcpy(name, stream.ptr, stream.len);
	/* Mostly it is who told the last. */
	return (*last < told->teller_names.count &&
	           is_teller(&told->tellers[*last], &one)) ||
	       told_number_teller(told, &one, last);
}

void
told_add(struct told *told, const struct telling *telling)
{
	int64_t hour = (telling->time_us + HOUR_US - 1) / HOUR_US;
	struct paths_held held = {
	    .hour = (uint32_t)(telling->time_us / HOUR_US)};
	uint32_t way, group;

	if (telling->time_us < 0 || hour > UINT32_MAX ||
	    !told_number_way(told, slice_cstr(telling->way), &way) ||
	    !told_number_group(told, telling->tenant, telling->kind, &group) ||
	    !note_teller(told, telling, group, way))
		return;
	told_since(told, group, way, (uint32_t)hour);
	held.group = (uint16_t)group;
	held.ways = (uint8_t)(1u << way);
	memcpy(held.id, telling->id, sizeof(held.id));
	if (paths_put(told->paths, &held))
		told_put_event(&told->fresh, &held);
	/* Without a file nobody wants it. */
	if (!told->options.dir)
		buf_clear(&told->fresh);
}

void
told_delivery(struct told *told)
{
	told->deliveries++;
}

/* --- what is known --- */

int64_t
told_from_us(const struct told *told)
{
	return told->from_us;
}

size_t
told_group_count(const struct told *told)
{
	return told->group_names.count;
}

const struct told_group *
told_group(const struct told *told, size_t i)
{
	return &told->groups[i];
}

size_t
told_teller_count(const struct told *told)
{
	return told->teller_names.count;
}

const struct told_teller *
told_teller(const struct told *told, size_t i)
{
	return &told->tellers[i];
}

const char *
told_way(const struct told *told, unsigned way)
{
	return told->way_names.list[way].source.ptr;
}

size_t
told_way_count(const struct told *told)
{
	return told->way_names.count;
}

struct paths *
told_paths(struct told *told)
{
	return told->paths;
}
