#include "work.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "day.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US   (3600 * SECOND_US)

/* In hours, as 1970-01-01 was a Thursday. */
#define DAY        INT64_C(24)
#define WEEK       (7 * DAY)
#define SINCE_MON  (3 * DAY)
#define MOVE_HOURS (3 * DAY + 6) /* a migration lasts */

/* How busy people are at each hour of their day, in percent of the busiest. */
static const unsigned char busy[24] = {1, 0, 0, 0, 0, 1, 4, 25, 80, 100, 100,
    95, 60, 90, 100, 95, 70, 30, 10, 9, 10, 8, 5, 2};

/* Deeds in the busiest hour, in hundredths. */
#define DEEDS_AN_HOUR       470
#define ADMIN_TASKS_AN_HOUR 70

static void
add(struct work *work, uint32_t second, uint32_t who, enum act act)
{
	if (work->n == work->size) {
		work->size = work->size ? work->size * 2 : 4096;
		work->drawn =
		    xrealloc(work->drawn, work->size * sizeof(*work->drawn));
		work->deeds =
		    xrealloc(work->deeds, work->size * sizeof(*work->deeds));
	}
	work->drawn[work->n++] =
	    (struct deed){second < 3600 ? second : 3599, who, (uint16_t)act};
}

/* hundredths / 100, with the rest as a chance of one more. */
static unsigned
draw_count(struct rng *rng, unsigned hundredths)
{
	/* between none and twice as many, so that hours differ */
	unsigned varied = rng_below(rng, 2 * hundredths + 1);

	return varied / 100 + (rng_below(rng, 100) < varied % 100);
}

/* What people who leave take with them, and who turns their account off. */
static void
plan_contract(struct work *work, const struct org *org, uint32_t person,
    int64_t day, unsigned at)
{
	enum contract contract = person_contract(org, person, day);
	struct rng rng = {rng_mix(
	    rng_mix(org->seed, person), (uint64_t)(day * 24 + at) << 8 | 0x6c)};
	unsigned weekday = (unsigned)((day + 3) % 7);

	if (contract == CONTRACT_FIRST_WEEK && weekday == 0 && at == 6)
		add(work, rng_below(&rng, 3600), person, ACT_RETURNER);
	if (contract != CONTRACT_LAST_WEEK || weekday >= 5)
		return;
	if (weekday == 4 && at == 18)
		add(work, rng_below(&rng, 3600), person, ACT_LEAVER);
	if (at < 9 || at > 16)
		return;
	for (unsigned i = rng_range(&rng, 2, 6); i > 0; i--)
		add(work, rng_range(&rng, 300, 3599), person,
		    ACT_FILE_DOWNLOAD);
}

/* Whether that person has left, or does so at the end of that Friday. */
static bool
is_gone(enum contract contract, unsigned weekday, unsigned at)
{
	return contract == CONTRACT_NONE ||
	       (contract == CONTRACT_FIRST_WEEK && weekday == 0 && at < 7) ||
	       (contract == CONTRACT_LAST_WEEK &&
	           (weekday > 4 || (weekday == 4 && at >= 18)));
}

/* Something that a policy is about, once in fifty busy hours. */
static void
plan_dlp(struct work *work, uint64_t seed, uint32_t person, unsigned share)
{
	struct rng rng = {rng_mix(seed, 0x646c70)};

	if (rng_below(&rng, 5000) < share)
		add(work, rng_range(&rng, 300, 3599), person, ACT_DLP);
}

static void
plan_signin(struct work *work, struct rng *rng, uint32_t person)
{
	uint32_t second = rng_below(rng, 240), tries;

	if (rng_percent(rng, 4)) {
		/* back from the weekend, or after a new password */
		tries = rng_range(rng, 1, 3);
		for (uint32_t i = 0; i < tries; i++) {
			add(work, second, person, ACT_WRONG_PASSWORD);
			second += rng_range(rng, 7, 40);
		}
		if (tries == 3 && rng_percent(rng, 60)) {
			add(work, second + 200, person, ACT_RESET_BY_ADMIN);
			second += 420;
			add(work, second, person, ACT_PASSWORD);
			second += 15;
		}
	}
	add(work, second, person, ACT_SIGNIN);
	if (rng_percent(rng, 8))
		add(work, second + 2, person, ACT_KEEP_SIGNED_IN);
	if (rng_percent(rng, 35))
		add(work, second + rng_range(rng, 5, 90), person,
		    ACT_TEAMS_SESSION);
}

static void
plan_person(
    struct work *work, const struct org *org, uint32_t person, int64_t hour_us)
{
	int64_t hour = hour_us / HOUR_US + nets[person_home(person)].utc_offset;
	int64_t day = hour / 24;
	uint64_t seed = rng_mix(org->seed, person);
	uint64_t week = rng_mix(seed, (uint64_t)((day + 3) / 7));
	unsigned at = (unsigned)(hour % 24),
	         weekday = (unsigned)((day + 3) % 7);
	int shift = (int)(seed >> 20 & 3) - 1;
	struct rng rng = {rng_mix(seed, (uint64_t)hour_us)};
	enum contract contract = person_contract(org, person, day);
	bool off = weekday >= 5 || net_is_holiday(person_home(person), day);
	unsigned share, n;

	if (contract != CONTRACT_LASTING)
		plan_contract(work, org, person, day, at);
	if (is_gone(contract, weekday, at))
		return;
	/* away for the week, or ill today; nobody is in the last week */
	if (contract != CONTRACT_LAST_WEEK &&
	    (week % 18 == 0 || rng_mix(week, (uint64_t)day) % 45 == 0))
		return;
	share = busy[(unsigned)((int)at + 24 + shift) % 24];
	if (off)
		share = share * (week % 9 == 1 ? 30 : 3) / 100;
	if (!off && (int)at == 8 - shift)
		plan_signin(work, &rng, person);
	n = draw_count(&rng, DEEDS_AN_HOUR * share / 100);
	for (unsigned i = 0; i < n; i++)
		add(work, rng_range(&rng, 300, 3599), person,
		    day_draw_act(&rng));
	plan_dlp(work, rng_mix(seed, (uint64_t)hour_us), person, share);
	if (!person_is_admin(org, person))
		return;
	/* admins also work on some nights: someone has to */
	if (share < 20 && week % 4 == 0)
		share = 20;
	n = draw_count(&rng, ADMIN_TASKS_AN_HOUR * share / 100);
	for (unsigned i = 0; i < n; i++)
		add(work, rng_range(&rng, 300, 3599), person,
		    day_draw_task(&rng));
}

static void
plan_apps(struct work *work, const struct org *org, int64_t hour_us)
{
	struct rng rng = {rng_mix(org->seed, (uint64_t)hour_us + 1)};
	unsigned at = (unsigned)(hour_us / HOUR_US % 24);
	unsigned weekday = (unsigned)((hour_us / HOUR_US / 24 + 3) % 7);
	unsigned some = org->people / 60 + 2;

	for (uint32_t app = 0; app < 3; app++)
		if (app != 1 || at % 3 == 0)
			add(work, rng_below(&rng, 3600), app, ACT_APP_SIGNIN);
	if (at <= 3)
		for (unsigned i = 0; i < some; i++)
			add(work, 60 + rng_below(&rng, 3500),
			    rng_below(&rng, org->people), ACT_BACKUP);
	if (at % 3 == 0)
		for (unsigned i = 0; i < 4; i++)
			add(work, 100 + i * 3, i, ACT_HR_CALL);
	if (at == 5 && weekday < 5)
		for (unsigned i = 0; i < some / 2; i++)
			add(work, 200 + i * 9, rng_below(&rng, org->people),
			    weekday == 0 && i == 0 ? ACT_HR_JOINER
			                           : ACT_HR_UPDATE);
	if (at == 2)
		for (unsigned i = 0; i < 30; i++)
			add(work, 900 + i / 4, i, ACT_CHORE);
	if (at == 11 && rng_percent(&rng, 30))
		add(work, rng_below(&rng, 3600), rng_below(&rng, org->people),
		    ACT_ALERT);
}

/*
 * Every fourth week, from Tuesday to Friday, an app moves mailboxes: all that
 * there are, one after another, by day and night.
 */
static void
plan_migration(struct work *work, const struct org *org, int64_t hour_us)
{
	int64_t hour = hour_us / HOUR_US + SINCE_MON;
	uint64_t week = (uint64_t)(hour / WEEK) + org->seed;
	int64_t at = hour % WEEK - (DAY + 8); /* since Tuesday, 8:00 UTC */
	struct rng rng = {rng_mix(org->seed, (uint64_t)hour_us + 2)};
	uint32_t each = org->people / 70 + 1;

	if (week % 4 != 0 || at < 0 || at > MOVE_HOURS)
		return;
	if (at == 0)
		add(work, rng_range(&rng, 600, 1800), 0, ACT_MIGRATION_BEGIN);
	if (at == MOVE_HOURS)
		add(work, rng_range(&rng, 600, 1800), 0, ACT_MIGRATION_END);
	if (at == 0 || at == MOVE_HOURS)
		return;
	add(work, rng_below(&rng, 60), 3, ACT_APP_SIGNIN);
	for (uint32_t i = 0; i < each; i++)
		add(work, 60 + (uint32_t)((uint64_t)i * 3500 / each),
		    ((uint32_t)(at - 1) * each + i) % org->people,
		    ACT_MIGRATION_READ);
}

/* In the night to each Wednesday accounts are tried with common passwords. */
static void
plan_scanner(struct work *work, const struct org *org, int64_t hour_us)
{
	int64_t hour = hour_us / HOUR_US + SINCE_MON;
	struct rng rng = {rng_mix(org->seed, (uint64_t)hour_us + 3)};
	uint32_t n = org->people < 60 ? org->people : 60;
	uint32_t first = rng_below(&rng, org->people);

	if (hour % WEEK != 2 * DAY + 1)
		return;
	for (uint32_t i = 0; i < n; i++)
		add(work, 600 + i * 7, (first + i) % org->people, ACT_SCAN);
}

/* By second; deeds of one second stay in the order they were drawn in. */
static void
sort(struct work *work)
{
	static const size_t seconds = 3600;
	size_t *starts = xcalloc(seconds + 1, sizeof(*starts));

	for (size_t i = 0; i < work->n; i++)
		starts[work->drawn[i].second + 1]++;
	for (size_t s = 1; s <= seconds; s++)
		starts[s] += starts[s - 1];
	for (size_t i = 0; i < work->n; i++)
		work->deeds[starts[work->drawn[i].second]++] = work->drawn[i];
	free(starts);
}

void
work_plan(struct work *work, const struct org *org, int64_t hour_us)
{
	work->n = 0;
	for (uint32_t i = 0; i < org->people; i++)
		plan_person(work, org, i, hour_us);
	plan_apps(work, org, hour_us);
	plan_migration(work, org, hour_us);
	plan_scanner(work, org, hour_us);
	sort(work);
}

void
work_do(const struct work *work, size_t i, struct gen *gen, int64_t hour_us)
{
	const struct deed *deed = &work->deeds[i];
	uint64_t seed = rng_mix(gen->org->seed, (uint64_t)hour_us);

	/* by i: someone may do the same thing twice in one second */
	gen_at(gen, hour_us + deed->second * SECOND_US, rng_mix(seed, i));
	day_do(gen, (enum act)deed->act, deed->who);
}

void
work_release(struct work *work)
{
	free(work->drawn);
	free(work->deeds);
	*work = (struct work){0};
}
