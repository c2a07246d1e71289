#include "base/time.h"
#include "coverage/member.h"
#include "pipeline_run_follow_part.h"
#include "json/build.h"

#define DAMAGE_RULE "firn-damage-verdict"

static void
write_names(struct buf *out, struct json list, char kind)
{
	struct json_iter it = json_iter(list);
	struct json name;

	while (json_next(&it, NULL, &name)) {
		buf_char(out, kind);
		buf_slice_add(out, json_str(name));
		buf_char(out, '\0');
	}
}

/* Whether others are looked out for than before. */
static bool
take_names(struct follow *follow, struct follow_case *one, struct json root)
{
	struct buf *text = &follow->text;

	buf_clear(text);
	write_names(text, JSON_GET(root, "names"), 'n');
	write_names(text, JSON_GET(root, "operations"), 'o');
	if (slice_eq(buf_slice(text), buf_slice(&one->names)))
		return false;
	buf_clear(&one->names);
	buf_slice_add(&one->names, buf_slice(text));
	follow_look_out(follow);
	return true;
}

/* What is told of it; its texts are in the arena. */
static void
write_event(struct follow *follow, const struct follow_case *one,
    struct slice verdict, struct event *event)
{
	struct arena *arena = &follow->arena;
	uintmax_t number = one->shown.index;

	*event =
	    (struct event){.time_us = time_now_us(), .family = "firn.damage"};
	event->col[EV_SOURCE] = SLICE("firn/damage");
	/* The next one after what was told before: so it is told once. */
	event->col[EV_ID] = arena_printf(arena, "%ju/%ju/" SLICE_FMT, number,
	    (uintmax_t)one->told, SLICE_ARG(verdict));
	event->col[EV_TARGET_TYPE] = SLICE("case");
	event->col[EV_TARGET_ID] = arena_printf(arena, "%ju", number);
	event->col[EV_TARGET_NAME] =
	    arena_printf(arena, "%s", one->shown.command);
}

static int
tell_finding(struct follow *follow, struct run *run,
    const struct follow_case *one, struct json root, bool again)
{
	struct arena *arena = &follow->arena;
	struct slice verdict = json_str(JSON_GET(root, "verdict"));
	struct slice reason =
	    arena_copy(arena, json_str(JSON_GET(root, "reason")));
	struct slice title = json_str(JSON_GET(root, "title"));
	struct rule_meta rule = {.id = SLICE(DAMAGE_RULE),
	    .title = arena_printf(arena, SLICE_FMT "%s", SLICE_ARG(title),
	        again ? ", and is used again" : ""),
	    .description = reason,
	    .level = LEVEL_HIGH};
	struct event event;
	const struct rule_reason why[] = {
	    {SLICE("case"), SLICE("verdict"), verdict},
	    {SLICE("case"), SLICE("before"), slice_cstr(one->shown.verdict)},
	    {SLICE("case"), SLICE("reason"), reason},
	    {SLICE("case"), SLICE("command"), buf_slice(&one->command)},
	};
	struct finding finding = {.rule = &rule,
	    .event = &event,
	    .position = {.ledger = run->options.origin,
	        .index = follow_number(root, "last_index", one->shown.index)},
	    .why = why,
	    .why_count = sizeof(why) / sizeof(why[0])};

	level_parse(json_str(JSON_GET(root, "level")), &rule.level);
	write_event(follow, one, verdict, &event);
	run->arrived_us = 0;
	return run_found(run, &finding);
}

static int
tell_record(struct follow *follow, struct run *run, struct follow_case *one,
    struct json root)
{
	struct buf *raw = &follow->text;
	struct ledger_own own = {.stream = SLICE("followed")};
	size_t mark;
	int64_t last_us;

	buf_clear(raw);
	mark = json_open(raw, NULL, '{');
	json_cstr(raw, "kind", "followed");
	json_u64(raw, "case", one->shown.index);
	json_text(raw, "verdict", json_str(JSON_GET(root, "verdict")));
	json_text(raw, "reason", json_str(JSON_GET(root, "reason")));
	json_u64(raw, "size", follow_number(root, "size", 0));
	if (json_to_i64(JSON_GET(root, "last"), &last_us))
		member_time(raw, "last", last_us);
	json_text(raw, "last_by", json_str(JSON_GET(root, "last_by")));
	json_close(raw, mark);
	own.raw = buf_slice(raw);
	return append_note(run->options.append, &own, &one->told, run->err);
}

/*
 * Whether it is to be told: another verdict, or while access continues a later
 * use, as often as damage_uses_due() lets it.
 */
static bool
is_news(struct follow_case *one, struct json root, bool same)
{
	struct slice by = json_str(JSON_GET(root, "last_by"));
	int64_t last_us, due_us = INT64_MAX, now_us = time_now_us();

	if (json_is_true(JSON_GET(root, "continues")) &&
	    json_to_i64(JSON_GET(root, "last"), &last_us)) {
		due_us = damage_uses_due(&one->uses, by, last_us);
		if (!same || due_us <= now_us)
			damage_uses_told(&one->uses, by, last_us, now_us);
	}
	if (!same || due_us <= now_us) {
		one->again_us = 0;
		return true;
	}
	one->again_us = due_us != INT64_MAX ? due_us : 0;
	return false;
}

int
follow_verdict(struct follow *follow, struct run *run, struct follow_case *one,
    struct json root)
{
	struct slice verdict = json_str(JSON_GET(root, "verdict"));
	bool same = slice_eq(verdict, slice_cstr(one->shown.verdict));
	uint64_t size = run->counts.size;

	/* Records of after the assessment were not looked at for new names. */
	if (take_names(follow, one, root) &&
	    size > follow_number(root, "size", size))
		follow_soon(one, 0);
	if (is_news(one, root, same) &&
	    (tell_finding(follow, run, one, root, same) ||
	        tell_record(follow, run, one, root)))
		return -1;
	pthread_mutex_lock(&run->lock);
	one->shown.looked_us = time_now_us();
	one->shown.trouble[0] = '\0';
	if (!same) {
		one->shown.since_us = one->shown.looked_us;
		follow_cut(
		    one->shown.verdict, sizeof(one->shown.verdict), verdict);
	}
	if (follow->arrived_us)
		lag_add(&run->counts.to_verdict,
		    time_now_us() - follow->arrived_us, 1);
	pthread_mutex_unlock(&run->lock);
	return 0;
}
