/*
 * Asking firn-query, which an assessment does again and again.
 */
#include <stdlib.h>

#include "pipeline_damage_part.h"
#include "json/json.h"

static void
note(struct assess *assess, const struct question *question)
{
	const struct plan_groups *any = question->any;
	const struct plan_list *either = question->either;
	const struct plan_list *texts = question->texts;
	struct buf *out = &assess->queries;
	const char *before = " WHERE (";

	if (question->sql) {
		buf_printf(out, "%s\n", question->sql);
		return;
	}
	buf_printf(out, "SELECT %s FROM records AS r", question->select);
	for (size_t i = 0; any && i < any->count; i++, before = " OR ") {
		buf_str(out, before);
		plan_any(out, &any->list[i]);
	}
	for (size_t i = 0; either && i < either->count; i++, before = " OR ") {
		buf_str(out, before);
		buf_slice_add(out, either->list[i]);
	}
	if (before[1] == 'O') {
		buf_char(out, ')');
		before = " AND (";
	}
	if (question->where.len) {
		buf_str(out, before);
		buf_slice_add(out, question->where);
		buf_char(out, ')');
	}
	for (size_t i = 0; texts && i < texts->count; i++) {
		buf_str(out, i ? " or " : ", with the text ");
		buf_slice_add(out, texts->list[i]);
	}
	if (question->since_us > INT64_MIN)
		buf_printf(out, ", not before make_timestamp(%jd)",
		    (intmax_t)question->since_us);
	buf_printf(out, " %s\n", question->behind);
}

/* One that goes on behind this assessment; NULL: there is none. */
static struct child_session *
kept_query(const struct assess *assess)
{
	struct damage_kept *kept = assess->ask->kept;

	return kept && kept->query.pid ? &kept->query : NULL;
}

/* As the session wants it. */
static int
ask_text(
    struct assess *assess, struct slice text, struct buf *out, struct err *err)
{
	const char *argv[] = {"firn-query", assess->ask->dir, "session", NULL};
	struct child_session *query = kept_query(assess);

	if (!query)
		query = &assess->query;
	if (!query->pid && child_open(query, argv, err))
		return -1;
	if (!child_ask(query, text, out, err))
		return 0;
	return err_context(err, "the records cannot be searched");
}

void
damage_ask_end(struct assess *assess)
{
	struct child_session *query = kept_query(assess);
	struct buf nothing = {0};
	struct err err = {0};

	/* Without an answer it is closed, which says it all. */
	if (query)
		(void)child_ask(query, SLICE(""), &nothing, &err);
	buf_release(&nothing);
	child_close(&assess->query);
}

int
damage_ask(struct assess *assess, const struct question *question,
    struct buf *out, struct err *err)
{
	const struct plan_list *either = question->either;
	const struct plan_list *texts = question->texts;
	struct plan plan = {.below = assess->size,
	    .sql = slice_cstr(question->sql ? question->sql : ""),
	    .select = slice_cstr(question->select ? question->select : ""),
	    .behind = slice_cstr(question->behind ? question->behind : "")};
	struct slice where = question->where;
	struct buf text = {0};
	int status;

	if (question->any)
		plan.any = *question->any;
	if (either)
		plan.either = *either;
	if (where.len)
		plan_add(&plan.arena, &plan.where, where);
	if (texts && texts->count)
		plan_group(&plan.arena, &plan.texts, false)->values = *texts;
	note(assess, question);
	buf_printf(&text, "%s\n", question->format);
	plan_print(&text, &plan);
	status = ask_text(assess, buf_slice(&text), out, err);
	plan_release(&plan);
	buf_release(&text);
	return status;
}

/* Where an event's time is before; without a time it may be any. */
static bool
is_before(struct slice time_us, int64_t since_us)
{
	bool minus = time_us.len && time_us.ptr[0] == '-';
	uint64_t n;

	return slice_to_u64(slice_skip(time_us, minus), &n) &&
	       (minus ? -(int64_t)n : (int64_t)n) < since_us;
}

/* Lines of CSV with an index, and maybe a time, under a header. */
static int
add_indexes(struct slice csv, int64_t since_us, struct set *set, size_t *rows,
    struct err *err)
{
	slice_cut(&csv, '\n');
	for (*rows = 0; csv.len; (*rows)++) {
		struct slice line = slice_cut(&csv, '\n');
		struct slice index_text;
		uint64_t index;

		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		index_text = slice_cut(&line, ',');
		if (is_before(line, since_us))
			continue;
		if (!slice_to_u64(index_text, &index))
			return err_set(err, ERR_CORRUPT,
			    "an answer about records is no number");
		if (!set_add(set, index))
			return err_set(err, ERR_LIMIT,
			    "too many records belong to what was given");
	}
	return 0;
}

static int
ask_indexes(struct assess *assess, struct question *question, struct set *set,
    size_t *rows, struct err *err)
{
	struct buf csv = {0};
	int status;

	/* What is not compared is not read. */
	question->select = question->since_us > INT64_MIN
	                       ? "r.index, epoch_us(r.time)"
	                       : "r.index";
	question->format = "csv";
	status = damage_ask(assess, question, &csv, err);
	if (!status)
		status = add_indexes(
		    buf_slice(&csv), question->since_us, set, rows, err);
	buf_release(&csv);
	return status;
}

/*
 * The times are compared here: as a condition they would be read of all
 * records, and not only of those that are found.
 */
int
damage_find_all(struct assess *assess, struct question question,
    struct set *set, struct err *err)
{
	size_t rows;

	question.behind = "";
	return ask_indexes(assess, &question, set, &rows, err);
}

/* A record may be found by two or three of its columns. */
#define ROWS_MAX     2000000
#define ROWS_MAX_SQL "LIMIT 2000000"

/* Has those before left out where records are looked for, and not later. */
static void
leave_out_before(struct question *question, struct buf *where)
{
	buf_printf(where, "(time IS NULL OR time >= make_timestamp(%jd))",
	    (intmax_t)question->since_us);
	if (question->where.len) {
		buf_str(where, " AND (");
		buf_slice_add(where, question->where);
		buf_char(where, ')');
	}
	question->where = buf_slice(where);
}

int
damage_find_some(struct assess *assess, struct question question,
    struct set *set, struct err *err)
{
	bool since = question.since_us > INT64_MIN;
	struct buf where = {0};
	size_t rows;
	int status;

	question.behind = ROWS_MAX_SQL;
	/* To look into a record costs more than its time. */
	if (since && question.texts && question.texts->count) {
		leave_out_before(&question, &where);
		since = false;
	}
	status = ask_indexes(assess, &question, set, &rows, err);
	if (!status && rows == ROWS_MAX && since) {
		/* Of so many it is better not to be told those before. */
		leave_out_before(&question, &where);
		status = ask_indexes(assess, &question, set, &rows, err);
	}
	if (!status && rows == ROWS_MAX)
		status = set->count > RECORDS_MAX
		             ? damage_too_many(assess, err)
		             : damage_find_all(assess, question, set, err);
	buf_release(&where);
	return status;
}

int
damage_find_any(struct assess *assess, const struct damage_any *any,
    size_t count, struct damage_among among, struct set *set, struct err *err)
{
	struct plan_groups groups = {0};
	struct plan_list texts = {0};
	struct arena arena = {0};
	int status;

	for (size_t i = 0; i < count; i++) {
		struct plan_group *group = plan_group(&arena, &groups, false);

		group->of = slice_cstr(any[i].of);
		for (size_t k = 0; any[i].values[k]; k++)
			plan_add(&arena, &group->values,
			    slice_cstr(any[i].values[k]));
	}
	if (among.text.len)
		plan_add(&arena, &texts, among.text);
	status = damage_find_all(assess,
	    (struct question){.any = &groups,
	        .where = among.where,
	        .texts = &texts,
	        .since_us = INT64_MIN},
	    set, err);
	arena_release(&arena);
	return status;
}

int
damage_find_reach(
    struct assess *assess, int64_t *from_us, int64_t *to_us, struct err *err)
{
	/* For the first and the last of an order, few records are read. */
	const struct question question = {.format = "ndjson",
	    .sql = "WITH r AS NOT MATERIALIZED (SELECT time FROM records WHERE "
	           "time IS NOT NULL AND NOT starts_with(source, 'firn/')) "
	           "SELECT epoch_us(a.time) AS first, epoch_us(z.time) AS last "
	           "FROM (SELECT time FROM r ORDER BY time LIMIT 1) AS a, "
	           "(SELECT time FROM r ORDER BY time DESC LIMIT 1) AS z"};
	struct json_parser *parser = json_parser_new();
	struct buf line = {0};
	int status = damage_ask(assess, &question, &line, err);
	struct json v;

	*from_us = *to_us = EVENT_NO_TIME;
	memset(buf_reserve(&line, JSON_PADDING), 0, JSON_PADDING);
	if (!status &&
	    json_parse(parser, buf_slice(&line), &v, NULL) != JSON_BAD) {
		json_to_i64(JSON_GET(v, "first"), from_us);
		json_to_i64(JSON_GET(v, "last"), to_us);
	}
	json_parser_free(parser);
	buf_release(&line);
	return status;
}
