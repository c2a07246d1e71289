/*
 * What was found, kept in the ledger: a record when something is known to be
 * otherwise than the last record says.  That something could not be seen this
 * time is no change.
 */
#include <inttypes.h>
#include <string.h>

#include "cmd/check_ask.h"
#include "cmd/check_m365.h"
#include "cmd/writer.h"
#include "ledger/view.h"
#include "json/build.h"

const char *const check_states[] = {[CHECK_GOOD] = "good",
    [CHECK_MISSING] = "missing",
    [CHECK_UNKNOWN] = "not checked"};

/* The text of the last record; empty: there is none. */
static int
read_last(const char *dir, struct buf *text, struct err *err)
{
	struct buf rows = {0};
	struct slice last;
	struct stream stream;
	struct frame frame;
	struct view *view = NULL;
	uint64_t index;
	int status = check_ask(dir,
	    "SELECT max(index) FROM records WHERE source = 'firn/check'", &rows,
	    &last, err);

	if (!status && slice_to_u64(slice_trim_json(last), &index)) {
		status = view_open(&view, dir, err);
		if (!status)
			status = view_record(view, index, &frame, &stream, err);
		if (!status && !frame.erased)
			buf_slice_add(text, frame.raw);
		view_close(view);
	}
	memset(buf_reserve(text, JSON_PADDING), 0, JSON_PADDING);
	buf_release(&rows);
	return status;
}

/* What the last record says of the same; empty: nothing. */
static struct slice
state_then(struct json last, const struct check_answer *answer)
{
	struct json_iter it = json_iter(JSON_GET(last, "answers"));
	struct json one;

	while (json_next(&it, NULL, &one))
		if (slice_eq(json_str(JSON_GET(one, "source")),
		        slice_cstr(answer->source)) &&
		    slice_eq(json_str(JSON_GET(one, "what")),
		        slice_cstr(answer->what)))
			return json_str(JSON_GET(one, "state"));
	return SLICE("");
}

void
check_members(struct buf *out, const struct check_answer *answer)
{
	json_cstr(out, "source", answer->source);
	json_cstr(out, "what", answer->what);
	json_cstr(out, "state", check_states[answer->state]);
	json_cstr(out, "why", answer->why ? answer->why : "");
}

static void
add_change(
    struct buf *raw, const struct check_answer *answer, struct slice then)
{
	size_t mark = json_open(raw, NULL, '{');

	json_cstr(raw, "source", answer->source);
	json_cstr(raw, "what", answer->what);
	json_key(raw, "from");
	json_add_str(raw, then);
	json_cstr(raw, "to", check_states[answer->state]);
	json_close(raw, mark);
}

/* The record's text; how many things are otherwise. */
static size_t
compare(const struct check_answers *answers, struct json last, struct buf *raw)
{
	size_t object = json_open(raw, NULL, '{'), changed = 0;
	size_t array = json_open(raw, "changed", '[');

	for (size_t i = 0; i < answers->count; i++) {
		const struct check_answer *answer = &answers->list[i];
		struct slice then = state_then(last, answer);

		if (answer->state == CHECK_UNKNOWN ||
		    slice_eq(then, slice_cstr(check_states[answer->state])))
			continue;
		add_change(raw, answer, then);
		changed++;
	}
	json_close(raw, array);
	array = json_open(raw, "answers", '[');
	for (size_t i = 0; i < answers->count; i++) {
		size_t mark = json_open(raw, NULL, '{');

		check_members(raw, &answers->list[i]);
		json_close(raw, mark);
	}
	json_close(raw, array);
	json_close(raw, object);
	return changed;
}

int
check_record(const char *dir, const struct check_answers *answers,
    size_t *changed, struct err *err)
{
	struct json_parser *parser = json_parser_new();
	struct buf then = {0}, raw = {0};
	struct json last = {0};
	uint64_t index;
	int status = read_last(dir, &then, err);

	if (!status) {
		if (then.len)
			(void)json_parse(parser, buf_slice(&then), &last, NULL);
		*changed = compare(answers, last, &raw);
		if (*changed)
			status = writer_add(
			    dir, "check", buf_slice(&raw), &index, err);
	}
	if (status)
		*changed = 0;
	buf_release(&then);
	buf_release(&raw);
	json_parser_free(parser);
	return status;
}
