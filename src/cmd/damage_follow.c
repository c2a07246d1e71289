#include "cmd/damage_follow.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "cmd/damage_args.h"
#include "incident/damage_words.h"
#include "json/build.h"

static const struct slice assess_word = SLICE_INIT("assess ");

void
damage_follow_error(struct buf *out, const char *why)
{
	size_t mark;

	buf_clear(out);
	mark = json_open(out, NULL, '{');
	json_cstr(out, "error", why);
	json_close(out, mark);
}

/* Uses of which this process is to know that they were told. */
static void
add_uses(struct buf *out, const struct damage_uses *uses)
{
	size_t array;

	if (uses->last_us == EVENT_NO_TIME)
		return;
	json_i64(out, "last", uses->last_us);
	array = json_open(out, "uses", '[');
	for (size_t i = 0; i < uses->count; i++) {
		size_t mark = json_open(out, NULL, '{');

		json_cstr(out, "by", uses->list[i].by);
		json_i64(out, "told", uses->list[i].told_us);
		json_close(out, mark);
	}
	json_close(out, array);
}

static int
list(
    const char *dir, struct damage_kept *kept, struct buf *out, struct err *err)
{
	const struct damage_case *cases;
	struct arena arena = {0};
	size_t count, first, object, array;
	int status = damage_cases(dir, kept, &cases, &count, &arena, err);

	first = count > DAMAGE_FOLLOW_MAX ? count - DAMAGE_FOLLOW_MAX : 0;
	object = json_open(out, NULL, '{');
	json_u64(out, "more", first);
	array = json_open(out, "cases", '[');
	for (size_t i = first; !status && i < count; i++) {
		size_t mark = json_open(out, NULL, '{');

		json_u64(out, "case", cases[i].index);
		json_text(out, "command", cases[i].command);
		json_text(out, "verdict", cases[i].verdict);
		json_i64(out, "since", cases[i].since_us);
		json_u64(out, "told", cases[i].told);
		add_uses(out, &cases[i].uses);
		json_close(out, mark);
	}
	json_close(out, array);
	json_close(out, object);
	arena_release(&arena);
	return status;
}

static void
add_time(struct buf *out, const char *key, int64_t time_us)
{
	if (time_us != EVENT_NO_TIME)
		json_i64(out, key, time_us);
}

static void
add_names(struct buf *out, const struct damage *damage)
{
	const char *const *operations;
	size_t count = damage_always(&operations);
	size_t array = json_open(out, "names", '[');

	for (size_t i = 0; i < damage->name_count; i++)
		json_text(out, NULL, damage->names[i].value);
	/* Who closes a rule or a link need not name whose it was. */
	for (size_t i = 0; i < damage->way_count; i++)
		json_text(out, NULL, damage->ways[i].object);
	json_close(out, array);
	array = json_open(out, "operations", '[');
	for (size_t i = 0; i < count; i++)
		json_cstr(out, NULL, operations[i]);
	json_close(out, array);
}

static void
add_damage(struct buf *out, const struct damage *damage)
{
	/* What is told when it becomes that. */
	static const struct {
		const char *level, *title;
	} alerts[] = {
	    [VERDICT_CONTINUES] = {"critical",
	        "Verdict on an intrusion: access continues"},
	    [VERDICT_NONE_SEEN] = {"informational",
	        "Verdict on an intrusion: no access seen any more"},
	    [VERDICT_NOT_ESTABLISHED] = {"high",
	        "Verdict on an intrusion: not established"},
	};
	const struct damage_verdict *verdict = &damage->verdict;
	struct buf by = {0};
	size_t object = json_open(out, NULL, '{');

	json_cstr(out, "verdict", damage_verdict_name(verdict->verdict));
	json_cstr(out, "level", alerts[verdict->verdict].level);
	json_cstr(out, "title", alerts[verdict->verdict].title);
	json_key(out, "continues");
	buf_str(out, verdict->verdict == VERDICT_CONTINUES ? "true" : "false");
	if (verdict->reason_count)
		json_text(out, "reason", verdict->reasons[0]);
	json_u64(out, "size", damage->size);
	json_i64(out, "as_of", damage->as_of_us);
	add_time(out, "last", verdict->last_us);
	damage_last_by(&by, damage);
	json_text(out, "last_by", buf_slice(&by));
	if (verdict->last_index != NO_ACT)
		json_u64(out, "last_index", verdict->last_index);
	add_names(out, damage);
	json_close(out, object);
	buf_release(&by);
}

static int
assess(const char *dir, struct slice command, struct damage_kept *kept,
    struct buf *out, struct err *err)
{
	struct damage_args *args = xcalloc(1, sizeof(*args));
	struct damage damage;
	struct view *view = NULL;
	int status = damage_args_again(args, command, err);

	if (!status) {
		args->ask.dir = dir;
		args->ask.kept = kept;
		status = damage_assess(&args->ask, &damage, &view, err);
		if (!status)
			add_damage(out, &damage);
		damage_release(&damage);
		view_close(view);
	}
	damage_args_release(args);
	free(args);
	return status;
}

bool
damage_follow_assesses(struct slice request)
{
	return request.len > assess_word.len &&
	       slice_eq(slice_of(request.ptr, assess_word.len), assess_word);
}

int
damage_follow_answer(const char *dir, struct slice request,
    struct damage_kept *kept, struct buf *out)
{
	struct err err = {0};
	int status;

	if (damage_follow_assesses(request))
		status = assess(
		    dir, slice_skip(request, assess_word.len), kept, out, &err);
	else
		status = list(dir, kept, out, &err);
	if (status)
		damage_follow_error(out, err.msg);
	return status;
}
