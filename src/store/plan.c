#include "store/plan.h"

#include "store/page.h"

/* --- lists --- */

/* Room for one more; what an arena gave before stays until its end. */
static void *
grow(struct arena *arena, const void *list, size_t count, size_t *room,
    size_t size)
{
	size_t more = *room ? 2 * *room : 4;
	char *to = arena_calloc(arena, more, size);

	if (count)
		memcpy(to, list, count * size);
	*room = more;
	return to;
}

void
plan_add(struct arena *arena, struct plan_list *list, struct slice value)
{
	if (list->count == list->room)
		list->list = grow(arena, list->list, list->count, &list->room,
		    sizeof(*list->list));
	list->list[list->count++] = arena_copy(arena, value);
}

struct plan_group *
plan_group(struct arena *arena, struct plan_groups *groups, bool none)
{
	struct plan_group *group;

	if (groups->count == groups->room)
		groups->list = grow(arena, groups->list, groups->count,
		    &groups->room, sizeof(*groups->list));
	group = &groups->list[groups->count++];
	*group = (struct plan_group){.none = none};
	return group;
}

void
plan_release(struct plan *plan)
{
	arena_release(&plan->arena);
	*plan = (struct plan){0};
}

void
plan_quote(struct buf *sql, struct slice s)
{
	buf_char(sql, '\'');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\'')
			buf_char(sql, '\'');
		buf_char(sql, s.ptr[i]);
	}
	buf_char(sql, '\'');
}

void
plan_any(struct buf *sql, const struct plan_group *group)
{
	/* Within coalesce() a list is looked at while the column is read. */
	buf_printf(sql, "coalesce(" SLICE_FMT " IN (", SLICE_ARG(group->of));
	for (size_t i = 0; i < group->values.count; i++) {
		buf_str(sql, i ? ", " : "");
		plan_quote(sql, group->values.list[i]);
	}
	buf_str(sql, "), false)");
}

/* --- printing --- */

static void
print_part(struct buf *out, const char *name, struct slice value)
{
	buf_str(out, name);
	buf_char(out, ' ');
	buf_slice_add(out, value);
	buf_char(out, '\0');
}

static void
print_list(struct buf *out, const char *name, const struct plan_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		print_part(out, name, list->list[i]);
}

static void
print_number(struct buf *out, const char *name, uint64_t n)
{
	if (n)
		buf_printf(out, "%s %ju%c", name, (uintmax_t)n, '\0');
}

static void
print_groups(struct buf *out, const char *name, const char *turned,
    const struct plan_groups *groups)
{
	for (size_t i = 0; i < groups->count; i++) {
		const struct plan_group *group = &groups->list[i];

		print_part(out, group->none ? turned : name, group->of);
		print_list(out, "or", &group->values);
	}
}

static void
print_text(struct buf *out, const char *name, struct slice value)
{
	if (value.len)
		print_part(out, name, value);
}

void
plan_print(struct buf *out, const struct plan *plan)
{
	print_list(out, "tenant", &plan->tenants);
	print_number(out, "below", plan->below);
	print_text(out, "sql", plan->sql);
	print_groups(out, "any", "", &plan->any);
	print_list(out, "either", &plan->either);
	print_list(out, "where", &plan->where);
	print_groups(out, "id", "not-id", &plan->ids);
	print_groups(out, "text", "not-text", &plan->texts);
	print_text(out, "select", plan->select);
	print_text(out, "behind", plan->behind);
	print_text(out, "order", plan->order);
	print_number(out, "limit", plan->limit);
	print_text(out, "query", plan->query);
}

/* --- parsing --- */

struct parse {
	struct plan *plan;
	struct plan_group *group; /* that "or" belongs to; NULL: none */
};

static bool
take_list(struct parse *p, struct slice name, struct slice value)
{
	struct plan *plan = p->plan;
	struct plan_list *list = NULL;

	if (slice_eq(name, SLICE("tenant")))
		list = &plan->tenants;
	else if (slice_eq(name, SLICE("either")))
		list = &plan->either;
	else if (slice_eq(name, SLICE("where")))
		list = &plan->where;
	else if (slice_eq(name, SLICE("or")) && p->group)
		list = &p->group->values;
	if (list)
		plan_add(&plan->arena, list, value);
	return list != NULL;
}

static bool
take_group(struct parse *p, struct slice name, struct slice value)
{
	struct plan *plan = p->plan;
	bool none = name.len > 4 && !memcmp(name.ptr, "not-", 4);
	struct slice of = slice_skip(name, none ? 4 : 0);

	if (slice_eq(name, SLICE("any")) && value.len) {
		p->group = plan_group(&plan->arena, &plan->any, false);
		p->group->of = arena_copy(&plan->arena, value);
		return true;
	}
	if (value.len)
		return false;
	if (slice_eq(of, SLICE("id")))
		p->group = plan_group(&plan->arena, &plan->ids, none);
	else if (slice_eq(of, SLICE("text")))
		p->group = plan_group(&plan->arena, &plan->texts, none);
	else
		return false;
	return true;
}

static bool
take_number(struct parse *p, struct slice name, struct slice value)
{
	uint64_t *to = NULL;

	if (slice_eq(name, SLICE("below")))
		to = &p->plan->below;
	else if (slice_eq(name, SLICE("limit")))
		to = &p->plan->limit;
	return to && !*to && slice_to_u64(value, to) && *to;
}

static bool
take_text(struct parse *p, struct slice name, struct slice value)
{
	struct plan *plan = p->plan;
	const struct {
		struct slice name, *to;
	} texts[] = {
	    {SLICE_INIT("sql"), &plan->sql},
	    {SLICE_INIT("select"), &plan->select},
	    {SLICE_INIT("behind"), &plan->behind},
	    {SLICE_INIT("order"), &plan->order},
	    {SLICE_INIT("query"), &plan->query},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (slice_eq(name, texts[i].name) && !texts[i].to->len &&
		    value.len) {
			*texts[i].to = arena_copy(&plan->arena, value);
			return true;
		}
	return false;
}

static bool
take_part(struct parse *p, struct slice part)
{
	struct slice value = part, name = slice_cut(&value, ' ');

	/* Without a blank the name is all of it. */
	return name.len < part.len &&
	       (take_list(p, name, value) || take_group(p, name, value) ||
	           take_number(p, name, value) || take_text(p, name, value));
}

int
plan_parse(struct slice text, struct plan *plan, struct err *err)
{
	struct parse p = {.plan = plan};
	bool ok =
	    text.len <= PLAN_MAX && text.len && text.ptr[text.len - 1] == '\0';

	*plan = (struct plan){0};
	while (ok && text.len)
		ok = take_part(&p, slice_cut(&text, '\0'));
	if (!ok || !plan->sql.len == !plan->select.len ||
	    plan->query.len != (plan->limit ? PAGE_QUERY_LEN : 0))
		return err_set(err, ERR_USAGE, "what to look for is not said");
	return 0;
}
