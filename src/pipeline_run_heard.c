#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sha256.h"
#include "base/time.h"
#include "pipeline_run_again.h"
#include "pipeline_run_part.h"

/* --- what was heard of firn itself --- */

void
run_hold(struct heard **list, size_t *count, size_t *size,
    const struct heard *record, struct slice raw)
{
	struct heard *heard;

	if (*count == *size) {
		size_t n = *size * 2 + 16;

		*list = xrealloc(*list, n * sizeof(**list));
		memset(*list + *size, 0, (n - *size) * sizeof(**list));
		*size = n;
	}
	heard = &(*list)[(*count)++];
	heard->source = record->source;
	heard->index = record->index;
	buf_clear(&heard->raw);
	buf_slice_add(&heard->raw, raw);
}

void
run_hear(struct run *run, const char *source, struct slice raw, uint64_t index)
{
	const struct heard record = {.source = source, .index = index};

	run_hold(
	    &run->heard, &run->heard_count, &run->heard_size, &record, raw);
}

void
run_tell_coverage(struct run *run)
{
	struct coverage *coverage = hub_coverage(run->options.hub);
	int64_t now_us = time_now_us();

	hub_lock(run->options.hub);
	for (size_t i = 0; i < run->heard_count; i++) {
		const struct heard *heard = &run->heard[i];
		const struct coverage_record record = {.index = heard->index,
		    .received_us = now_us,
		    .source = slice_cstr(heard->source),
		    .raw = buf_slice(&heard->raw)};

		coverage_apply(coverage, &record);
	}
	hub_unlock(run->options.hub);
	run->heard_count = 0;
}

int
run_add_record(struct run *run, const char *stream, struct slice raw)
{
	const struct ledger_own own = {
	    .stream = slice_cstr(stream), .raw = raw};
	bool gap = !strcmp(stream, "gap");
	uint64_t index;

	if (append_note(run->options.append, &own, &index, run->err))
		return -1;
	if (gap || !strcmp(stream, "clock"))
		run_hear(run, gap ? "firn/gap" : "firn/clock", raw, index);
	if (gap)
		follow_all(run->follow);
	else
		follow_later(run->follow);
	run->counts.gaps += gap;
	return 0;
}

/* --- findings --- */

/* Once a state: what is found again when records are judged again is there. */
static void
key_of(const struct finding *finding, unsigned char key[16])
{
	unsigned char digest[SHA256_LEN];
	struct buf text = {0};

	buf_printf(&text, "firn-finding-record/1\n%s\n%u\n", finding->uid,
	    finding->state == FINDING_EARLY ? FINDING_SETTLED : finding->state);
	if (finding->state == FINDING_AMENDED)
		buf_printf(&text, "%ju\n", (uintmax_t)finding->window->events);
	sha256(buf_slice(&text), digest);
	memcpy(key, digest, 16);
	buf_release(&text);
}

static void
cut_short(char room[96], struct slice text)
{
	size_t n = text.len < 95 ? text.len : 95;

	/* Not within a character. */
	while (n && n < text.len && ((unsigned char)text.ptr[n] & 0xc0) == 0x80)
		n--;
	memcpy(room, text.ptr, n);
	room[n] = '\0';
}

static void
glance(struct run *run, const struct finding *finding)
{
	struct run_glance seen = {.time_us = finding_time(finding),
	    .level = finding->rule->level,
	    .state = finding->state,
	    .count = 1};
	struct run_glance *to;

	cut_short(seen.title, finding->rule->title);
	cut_short(seen.entity, finding_entity(finding));
	for (size_t i = 0; i < RUN_GLANCES; i++) {
		to = &run->glances[i];
		if (strcmp(to->title, seen.title) != 0 ||
		    strcmp(to->entity, seen.entity) != 0)
			continue;
		seen.count += to->count;
		*to = seen;
		return;
	}
	run->glances[run->glance_count++ % RUN_GLANCES] = seen;
}

static void
count_finding(struct run *run, const struct finding *finding)
{
	struct run_counts *counts = &run->counts;

	pthread_mutex_lock(&run->lock);
	if (finding->state == FINDING_WITHDRAWN)
		counts->withdrawn++;
	else if (finding->state == FINDING_AMENDED)
		counts->amended++;
	else if (finding->state != FINDING_CONFIRMED)
		counts->findings[finding->rule->level]++;
	if (finding->rule->level >= LEVEL_MEDIUM)
		glance(run, finding);
	if (run->arrived_us)
		lag_add(&counts->to_alert, time_now_us() - run->arrived_us, 1);
	pthread_mutex_unlock(&run->lock);
}

int
run_found(void *ctx, struct finding *finding)
{
	struct run *run = ctx;
	unsigned char key[16];
	struct ledger_own own = {.stream = SLICE("finding"), .key = key};
	uint64_t index;

	finding_identify(finding);
	key_of(finding, key);
	buf_clear(&run->text);
	finding_write_ocsf(&run->text, finding);
	own.raw = slice_of(run->text.ptr, run->text.len - 1);
	if (leaf_name_ok(finding->event->col[EV_TENANT]))
		own.tenant = finding->event->col[EV_TENANT];
	if (append_note(run->options.append, &own, &index, run->err))
		return -1;
	if (index == OWN_THERE)
		return 0;
	run_hold(&run->findings, &run->finding_count, &run->finding_size,
	    &(struct heard){.index = index}, own.raw);
	count_finding(run, finding);
	return 0;
}

int
run_judge(
    struct run *run, struct work *work, const struct outcome *o, uint64_t index)
{
	const struct position position = {
	    .ledger = run->options.origin, .index = index};

	for (size_t i = 0; i < o->finding_count; i++) {
		struct finding *finding = &work->findings[o->finding + i];

		finding->position = position;
		if (run_found(run, finding))
			return -1;
	}
	scan_correlate_add(run->correlate, o, &position);
	return scan_correlate_status(run->correlate);
}
