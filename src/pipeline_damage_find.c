/*
 * Which records belong to what is the intruder's: asked of firn-query, over
 * the columns.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fold.h"
#include "pipeline_damage_part.h"
#include "store/plan.h"
#include "store/text.h"
#include "json/json.h"

/* So much of an owner's past tells where the owner is at home. */
#define PAST_US (INT64_C(30) * 86400 * 1000000)

/*
 * What changes a tenant as a whole, or what it logs, names nobody: these are
 * looked at whoever did them.  Licences, which are the last, change all the
 * time: only those are looked at of which something depends.
 */
#define LICENCE "change user license"
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
    LICENCE};

size_t
damage_always(const char *const **operations)
{
	*operations = always;
	return sizeof(always) / sizeof(always[0]);
}

/* Operations by which an app comes to be, or is granted rights. */
static const char *const grants[] = {"add application", "add service principal",
    "consent to application", "add delegated permission grant",
    "add app role assignment to service principal", "remove service principal",
    "delete application", "remove delegated permission grant",
    "remove app role assignment from service principal"};

#define OPERATION "rtrim(lower(operation), '. ')"

/* --- conditions --- */

/* Which columns a mark may stand in. */
struct look {
	const char *column;
	const char *folded; /* it in lower case, for names; NULL: of ids */
	enum mark_kind kind;
};

static const struct look looks[] = {
    {"ip", NULL, MARK_IP},
    {"session", NULL, MARK_SESSION},
    {"token", NULL, MARK_TOKEN},
    {"device", "lower(device)", MARK_DEVICE},
    {"target_id", NULL, MARK_DEVICE},
    {"app_id", NULL, MARK_APP},
    {"actor_id", NULL, MARK_APP},
    {"target_id", NULL, MARK_APP},
    {"actor_id", NULL, MARK_USER},
    {"actor_name", "lower(actor_name)", MARK_USER},
    {"mailbox", "lower(mailbox)", MARK_USER},
    {"target_id", NULL, MARK_USER},
    {"target_name", "lower(target_name)", MARK_USER},
};

/* What is asked for, of which one must be true. */
struct either {
	struct plan_groups any;
	struct plan_list list; /* conditions in SQL */
	struct arena arena;
};

/* `of` is one of the values. */
static void
add_any(struct either *either, const char *of, const struct plan_list *values)
{
	struct plan_group *group;

	if (!values->count)
		return;
	group = plan_group(&either->arena, &either->any, false);
	group->of = slice_cstr(of);
	group->values = *values;
}

/* The operation is one of these. */
static void
add_operations(
    struct either *either, const char *const *operations, size_t count)
{
	struct plan_list values = {0};

	for (size_t i = 0; i < count; i++)
		plan_add(&either->arena, &values, slice_cstr(operations[i]));
	add_any(either, OPERATION, &values);
}

/* Ids are spelled in lower or in upper case, and not in both. */
static void
add_spellings(struct arena *arena, struct plan_list *values, struct slice value)
{
	struct buf upper = {0};

	plan_add(arena, values, value);
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		buf_char(&upper, (char)(c >= 'a' && c <= 'z' ? c & ~0x20 : c));
	}
	if (!slice_eq(buf_slice(&upper), value))
		plan_add(arena, values, buf_slice(&upper));
	buf_release(&upper);
}

static bool
is_network(const struct mark_name *name)
{
	return name->kind == MARK_IP && name->value.len &&
	       memchr(name->value.ptr, '/', name->value.len);
}

/* All new marks that may stand in that column. */
static void
add_look(
    struct either *either, const struct assess *assess, const struct look *look)
{
	size_t count = intruder_name_count(assess->intruder);
	struct plan_list ids = {0}, names = {0};

	for (size_t i = assess->names_asked; i < count; i++) {
		const struct mark_name *name =
		    intruder_name(assess->intruder, i);

		if (name->kind != look->kind || is_network(name))
			continue;
		if (look->folded && !slice_is_guid(name->value))
			plan_add(&either->arena, &names, name->value);
		else
			add_spellings(&either->arena, &ids, name->value);
	}
	add_any(either, look->column, &ids);
	add_any(either, look->folded, &names);
}

static void
add_networks(struct either *either, const struct assess *assess)
{
	size_t count = intruder_name_count(assess->intruder);
	struct buf sql = {0};

	for (size_t i = assess->names_asked; i < count; i++) {
		const struct mark_name *name =
		    intruder_name(assess->intruder, i);

		if (!is_network(name))
			continue;
		buf_str(&sql, "ip_in(ip, ");
		plan_quote(&sql, name->value);
		buf_char(&sql, ')');
		plan_add(&either->arena, &either->list, buf_slice(&sql));
		buf_clear(&sql);
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

/*
 * An app is known by two ids, and what grants it rights names only one where a
 * column has it: these records are found by the other in their text.
 */
static int
find_grants(struct assess *assess, struct set *set, struct err *err)
{
	size_t count = intruder_name_count(assess->intruder);
	struct plan_list texts = {0};
	struct either either = {0};
	int status = 0;

	for (size_t i = assess->names_asked; i < count; i++) {
		const struct mark_name *name =
		    intruder_name(assess->intruder, i);

		if (name->kind == MARK_APP && name->value.len <= TEXT_MAX)
			plan_add(&either.arena, &texts, name->value);
	}
	add_operations(&either, grants, sizeof(grants) / sizeof(grants[0]));
	if (texts.count)
		status = damage_find_some(assess,
		    (struct question){.any = &either.any,
		        .texts = &texts,
		        .since_us = INT64_MIN},
		    set, err);
	arena_release(&either.arena);
	return status;
}

/* Since when records are taken that marks touch. */
static int64_t
since_us(const struct assess *assess)
{
	int64_t from_us = assess->ask->from_us;

	return from_us > INT64_MIN + PAST_US ? from_us - PAST_US : INT64_MIN;
}

int
damage_find(struct assess *assess, bool first, struct set *set, struct err *err)
{
	struct either either = {0};
	struct question question = {.any = &either.any,
	    .either = &either.list,
	    .since_us = since_us(assess)};
	int status = add_records(assess, set, err);

	assess->names_before = assess->names_asked;
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		add_look(&either, assess, &looks[i]);
	add_networks(&either, assess);
	/* All but the last. */
	if (first)
		add_operations(
		    &either, always, sizeof(always) / sizeof(always[0]) - 1);
	if (!status && (either.any.count || either.list.count))
		status = damage_find_some(assess, question, set, err);
	if (!status)
		status = find_grants(assess, set, err);
	assess->names_asked = intruder_name_count(assess->intruder);
	arena_release(&either.arena);
	return status;
}

/* --- what became of it --- */

/*
 * What records of its closing are about: of what is opened the act's target, of
 * a credential of the tenant's own apps that is used, the app.
 */
static void
add_targets(
    const struct act *act, struct plan_list *targets, struct arena *arena)
{
	if (act->certainty == NOT_INTRUDER && act->serves == NOT_INTRUDER)
		return;
	for (uint32_t i = 0; i < act->change_count; i++) {
		const struct way_change *change = &act->changes[i];

		if (change->verb == WAY_OPENS && act->col[EV_TARGET_ID].len)
			plan_add(arena, targets, act->col[EV_TARGET_ID]);
		else if (change->verb == WAY_USES &&
		         change->way == WAY_APP_CREDENTIAL &&
		         change->holder.len)
			plan_add(arena, targets, change->holder);
	}
}

static int
order_texts(const void *a, const void *b)
{
	return slice_order(*(const struct slice *)a, *(const struct slice *)b);
}

int
damage_find_opened(struct assess *assess, struct set *set, struct err *err)
{
	struct plan_list targets = {0}, values = {0};
	struct either either = {0};
	int status = 0;

	for (size_t i = 0; i < assess->act_count; i++)
		add_targets(&assess->acts[i], &targets, &either.arena);
	if (targets.count)
		qsort(targets.list, targets.count, sizeof(*targets.list),
		    order_texts);
	for (size_t i = 0; i < targets.count; i++)
		if (!i || !slice_eq(targets.list[i], targets.list[i - 1]))
			plan_add(&either.arena, &values, targets.list[i]);
	add_any(&either, "target_id", &values);
	if (values.count)
		status = damage_find_some(assess,
		    (struct question){
		        .any = &either.any, .since_us = INT64_MIN},
		    set, err);
	arena_release(&either.arena);
	return status;
}

/* --- what was hidden --- */

/* For so many places it is as well to look at all. */
#define PLACES_MAX 4096

/* A target that is no address may be any mailbox. */
static void
add_places(struct buf *sql, const struct slice *places, size_t count)
{
	buf_str(sql, "target_name IS NULL OR NOT contains(target_name, '@') "
	             "OR lower(target_name) IN (");
	for (size_t i = 0; i < count; i++) {
		buf_str(sql, i ? ", " : "");
		plan_quote(sql, places[i]);
	}
	buf_char(sql, ')');
}

int
damage_find_licences(struct assess *assess, struct set *set, struct err *err)
{
	static const char *const operations[] = {LICENCE};
	struct either either = {0};
	const struct unseen_of of = {.acts = assess->acts,
	    .act_count = assess->act_count,
	    .marks = intruder_mark(assess->intruder, 0),
	    .mark_count = intruder_mark_count(assess->intruder),
	    .arena = &either.arena};
	const struct slice *places;
	size_t count;
	bool all = unseen_opens_all(&of, &places, &count);
	struct plan_list texts = {0};
	struct buf where = {0};
	int status = 0;

	if (all || count > PLACES_MAX)
		count = SIZE_MAX;
	if (count == assess->places_asked)
		goto out;
	assess->places_asked = count;
	add_operations(&either, operations, 1);
	if (count < SIZE_MAX)
		add_places(&where, places, count);
	for (size_t i = 0; i < BLIND_PLANS; i++)
		plan_add(&either.arena, &texts, blind_plans[i]);
	status = damage_find_some(assess,
	    (struct question){.any = &either.any,
	        .where = buf_slice(&where),
	        .texts = &texts,
	        .since_us = since_us(assess)},
	    set, err);
out:
	buf_release(&where);
	arena_release(&either.arena);
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
	struct plan_list values = {0};
	struct either either = {0};
	struct buf lines = {0};
	struct question question = {.any = &either.any,
	    .select = "ip, coalesce(actor_id, lower(actor_name), app_id, '') "
	              "AS account, coalesce(epoch_us(min(time)), 0) AS first, "
	              "coalesce(epoch_us(max(time)), 0) AS last",
	    .behind = "GROUP BY ALL",
	    .format = "ndjson",
	    .where = SLICE("outcome <> 'failure'"),
	    .since_us = INT64_MIN};
	int status;

	if (!count)
		return 0;
	for (size_t i = 0; i < count; i++)
		plan_add(&either.arena, &values, ips[i]);
	add_any(&either, "ip", &values);
	status = damage_ask(assess, &question, &lines, err);
	if (!status)
		status = take_uses(assess, &lines, err);
	arena_release(&either.arena);
	buf_release(&lines);
	return status;
}
