/*
 * Which assessments are followed, as the ledger tells it.
 */
#include <string.h>

#include "coverage/member.h"
#include "pipeline_damage_part.h"
#include "json/json.h"

struct cases {
	struct damage_case *list; /* in the arena */
	size_t count;
	struct arena *arena;
};

static void
drop(struct cases *cases, size_t i)
{
	memmove(&cases->list[i], &cases->list[i + 1],
	    (cases->count - i - 1) * sizeof(*cases->list));
	cases->count--;
}

static void
drop_number(struct cases *cases, uint64_t index)
{
	for (size_t i = 0; i < cases->count; i++)
		if (cases->list[i].index == index) {
			drop(cases, i);
			return;
		}
}

/* The same asked again takes the place of what was asked before. */
static void
take_assessed(struct cases *cases, const struct damage_case *one)
{
	for (size_t i = 0; i < cases->count; i++)
		if (slice_eq(cases->list[i].command, one->command)) {
			drop(cases, i);
			break;
		}
	cases->list[cases->count] = *one;
	cases->list[cases->count].command =
	    arena_copy(cases->arena, one->command);
	cases->list[cases->count++].verdict =
	    arena_copy(cases->arena, one->verdict);
}

static void
take_uses(struct damage_uses *uses, const struct damage_uses *told)
{
	for (size_t i = 0; i < told->count; i++)
		damage_uses_told(uses, slice_cstr(told->list[i].by),
		    told->last_us, told->list[i].told_us);
}

/* What firn run told of it since. */
static void
take_told(struct cases *cases, uint64_t number, const struct damage_case *told)
{
	for (size_t i = 0; i < cases->count; i++) {
		struct damage_case *one = &cases->list[i];

		if (one->index != number)
			continue;
		/* A later use is told while the verdict stays. */
		if (!slice_eq(one->verdict, told->verdict))
			one->since_us = told->since_us;
		one->verdict = arena_copy(cases->arena, told->verdict);
		one->told = told->told;
		take_uses(&one->uses, &told->uses);
	}
}

static void
take(struct cases *cases, struct json root, const struct damage_case *one)
{
	struct slice kind = json_str(JSON_GET(root, "kind"));
	int64_t number = -1;

	json_to_i64(JSON_GET(root, "case"), &number);
	if (slice_eq(kind, SLICE("assessed")) && one->command.len &&
	    !json_present(JSON_GET(root, "back_to")))
		take_assessed(cases, one);
	else if (slice_eq(kind, SLICE("closed")) && number >= 0)
		drop_number(cases, (uint64_t)number);
	else if (slice_eq(kind, SLICE("followed")) && number >= 0)
		take_told(cases, (uint64_t)number, one);
}

/*
 * What firn run told, and when.  What an assessment said was read by who asked:
 * the next later use is told at once.
 */
static void
read_use(struct damage_case *one, struct json root)
{
	int64_t last_us;

	damage_uses_init(&one->uses);
	if (!member_to_time(JSON_GET(root, "last"), &last_us))
		return;
	if (slice_eq(json_str(JSON_GET(root, "kind")), SLICE("followed")))
		damage_uses_told(&one->uses,
		    json_str(JSON_GET(root, "last_by")), last_us,
		    one->since_us);
	else
		one->uses.last_us = last_us;
}

static int
read_cases(struct assess *assess, struct cases *cases, struct err *err)
{
	struct own_reader reader = {.parser = json_parser_new()};
	struct set set = {0};
	static const struct damage_any any = {
	    "source", {"firn/damage", "firn/followed"}};
	int status = damage_find_any(
	    assess, &any, 1, (struct damage_among){0}, &set, err);

	cases->list = arena_calloc(
	    cases->arena, (size_t)set.count + 1, sizeof(*cases->list));
	for (uint64_t i = set.first; !status && set_next(&set, &i); i++) {
		struct damage_case one = {.index = i, .told = i};
		struct stream stream;
		struct frame frame;
		struct json root;

		status = view_record(assess->view, i, &frame, &stream, err);
		if (status || !own_read(&reader, &frame, &root))
			continue;
		one.command = json_str(JSON_GET(root, "text"));
		one.verdict = json_str(JSON_GET(root, "verdict"));
		one.since_us = frame.received_us;
		read_use(&one, root);
		take(cases, root, &one);
	}
	set_release(&set);
	own_release(&reader);
	return status;
}

int
damage_cases(const char *dir, struct damage_kept *kept,
    const struct damage_case **out, size_t *count, struct arena *arena,
    struct err *err)
{
	const struct damage_ask ask = {.dir = dir, .kept = kept};
	struct assess assess = {.ask = &ask};
	struct cases cases = {.arena = arena};
	int status = view_open(&assess.view, dir, err);

	if (!status) {
		assess.size = view_tree(assess.view)->size;
		status = read_cases(&assess, &cases, err);
	}
	damage_ask_end(&assess);
	view_close(assess.view);
	buf_release(&assess.queries);
	*out = cases.list;
	*count = cases.count;
	return status;
}
