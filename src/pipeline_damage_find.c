/*
 * Which records belong to what is the intruder's: asked of firn-query, over
 * the columns.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fold.h"
#include "cmd/child.h"
#include "pipeline_damage_part.h"
#include "store/plan.h"
#include "store/text.h"
#include "json/json.h"

/* So much of an owner's past tells where the owner is at home. */
#define PAST_US (INT64_C(30) * 86400 * 1000000)

/*
 * What changes a tenant as a whole, or what it logs, names nobody: these are
 * looked at whoever did them.
 */
static const char *const always[] = {"set-adminauditlogconfig",
    "set-mailboxauditbypassassociation", "new-transportrule",
    "set-transportrule", "remove-transportrule", "disable-transportrule",
    "enable-transportrule", "new-journalrule", "set-journalrule",
    "remove-journalrule", "disable-journalrule", "enable-journalrule",
    "new-inboundconnector", "set-inboundconnector", "remove-inboundconnector",
    "new-outboundconnector", "set-outboundconnector",
    "remove-outboundconnector", "set domain authentication",
    "set federation settings on domain", "add domain to company",
    "add unverified domain", "add verified domain",
    "remove domain from company", "remove unverified domain",
    "remove verified domain", "verify domain",
    "add a partner to cross-tenant access setting",
    "update a partner cross-tenant access setting",
    "delete partner specific cross-tenant access setting",
    "update the company default cross-tenant access setting",
    "add conditional access policy", "update conditional access policy",
    "delete conditional access policy", "add policy", "update policy",
    "delete policy", "add partner to company", "remove partner from company",
    "add delegated admin relationship", "delete delegated admin relationship",
    "change user license"};

/* Records by which an app comes to be, or is granted rights. */
#define GRANTS                                                                 \
	"rtrim(lower(operation), '. ') IN ('add application', "                \
	"'add service principal', 'consent to application', "                  \
	"'add delegated permission grant', "                                   \
	"'add app role assignment to service principal', "                     \
	"'remove service principal', 'delete application', "                   \
	"'remove delegated permission grant', "                                \
	"'remove app role assignment from service principal')"

/* --- asking --- */

/* The records' columns, in a plan that firn-query carries out. */
struct question {
	const char *select, *behind, *format;
	const struct plan_list *either; /* NULL */
	struct slice where, text;       /* text: somewhere in the record */
};

static void
note(struct assess *assess, const struct question *question)
{
	const struct plan_list *either = question->either;
	struct buf *out = &assess->queries;

	buf_printf(out, "SELECT %s FROM records", question->select);
	for (size_t i = 0; either && i < either->count; i++) {
		buf_str(out, i ? " OR " : " WHERE (");
		buf_slice_add(out, either->list[i]);
	}
	if (either && either->count)
		buf_char(out, ')');
	if (question->where.len) {
		buf_str(out, either && either->count ? " AND " : " WHERE ");
		buf_char(out, '(');
		buf_slice_add(out, question->where);
		buf_char(out, ')');
	}
	if (question->text.len) {
		buf_str(out, ", with the text ");
		buf_slice_add(out, question->text);
	}
	buf_printf(out, " %s\n", question->behind);
}

static int
ask_columns(struct assess *assess, const struct question *question,
    struct buf *out, struct err *err)
{
	const char *argv[] = {
	    "firn-query", assess->ask->dir, question->format, NULL};
	const struct plan_list *either = question->either;
	struct plan plan = {.below = assess->size,
	    .select = slice_cstr(question->select),
	    .behind = slice_cstr(question->behind)};
	struct slice where = question->where;
	struct buf text = {0};
	int code;

	for (size_t i = 0; either && i < either->count; i++)
		plan_add(&plan.arena, &plan.either, either->list[i]);
	if (where.len)
		plan_add(&plan.arena, &plan.where, where);
	if (question->text.len)
		plan_add(&plan.arena,
		    &plan_group(&plan, &plan.texts, false)->values,
		    question->text);
	note(assess, question);
	plan_print(&text, &plan);
	code = child_run(argv, buf_slice(&text), out, err);
	if (code > 0)
		err_set(err, ERR_SYSTEM, "the records cannot be searched");
	plan_release(&plan);
	buf_release(&text);
	return code ? -1 : 0;
}

/* Lines of CSV with one number each, under a header. */
static int
add_indexes(struct slice csv, struct set *set, struct err *err)
{
	slice_cut(&csv, '\n');
	while (csv.len) {
		struct slice line = slice_cut(&csv, '\n');
		uint64_t index;

		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (!slice_to_u64(line, &index))
			return err_set(err, ERR_CORRUPT,
			    "an answer about records is no number");
		if (!set_add(set, index))
			return err_set(err, ERR_LIMIT,
			    "too many records belong to what was given");
	}
	return 0;
}

static int
find(struct assess *assess, struct question question, struct set *set,
    struct err *err)
{
	struct buf csv = {0};
	int status;

	question.select = "r.index";
	question.behind = "";
	question.format = "csv";
	status = ask_columns(assess, &question, &csv, err);
	if (!status)
		status = add_indexes(buf_slice(&csv), set, err);
	buf_release(&csv);
	return status;
}

int
damage_find_where(struct assess *assess, struct slice where, struct slice text,
    struct set *set, struct err *err)
{
	return find(
	    assess, (struct question){.where = where, .text = text}, set, err);
}

/* --- conditions --- */

/* Which columns a mark may stand in. */
struct look {
	enum mark_kind kind;
	const char *column;
	bool folded; /* compared in lower case */
};

static const struct look looks[] = {
    {MARK_IP, "ip", false},
    {MARK_SESSION, "session", false},
    {MARK_TOKEN, "token", false},
    {MARK_DEVICE, "device", true},
    {MARK_DEVICE, "target_id", false},
    {MARK_APP, "app_id", false},
    {MARK_APP, "actor_id", false},
    {MARK_APP, "target_id", false},
    {MARK_USER, "actor_id", false},
    {MARK_USER, "actor_name", true},
    {MARK_USER, "mailbox", true},
    {MARK_USER, "target_id", false},
    {MARK_USER, "target_name", true},
};

static void
add_value(struct buf *sql, struct slice value, bool *any)
{
	buf_str(sql, *any ? ", " : "");
	plan_quote(sql, value);
	*any = true;
}

/* Ids are looked up as they are spelled, in lower and in upper case. */
static void
add_spellings(struct buf *sql, struct slice value, bool folded, bool *any)
{
	struct buf upper = {0};

	add_value(sql, value, any);
	if (!folded) {
		for (size_t i = 0; i < value.len; i++) {
			char c = value.ptr[i];

			buf_char(&upper,
			    (char)(c >= 'a' && c <= 'z' ? c & ~0x20 : c));
		}
		if (!slice_eq(buf_slice(&upper), value))
			add_value(sql, buf_slice(&upper), any);
	}
	buf_release(&upper);
}

static bool
is_network(const struct mark_name *name)
{
	return name->kind == MARK_IP && name->value.len &&
	       memchr(name->value.ptr, '/', name->value.len);
}

/* column IN (...) of all new marks that may stand there; false: of none. */
static bool
add_look(struct buf *sql, const struct assess *assess, const struct look *look)
{
	size_t count = intruder_name_count(assess->intruder);
	bool any = false;

	buf_clear(sql);
	buf_printf(
	    sql, look->folded ? "lower(%s) IN (" : "%s IN (", look->column);
	for (size_t i = assess->names_asked; i < count; i++) {
		const struct mark_name *name =
		    intruder_name(assess->intruder, i);

		if (name->kind != look->kind || is_network(name))
			continue;
		add_spellings(sql, name->value, look->folded, &any);
	}
	buf_char(sql, ')');
	return any;
}

static void
add_networks(
    struct plan_list *either, struct arena *arena, const struct assess *assess)
{
	size_t count = intruder_name_count(assess->intruder);
	struct buf sql = {0};

	for (size_t i = assess->names_asked; i < count; i++) {
		const struct mark_name *name =
		    intruder_name(assess->intruder, i);

		if (!is_network(name))
			continue;
		buf_clear(&sql);
		buf_str(&sql, "ip_in(ip, ");
		plan_quote(&sql, name->value);
		buf_char(&sql, ')');
		plan_add(arena, either, buf_slice(&sql));
	}
	buf_release(&sql);
}

static int
add_records(struct assess *assess, struct set *set, struct err *err)
{
	size_t count = intruder_name_count(assess->intruder);

	for (size_t i = assess->names_asked; i < count; i++) {
		const struct mark_name *name =
		    intruder_name(assess->intruder, i);
		uint64_t index;

		if (name->kind != MARK_RECORD)
			continue;
		if (!slice_to_u64(name->value, &index) || index >= assess->size)
			return err_set(err, ERR_USAGE,
			    "there is no record '" SLICE_FMT "'",
			    SLICE_ARG(name->value));
		set_add(set, index);
	}
	return 0;
}

static void
add_always(struct buf *sql)
{
	bool any = false;

	buf_clear(sql);
	buf_str(sql, "rtrim(lower(operation), '. ') IN (");
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		add_value(sql, slice_cstr(always[i]), &any);
	buf_char(sql, ')');
}

/*
 * An app is known by two ids, and what grants it rights names only one where a
 * column has it: these records are found by the other in their text.
 */
static int
find_grants(struct assess *assess, struct set *set, struct err *err)
{
	size_t count = intruder_name_count(assess->intruder);
	int status = 0;

	for (size_t i = assess->names_asked; i < count && !status; i++) {
		const struct mark_name *name =
		    intruder_name(assess->intruder, i);

		if (name->kind == MARK_APP && name->value.len <= TEXT_MAX)
			status = find(assess,
			    (struct question){
			        .where = SLICE(GRANTS), .text = name->value},
			    set, err);
	}
	return status;
}

int
damage_find(struct assess *assess, bool first, struct set *set, struct err *err)
{
	struct plan_list either = {0};
	struct arena arena = {0};
	struct buf sql = {0};
	int status = add_records(assess, set, err);

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (add_look(&sql, assess, &looks[i]))
			plan_add(&arena, &either, buf_slice(&sql));
	add_networks(&either, &arena, assess);
	if (first) {
		add_always(&sql);
		plan_add(&arena, &either, buf_slice(&sql));
	}
	buf_clear(&sql);
	if (assess->ask->from_us > INT64_MIN + PAST_US)
		buf_printf(&sql, "time >= make_timestamp(%jd) OR time IS NULL",
		    (intmax_t)(assess->ask->from_us - PAST_US));
	if (!status && either.count)
		status = find(assess,
		    (struct question){
		        .either = &either, .where = buf_slice(&sql)},
		    set, err);
	if (!status)
		status = find_grants(assess, set, err);
	assess->names_asked = intruder_name_count(assess->intruder);
	arena_release(&arena);
	buf_release(&sql);
	return status;
}

/* --- what became of it --- */

static bool
opens(const struct act *act)
{
	if (act->certainty != NOT_INTRUDER || act->serves != NOT_INTRUDER)
		for (uint32_t i = 0; i < act->change_count; i++)
			if (act->changes[i].verb == WAY_OPENS)
				return true;
	return false;
}

static int
order_texts(const void *a, const void *b)
{
	return slice_order(*(const struct slice *)a, *(const struct slice *)b);
}

int
damage_find_opened(struct assess *assess, struct set *set, struct err *err)
{
	struct slice *targets =
	    xcalloc(assess->act_count + 1, sizeof(*targets));
	struct plan_list either = {0};
	struct arena arena = {0};
	struct buf sql = {0};
	size_t count = 0;
	bool any = false;
	int status = 0;

	for (size_t i = 0; i < assess->act_count; i++)
		if (assess->acts[i].col[EV_TARGET_ID].len &&
		    opens(&assess->acts[i]))
			targets[count++] = assess->acts[i].col[EV_TARGET_ID];
	qsort(targets, count, sizeof(*targets), order_texts);
	buf_str(&sql, "target_id IN (");
	for (size_t i = 0; i < count; i++)
		if (!i || !slice_eq(targets[i], targets[i - 1]))
			add_value(&sql, targets[i], &any);
	buf_char(&sql, ')');
	if (any) {
		plan_add(&arena, &either, buf_slice(&sql));
		status = find(
		    assess, (struct question){.either = &either}, set, err);
	}
	arena_release(&arena);
	buf_release(&sql);
	free(targets);
	return status;
}

/* --- addresses --- */

static int
take_uses(struct assess *assess, struct buf *lines, struct err *err)
{
	struct json_parser *parser = json_parser_new();
	struct slice rest;
	int status = 0;

	memset(buf_reserve(lines, JSON_PADDING), 0, JSON_PADDING);
	rest = buf_slice(lines);
	while (rest.len && !status) {
		struct slice line = slice_cut(&rest, '\n');
		struct address_use use;
		struct json v;

		if (json_parse(parser, line, &v, NULL) == JSON_BAD ||
		    !json_to_i64(JSON_GET(v, "first"), &use.first_us) ||
		    !json_to_i64(JSON_GET(v, "last"), &use.last_us)) {
			status = err_set(err, ERR_CORRUPT,
			    "an answer about addresses cannot be read");
			break;
		}
		use.ip = json_str(JSON_GET(v, "ip"));
		use.account = json_str(JSON_GET(v, "account"));
		intruder_used(assess->intruder, &use);
	}
	json_parser_free(parser);
	return status;
}

int
damage_find_uses(struct assess *assess, struct err *err)
{
	const struct slice *ips;
	size_t count = intruder_asks(assess->intruder, &ips);
	struct plan_list either = {0};
	struct arena arena = {0};
	struct buf sql = {0}, lines = {0};
	struct question question = {
	    .select = "ip, coalesce(actor_id, lower(actor_name), app_id, '') "
	              "AS account, coalesce(epoch_us(min(time)), 0) AS first, "
	              "coalesce(epoch_us(max(time)), 0) AS last",
	    .behind = "GROUP BY ALL",
	    .format = "ndjson",
	    .where = SLICE("outcome <> 'failure'")};
	bool any = false;
	int status;

	if (!count)
		return 0;
	buf_str(&sql, "ip IN (");
	for (size_t i = 0; i < count; i++)
		add_value(&sql, ips[i], &any);
	buf_char(&sql, ')');
	plan_add(&arena, &either, buf_slice(&sql));
	question.either = &either;
	status = ask_columns(assess, &question, &lines, err);
	if (!status)
		status = take_uses(assess, &lines, err);
	arena_release(&arena);
	buf_release(&sql);
	buf_release(&lines);
	return status;
}

/* --- the reach of the data --- */

int
damage_find_reach(
    struct assess *assess, int64_t *from_us, int64_t *to_us, struct err *err)
{
	const struct question question = {
	    .select = "epoch_us(min(time)) AS first, epoch_us(max(time)) AS "
	              "last",
	    .behind = "",
	    .format = "ndjson",
	    .where = SLICE("NOT starts_with(source, 'firn/')")};
	struct json_parser *parser = json_parser_new();
	struct buf line = {0};
	int status = ask_columns(assess, &question, &line, err);
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
