#include "pipeline_run_follow.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "pipeline_run_follow_part.h"

#define SECOND_US  ((int64_t)1000000)
#define LATER_US   (10 * SECOND_US)
#define LATER_COST 20
#define PAUSE_US   (30 * SECOND_US) /* between two assessments, at most */
#define WAIT_US    (SECOND_US / 4)
#define BUSY_US    (SECOND_US / 100)

_Static_assert(RUN_FOLLOWED <= WATCH_MAX, "each case is one who looks");

struct follow *
follow_new(struct damage_helper *helper, uint64_t seed)
{
	struct follow *follow = xcalloc(1, sizeof(*follow));

	follow->helper = helper;
	follow->watch = watch_new(seed);
	follow->parser = json_parser_new();
	follow->list = true;
	return follow;
}

static void
case_release(struct follow_case *one)
{
	buf_release(&one->command);
	buf_release(&one->names);
}

void
follow_free(struct follow *follow)
{
	if (!follow)
		return;
	for (size_t i = 0; i < follow->count; i++)
		case_release(&follow->cases[i]);
	watch_free(follow->watch);
	json_parser_free(follow->parser);
	arena_release(&follow->arena);
	buf_release(&follow->answer);
	buf_release(&follow->text);
	free(follow);
}

const struct watch *
follow_watch(const struct follow *follow)
{
	return follow ? follow->watch : NULL;
}

/* --- what came --- */

void
follow_soon(struct follow_case *one, int64_t arrived_us)
{
	if (!one->soon)
		one->since_us = arrived_us;
	one->soon = true;
}

void
follow_hit(struct follow *follow, uint64_t lookers, int64_t arrived_us)
{
	for (size_t i = 0; follow && lookers && i < follow->count; i++)
		if (lookers >> i & 1)
			follow_soon(&follow->cases[i], arrived_us);
}

void
follow_all(struct follow *follow)
{
	for (size_t i = 0; follow && i < follow->count; i++)
		follow_soon(&follow->cases[i], time_now_us());
}

void
follow_later(struct follow *follow)
{
	for (size_t i = 0; follow && i < follow->count; i++)
		follow->cases[i].later = true;
}

int64_t
follow_wait_us(const struct follow *follow)
{
	if (!follow || follow->lost)
		return WAIT_US;
	if (follow->under_way != NOTHING || follow->list)
		return BUSY_US;
	for (size_t i = 0; i < follow->count; i++)
		if (follow->cases[i].soon)
			return BUSY_US;
	return WAIT_US;
}

/* --- what is followed --- */

void
follow_look_out(struct follow *follow)
{
	watch_clear(follow->watch);
	for (size_t i = 0; i < follow->count; i++) {
		struct slice rest = buf_slice(&follow->cases[i].names);

		while (rest.len) {
			struct slice name = slice_cut(&rest, '\0');

			if (*name.ptr == 'n')
				watch_name(follow->watch, (unsigned)i,
				    slice_skip(name, 1));
			else
				watch_operation(follow->watch, (unsigned)i,
				    slice_skip(name, 1));
		}
	}
}

void
follow_cut(char *room, size_t size, struct slice text)
{
	size_t n = text.len < size - 1 ? text.len : size - 1;

	/* Not within a character. */
	while (n && n < text.len && ((unsigned char)text.ptr[n] & 0xc0) == 0x80)
		n--;
	if (n)
		memcpy(room, text.ptr, n);
	room[n] = '\0';
}

uint64_t
follow_number(struct json v, const char *key, uint64_t otherwise)
{
	int64_t n;

	return json_to_i64(json_get(v, slice_cstr(key)), &n) && n >= 0
	           ? (uint64_t)n
	           : otherwise;
}

/* Its own, or a new one at the end. */
static struct follow_case *
find_case(struct follow_case *list, size_t count, uint64_t index)
{
	size_t i = 0;

	while (i < count && list[i].shown.index != index)
		i++;
	return &list[i];
}

/* What was told of it, by this process or another. */
static void
read_uses(struct damage_uses *uses, struct json said)
{
	struct json_iter it = json_iter(JSON_GET(said, "uses"));
	int64_t told_us;
	struct json use;

	damage_uses_init(uses);
	if (!json_to_i64(JSON_GET(said, "last"), &uses->last_us))
		return;
	while (json_next(&it, NULL, &use))
		if (json_to_i64(JSON_GET(use, "told"), &told_us))
			damage_uses_told(uses, json_str(JSON_GET(use, "by")),
			    uses->last_us, told_us);
}

static void
begin_case(struct follow_case *one, struct json said)
{
	struct slice command = json_str(JSON_GET(said, "command"));

	*one = (struct follow_case){0};
	one->shown.index = follow_number(said, "case", 0);
	one->shown.since_us = (int64_t)follow_number(said, "since", 0);
	follow_cut(one->shown.verdict, sizeof(one->shown.verdict),
	    json_str(JSON_GET(said, "verdict")));
	follow_cut(one->shown.command, sizeof(one->shown.command), command);
	buf_slice_add(&one->command, command);
	one->told = follow_number(said, "told", 0);
	read_uses(&one->uses, said);
	follow_soon(one, 0);
}

/* Those that are there keep what is known of them. */
static void
take_list(struct follow *follow, struct run *run, struct json root)
{
	struct json_iter it = json_iter(JSON_GET(root, "cases"));
	struct follow_case list[RUN_FOLLOWED];
	struct json said;
	size_t count = 0;

	pthread_mutex_lock(&run->lock);
	while (count < RUN_FOLLOWED && json_next(&it, NULL, &said)) {
		struct follow_case *old = find_case(follow->cases,
		    follow->count, follow_number(said, "case", UINT64_MAX));

		if (old == &follow->cases[follow->count]) {
			begin_case(&list[count++], said);
			continue;
		}
		list[count++] = *old;
		*old = follow->cases[--follow->count];
	}
	for (size_t i = 0; i < follow->count; i++)
		case_release(&follow->cases[i]);
	memcpy(follow->cases, list, count * sizeof(*list));
	follow->count = count;
	follow->more = follow_number(root, "more", 0);
	pthread_mutex_unlock(&run->lock);
	follow_look_out(follow);
}

/* --- answers --- */

static int
take_answer(struct follow *follow, struct run *run, struct json root)
{
	struct slice error = json_str(JSON_GET(root, "error"));
	struct follow_case *one;

	if (follow->under_way == LISTING) {
		if (error.len)
			fprintf(stderr,
			    "firn: which damage is followed is not "
			    "known: " SLICE_FMT "\n",
			    SLICE_ARG(error));
		else
			take_list(follow, run, root);
		return 0;
	}
	one = find_case(follow->cases, follow->count, follow->number);
	if (one == &follow->cases[follow->count])
		return 0; /* closed meanwhile */
	one->took_us = follow->done_us;
	one->cost_us = follow->cost_us;
	if (!error.len)
		return follow_verdict(follow, run, one, root);
	one->later = true;
	pthread_mutex_lock(&run->lock);
	follow_cut(one->shown.trouble, sizeof(one->shown.trouble), error);
	pthread_mutex_unlock(&run->lock);
	return 0;
}

static void
lose_helper(struct follow *follow, struct run *run)
{
	struct slice why = slice_cstr(damage_helper_why(follow->helper));

	fprintf(stderr, "firn: damage is not followed: " SLICE_FMT "\n",
	    SLICE_ARG(why));
	follow->lost = true;
	follow->under_way = NOTHING;
	pthread_mutex_lock(&run->lock);
	for (size_t i = 0; i < follow->count; i++)
		follow_cut(follow->cases[i].shown.trouble,
		    sizeof(follow->cases[i].shown.trouble), why);
	pthread_mutex_unlock(&run->lock);
}

/* Whether there is one; another one is asked for all that was missed. */
static bool
has_helper(struct follow *follow, struct run *run)
{
	int ready;

	if (follow->gone)
		return false;
	ready = damage_helper_ready(follow->helper);
	if (!follow->lost && ready <= 0)
		lose_helper(follow, run);
	if (!follow->lost)
		return true;
	follow->gone = ready < 0;
	if (ready < 0)
		fprintf(stderr,
		    "firn: nothing starts the process that assesses damage "
		    "again: start 'firn run' anew\n");
	if (ready <= 0)
		return false;
	fprintf(stderr, "firn: damage is followed again\n");
	follow->lost = false;
	follow->list = true;
	follow_all(follow);
	return true;
}

int
follow_take(struct follow *follow, struct run *run)
{
	struct json root;
	int status;

	if (!follow || follow->under_way == NOTHING)
		return 0;
	status = damage_helper_look(follow->helper, &follow->answer);
	if (status < 0)
		lose_helper(follow, run);
	if (status <= 0)
		return 0;
	follow->done_us = time_mono_us();
	follow->cost_us = follow->done_us - follow->asked_us;
	arena_reset(&follow->arena);
	status = 0;
	if (json_parse(follow->parser, buf_slice(&follow->answer), &root,
	        NULL) != JSON_BAD)
		status = take_answer(follow, run, root);
	follow->under_way = NOTHING;
	return status;
}

/* --- asking --- */

static int
ask(struct follow *follow, struct run *run, struct slice request,
    enum under_way under_way)
{
	/* Read is what a checkpoint signs for. */
	if (append_sign(run->options.append, run->err))
		return -1;
	follow->asked_us = time_mono_us();
	follow->under_way = under_way;
	if (damage_helper_ask(follow->helper, request))
		lose_helper(follow, run);
	return 0;
}

static int
ask_list(struct follow *follow, struct run *run)
{
	follow->list = false;
	follow->urgent = true;
	follow->listed_us = time_mono_us();
	return ask(follow, run, SLICE("list"), LISTING);
}

static int
ask_case(struct follow *follow, struct run *run, struct follow_case *one)
{
	buf_clear(&follow->text);
	buf_str(&follow->text, "assess ");
	buf_slice_add(&follow->text, buf_slice(&one->command));
	follow->number = one->shown.index;
	follow->urgent = one->soon;
	follow->arrived_us = one->soon ? one->since_us : 0;
	one->soon = one->later = false;
	return ask(follow, run, buf_slice(&follow->text), ASSESSING);
}

/* The one that was assessed longest ago. */
static struct follow_case *
find_due(struct follow *follow, int64_t now_us)
{
	int64_t pause_us = LATER_COST * follow->cost_us;
	struct follow_case *due = NULL;

	if (pause_us < LATER_US)
		pause_us = LATER_US;
	for (size_t i = 0; i < follow->count; i++) {
		struct follow_case *one = &follow->cases[i];

		if (!one->soon &&
		    !(one->later && now_us - one->took_us > pause_us))
			continue;
		if (!due || one->took_us < due->took_us)
			due = one;
	}
	return due;
}

/*
 * Whether it will be done soon, as far as it took as long before.  Who is cut
 * off leaves nothing to go on with, and what is urgent takes longer for it.
 */
static bool
ends_soon(
    const struct follow *follow, const struct follow_case *one, int64_t now_us)
{
	int64_t left_us = follow->asked_us + one->cost_us - now_us;

	return left_us < SECOND_US && left_us > -SECOND_US;
}

/* Whether something else may be asked: what is not urgent gives way. */
static bool
is_free(struct follow *follow, int64_t now_us)
{
	struct follow_case *one;
	bool soon = follow->list;

	for (size_t i = 0; i < follow->count; i++)
		soon |= follow->cases[i].soon;
	if (follow->under_way == NOTHING)
		return true;
	if (follow->urgent || !soon)
		return false;
	one = find_case(follow->cases, follow->count, follow->number);
	if (one != &follow->cases[follow->count]) {
		if (ends_soon(follow, one, now_us))
			return false;
		one->later = true;
	}
	follow->under_way = NOTHING;
	return true;
}

/* Uses that were held until they may be told. */
static void
look_at_held(struct follow *follow)
{
	for (size_t i = 0; i < follow->count; i++) {
		struct follow_case *one = &follow->cases[i];

		if (!one->again_us || time_now_us() < one->again_us)
			continue;
		one->again_us = 0;
		follow_soon(one, 0);
	}
}

int
follow_ask(struct follow *follow, struct run *run)
{
	int64_t now_us = time_mono_us(), pause_us;
	struct follow_case *due;
	uint64_t last;

	if (!follow || !has_helper(follow, run))
		return 0;
	last = append_own_last(run->options.append, SLICE("damage"));
	if (last > follow->seen) {
		follow->seen = last;
		follow->list = true;
		follow_all(follow);
	}
	look_at_held(follow);
	if (!is_free(follow, now_us))
		return 0;
	if (follow->list)
		return ask_list(follow, run);
	pause_us = follow->cost_us / 4;
	if (pause_us > PAUSE_US)
		pause_us = PAUSE_US;
	due = find_due(follow, now_us);
	if (!due || now_us - follow->done_us < pause_us)
		return 0;
	/* Nor is it sure that all that others added was noticed. */
	if (!due->soon && now_us - follow->listed_us > LATER_US)
		return ask_list(follow, run);
	return ask_case(follow, run, due);
}

/* --- for others --- */

size_t
run_followed(
    struct run *run, struct run_followed out[RUN_FOLLOWED], uint64_t *more)
{
	const struct follow *follow = run->follow;
	size_t count;

	*more = 0;
	if (!follow)
		return 0;
	pthread_mutex_lock(&run->lock);
	count = follow->count;
	for (size_t i = 0; i < count; i++)
		out[i] = follow->cases[i].shown;
	*more = follow->more;
	pthread_mutex_unlock(&run->lock);
	return count;
}
