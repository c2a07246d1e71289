/*
 * What an assessment knows besides acts: the finding it begins with, the
 * tenant's state, and what people stated.
 */
#include <stdlib.h>

#include "coverage/kept.h"
#include "pipeline_damage_part.h"
#include "store/plan.h"

/* --- records of firn's own --- */

static const struct damage_any of_damage = {"source", {"firn/damage"}};

bool
own_read(struct own_reader *reader, const struct frame *frame, struct json *out)
{
	if (frame->erased)
		return false;
	buf_clear(&reader->text);
	buf_slice_add(&reader->text, frame->raw);
	memset(buf_reserve(&reader->text, JSON_PADDING), 0, JSON_PADDING);
	return json_parse(reader->parser, buf_slice(&reader->text), out,
	           NULL) != JSON_BAD;
}

void
own_release(struct own_reader *reader)
{
	json_parser_free(reader->parser);
	buf_release(&reader->text);
}

/* --- a finding --- */

/* Each record that it rests on is the intruder's act. */
static size_t
give_evidences(struct assess *assess, struct json finding)
{
	struct json_iter it = json_iter(JSON_GET(finding, "evidences"));
	struct json evidence;
	size_t count = 0;

	while (json_next(&it, NULL, &evidence)) {
		struct json data = JSON_GET(evidence, "data");
		char room[JSON_SCALAR_MAX];
		struct slice index = json_scalar(JSON_GET(data, "index"), room);

		if (intruder_give(assess->intruder, MARK_RECORD, index,
		        RULE_FINDING) != NO_MARK)
			count++;
	}
	return count;
}

int
damage_give_finding(struct assess *assess, const char *uid, struct err *err)
{
	struct own_reader reader = {.parser = json_parser_new()};
	struct set set = {0};
	size_t given = 0;
	int status = damage_find_any(assess,
	    &(struct damage_any){"source", {"firn/finding"}}, 1,
	    (struct damage_among){.text = slice_cstr(uid)}, &set, err);

	for (uint64_t i = set.first; !status && set_next(&set, &i); i++) {
		struct stream stream;
		struct frame frame;
		struct json root;

		status = view_record(assess->view, i, &frame, &stream, err);
		if (!status && own_read(&reader, &frame, &root) &&
		    slice_eq(json_str(JSON_GET(
		                 JSON_GET(root, "finding_info"), "uid")),
		        slice_cstr(uid)))
			given += give_evidences(assess, root);
	}
	set_release(&set);
	own_release(&reader);
	if (!status && !given)
		status = err_set(err, ERR_USAGE,
		    "the ledger has no finding '%s' that names its records",
		    uid);
	return status;
}

/* --- an earlier size --- */

/*
 * The checkpoint that an assessment of this size rested on, as its record kept
 * it: so the same proofs can be made again.
 */
static int
find_note(
    struct assess *assess, uint64_t size, struct buf *note, struct err *err)
{
	struct own_reader reader = {.parser = json_parser_new()};
	struct set set = {0};
	int status = damage_find_any(assess, &of_damage, 1,
	    (struct damage_among){.text = SLICE("\"checkpoint\"")}, &set, err);

	for (uint64_t i = set.first; !status && set_next(&set, &i); i++) {
		struct stream stream;
		struct frame frame;
		struct json root;
		int64_t of;

		status = view_record(assess->view, i, &frame, &stream, err);
		if (status || !own_read(&reader, &frame, &root) ||
		    !json_to_i64(JSON_GET(root, "size"), &of) ||
		    of != (int64_t)size)
			continue;
		buf_slice_add(note, json_str(JSON_GET(root, "checkpoint")));
		break;
	}
	set_release(&set);
	own_release(&reader);
	return status;
}

int
damage_go_back(struct assess *assess, uint64_t size, struct err *err)
{
	struct buf note = {0};
	int status = find_note(assess, size, &note, err);

	if (!status)
		status = view_limit(assess->view, size, buf_slice(&note), err);
	buf_release(&note);
	return status;
}

/* --- the tenant's state --- */

static int
take_state(struct assess *assess, struct own_reader *reader,
    struct state *state, uint64_t index, struct err *err)
{
	struct state_record to = {.index = index};
	struct reread_record record;
	struct stream stream;
	struct frame frame;

	if (reread_record(assess->reread, index, &record, err))
		return -1;
	to.received_us = record.received_us;
	to.delivery = record.delivery;
	to.source = record.source;
	to.tenant = record.tenant;
	if (record.readable) {
		to.root = record.record.root;
	} else {
		if (view_record(assess->view, index, &frame, &stream, err))
			return -1;
		if (!own_read(reader, &frame, &to.root))
			return 0;
	}
	state_take(state, &to);
	return 0;
}

/* Lists of the tenant's state, and what it exports in other ways. */
static const struct damage_any of_state[] = {
    {"split_part(source, '.', 1)", {"graph/state"}}, {"kind", {"unknown"}}};

/* When these were read: of deliveries there are many, and these are known. */
static int
add_of_state(const struct coverage *coverage, int64_t since_us, struct set *set,
    struct err *err)
{
	size_t count;
	const struct coverage_of_state *list =
	    coverage_of_state(coverage, &count);

	for (size_t i = 0; i < count; i++)
		if (list[i].received_us >= since_us &&
		    !set_add(set, list[i].index))
			return err_set(err, ERR_LIMIT,
			    "there are too many deliveries of the state");
	return 0;
}

int
damage_read_state(struct assess *assess, const struct coverage *coverage,
    int64_t since_us, struct state *state, struct err *err)
{
	struct own_reader reader = {.parser = json_parser_new()};
	struct buf sql = {0};
	struct set set = {0};
	int status;

	if (since_us != EVENT_NO_TIME)
		buf_printf(&sql, "received >= make_timestamp(%jd)",
		    (intmax_t)since_us);
	status = damage_find_any(assess, of_state, 2,
	    (struct damage_among){.where = buf_slice(&sql)}, &set, err);
	if (!status)
		status = add_of_state(coverage, since_us, &set, err);
	for (uint64_t i = set.first; !status && set_next(&set, &i); i++)
		status = take_state(assess, &reader, state, i, err);
	set_release(&set);
	buf_release(&sql);
	own_release(&reader);
	return status;
}

/* --- what came, and what is missing --- */

/* What was kept, if it is not of more records than these, or the file's. */
static struct coverage *
begin_coverage(const struct assess *assess)
{
	struct damage_kept *kept = assess->ask->kept;
	struct coverage *coverage = kept ? kept->coverage : NULL;

	if (!coverage || coverage_size(coverage) > assess->size)
		return coverage_kept(assess->ask->dir, assess->view);
	kept->coverage = NULL;
	return coverage;
}

/* Not by a walk through all records: these are few among them. */
int
damage_read_coverage(
    struct assess *assess, struct coverage **out, struct err *err)
{
	static const struct damage_any any = {"source",
	    {"firn/delivery", "firn/delivered", "firn/clock", "firn/gap"}};
	struct buf sql = {0};
	struct set set = {0};
	int status;

	*out = begin_coverage(assess);
	buf_printf(&sql, "r.index >= %ju", (uintmax_t)coverage_size(*out));
	status = damage_find_any(assess, &any, 1,
	    (struct damage_among){.where = buf_slice(&sql)}, &set, err);
	if (!status)
		status = coverage_take(*out, assess->view, &set, err);
	set_release(&set);
	buf_release(&sql);
	return status;
}

int
damage_keep(const char *dir, struct damage_kept *kept, struct err *err)
{
	const struct damage_ask ask = {.dir = dir, .kept = kept};
	struct assess assess = {.ask = &ask};
	struct coverage *coverage = NULL;
	int status = view_open(&assess.view, dir, err);

	if (!status) {
		assess.size = view_tree(assess.view)->size;
		status = damage_read_coverage(&assess, &coverage, err);
	}
	damage_ask_end(&assess);
	if (!status)
		status =
		    recall_add(kept->recall, assess.view, &kept->missed, err);
	set_release(&kept->missed);
	view_close(assess.view);
	buf_release(&assess.queries);
	if (status) {
		coverage_free(coverage);
		coverage = NULL;
	}
	coverage_free(kept->coverage);
	kept->coverage = coverage;
	return status;
}

/* --- what is not there any more --- */

#define TENANTS_MAX 64

/* Those in which the intruder was; 0 if there are too many. */
static size_t
find_tenants(const struct assess *assess, struct slice out[TENANTS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < assess->act_count; i++) {
		const struct act *act = &assess->acts[i];
		size_t k = 0;

		if (act->certainty == NOT_INTRUDER)
			continue;
		while (k < count && !slice_eq(out[k], act->col[EV_TENANT]))
			k++;
		if (k == TENANTS_MAX)
			return 0;
		if (k == count)
			out[count++] = act->col[EV_TENANT];
	}
	return count;
}

/* Not of others' tenants; one that is spelled otherwise may be the same. */
static void
add_tenants(struct buf *sql, const struct assess *assess)
{
	struct slice tenants[TENANTS_MAX];
	size_t count = find_tenants(assess, tenants);

	if (!count)
		return;
	buf_str(sql, " AND (tenant IS NULL OR length(tenant) <> 36");
	for (size_t i = 0; i < count; i++) {
		buf_str(sql, " OR lower(tenant) = lower(");
		plan_quote(sql, tenants[i]);
		buf_char(sql, ')');
	}
	buf_char(sql, ')');
}

static int
received(struct assess *assess, uint64_t index, int64_t *out, struct err *err)
{
	struct stream stream;
	struct frame frame;
	int status = view_record(assess->view, index, &frame, &stream, err);

	if (!status)
		*out = frame.received_us;
	return status;
}

int
damage_read_erased(struct assess *assess, int64_t since_us,
    struct unseen_erased *out, struct err *err)
{
	struct buf sql = {0};
	struct set set = {0};
	int status;

	buf_str(&sql, "NOT starts_with(source, 'firn/')");
	if (since_us != EVENT_NO_TIME) {
		buf_printf(&sql, " AND received >= make_timestamp(%jd)",
		    (intmax_t)since_us);
		add_tenants(&sql, assess);
	}
	status =
	    damage_find_any(assess, &(struct damage_any){"kind", {"erased"}}, 1,
	        (struct damage_among){.where = buf_slice(&sql)}, &set, err);
	*out = (struct unseen_erased){.count = set.count, .index = set.first};
	if (!status && set.count)
		status = received(assess, set.first, &out->first_us, err) ||
		         received(assess, set.last, &out->last_us, err);
	set_release(&set);
	buf_release(&sql);
	return status ? -1 : 0;
}

/* --- statements --- */

static void
copy_statement(struct damage_statement *to, struct arena *arena)
{
	to->text = arena_copy(arena, to->text);
	to->by = arena_copy(arena, to->by);
	to->evidence = arena_copy(arena, to->evidence);
	to->source = arena_copy(arena, to->source);
}

int
damage_read_statements(
    struct assess *assess, struct damage *out, struct err *err)
{
	const struct damage_ask *ask = assess->ask;
	struct own_reader reader = {.parser = json_parser_new()};
	struct damage_statement *list;
	struct set set = {0};
	size_t count = 0;
	int status = damage_find_any(
	    assess, &of_damage, 1, (struct damage_among){0}, &set, err);

	list = arena_calloc(&out->arena,
	    (size_t)set.count + ask->statement_count, sizeof(*list));
	for (uint64_t i = set.first; !status && set_next(&set, &i); i++) {
		struct stream stream;
		struct frame frame;
		struct json root;

		status = view_record(assess->view, i, &frame, &stream, err);
		if (status || !own_read(&reader, &frame, &root) ||
		    !statement_read(root, &list[count]))
			continue;
		list[count].index = i;
		/* What is done by the record is done when it is there. */
		if (list[count].kind > STATEMENT_STATE)
			list[count].at_us = frame.received_us;
		copy_statement(&list[count++], &out->arena);
	}
	for (size_t i = 0; i < ask->statement_count; i++) {
		list[count] = ask->statements[i];
		/* Who says it now knows no more than the ledger has. */
		if (list[count].at_us == EVENT_NO_TIME)
			list[count].at_us = out->as_of_us;
		copy_statement(&list[count++], &out->arena);
	}
	out->statements = list;
	out->statement_count = count;
	set_release(&set);
	own_release(&reader);
	return status;
}
