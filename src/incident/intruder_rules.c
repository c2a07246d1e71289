/*
 * The rules by which marks follow from acts.  docs/damage.md has them in words,
 * intruder_words.c as reports say them.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "incident/intruder_part.h"

/* A mark that follows from the act; it is as sure as the act is. */
static uint32_t
follow_since(struct intruder *intruder, const struct act *act,
    enum mark_rule rule, enum mark_kind kind, struct slice value,
    int64_t from_us)
{
	struct mark mark = {.kind = kind,
	    .rule = rule,
	    .certainty = act->certainty,
	    .own = rule == RULE_TOKEN || rule == RULE_DEVICE ||
	           rule == RULE_CREDENTIAL || rule == RULE_APP ||
	           rule == RULE_CREATED || rule == RULE_ADDRESS,
	    .value = value,
	    .from_us = from_us,
	    .via_mark = act->mark,
	    .via_index = act->index};

	return mark_put_text(intruder, &mark);
}

static uint32_t
follow(struct intruder *intruder, const struct act *act, enum mark_rule rule,
    enum mark_kind kind, struct slice value)
{
	return follow_since(intruder, act, rule, kind, value, act->time_us);
}

static bool
is_of_record(const struct intruder *intruder, const struct act *act)
{
	return intruder->marks[act->mark].kind == MARK_RECORD;
}

/* Whether the act shows that the intruder was in the account itself. */
static bool
in_account(const struct mark *mark, const struct act *act)
{
	return act->outcome != OUTCOME_FAILURE && !act->app_only &&
	       (mark->own || mark->kind == MARK_SESSION) &&
	       mark->kind != MARK_APP && mark->kind != MARK_CREDENTIAL;
}

/*
 * Since when the intruder had the account.  A record that was given is what
 * was noticed, and seldom the first that was done: it is since the account was
 * first used from where the record comes from, or else to be found out.
 */
static int64_t
account_since(struct intruder *intruder, const struct act *act)
{
	struct slice place;
	const int64_t *first;

	if (!is_of_record(intruder, act))
		return act->time_us;
	place = place_of_text(intruder, act->ip);
	if (!place.len)
		return FROM_EVIDENCE;
	first = numbered_find(
	    &intruder->places, mark_of_account(intruder, act), place);
	return first && *first < act->time_us ? *first : act->time_us;
}

static void
follow_session(struct intruder *intruder, const struct act *act)
{
	uint32_t mark;

	follow_since(intruder, act, RULE_SESSION, MARK_SESSION,
	    act->col[EV_SESSION],
	    is_of_record(intruder, act) ? intruder->from_us : act->time_us);
	mark = follow_since(intruder, act, RULE_ACCOUNT, MARK_USER,
	    act->account_id.len ? act->account_id : act->account,
	    account_since(intruder, act));
	if (mark != NO_MARK) {
		mark_alias(intruder, mark, act->account);
		mark_call(intruder, mark, act->account);
	}
	if (act->signin && intruder->marks[act->mark].own)
		follow(intruder, act, RULE_TOKEN, MARK_TOKEN, act->token);
}

static void
name_mark(struct intruder *intruder, uint32_t mark,
    const struct way_change *change, struct slice name)
{
	if (mark == NO_MARK)
		return;
	mark_alias(intruder, mark, change->holder);
	if (change->way == WAY_APP)
		mark_alias(intruder, mark, change->also);
	if (!intruder->marks[mark].name.len)
		intruder->marks[mark].name = arena_copy(&intruder->arena, name);
}

/* Exchange calls people by aliases, by which no act is found. */
static bool
is_name_of_account(struct slice holder)
{
	return holder.len &&
	       (memchr(holder.ptr, '@', holder.len) || slice_is_guid(holder));
}

/*
 * What only someone of the intruder's would be given: an account, or an app,
 * which has no address for a name.
 */
static void
follow_rights(struct intruder *intruder, const struct act *act,
    const struct way_change *change, enum mark_rule rule)
{
	struct slice name = change->holder_name;
	bool app = name.len && !memchr(name.ptr, '@', name.len);
	uint32_t mark;

	if (!is_name_of_account(change->holder) ||
	    slice_eq(change->holder, act->account_id) ||
	    slice_eq(change->holder, act->account))
		return;
	mark = follow(
	    intruder, act, rule, app ? MARK_APP : MARK_USER, change->holder);
	if (mark == NO_MARK)
		return;
	if (!app)
		mark_alias(intruder, mark, name);
	name_mark(intruder, mark, change, name);
}

static void
follow_change(struct intruder *intruder, const struct act *act,
    const struct way_change *change)
{
	uint32_t mark;

	switch (change->way) {
	case WAY_DEVICE:
		mark = follow(
		    intruder, act, RULE_DEVICE, MARK_DEVICE, change->object);
		if (mark != NO_MARK) {
			mark_alias(intruder, mark, change->also);
			mark_alias(intruder, mark, change->name);
		}
		return;
	case WAY_APP_CREDENTIAL:
		follow(intruder, act, RULE_CREDENTIAL, MARK_CREDENTIAL,
		    change->object);
		mark = follow(intruder, act, RULE_CREDENTIAL_OF, MARK_APP,
		    change->holder);
		name_mark(intruder, mark, change, change->holder_name);
		return;
	case WAY_APP:
		mark =
		    follow(intruder, act, RULE_APP, MARK_APP, change->object);
		name_mark(intruder, mark, change, change->name);
		return;
	case WAY_CONSENT:
	case WAY_PERMISSION:
		if (!is_of_record(intruder, act))
			return;
		mark =
		    follow(intruder, act, RULE_APP, MARK_APP, change->holder);
		name_mark(intruder, mark, change, change->holder_name);
		return;
	case WAY_APP_ROLE:
		mark = follow(
		    intruder, act, RULE_RIGHTS, MARK_APP, change->holder);
		name_mark(intruder, mark, change, change->holder_name);
		return;
	case WAY_ACCOUNT:
	case WAY_GUEST:
		mark = follow(
		    intruder, act, RULE_CREATED, MARK_USER, change->object);
		if (mark != NO_MARK)
			mark_alias(intruder, mark, change->name);
		name_mark(intruder, mark, change, change->name);
		return;
	case WAY_PASSWORD:
	case WAY_MFA_METHOD:
	case WAY_TEMPORARY_PASS:
		follow_rights(intruder, act, change, RULE_TAKEN);
		return;
	case WAY_DIRECTORY_ROLE:
	case WAY_ELIGIBLE_ROLE:
	case WAY_EDISCOVERY_ROLE:
	case WAY_MAILBOX_PERMISSION:
		follow_rights(intruder, act, change, RULE_RIGHTS);
		return;
	default:
		return;
	}
}

/* --- addresses --- */

static int
order_uses(const void *a, const void *b)
{
	const struct address_use *x = a, *y = b;
	int order = slice_order(x->ip, y->ip);

	return order ? order : slice_order(x->account, y->account);
}

void
intruder_used(struct intruder *intruder, const struct address_use *use)
{
	struct address_use *to;

	if (intruder->use_count == intruder->use_room) {
		intruder->use_room =
		    intruder->use_room ? 2 * intruder->use_room : 64;
		intruder->uses = xrealloc(intruder->uses,
		    intruder->use_room * sizeof(*intruder->uses));
	}
	to = &intruder->uses[intruder->use_count++];
	*to = *use;
	to->ip = arena_copy(&intruder->arena, use->ip);
	to->account = intruder_fold(intruder, use->account);
}

/* What was asked for last is answered now. */
void
rules_begin(struct intruder *intruder)
{
	for (size_t i = 0; i < intruder->ask_count; i++)
		*numbered_find(&intruder->asked, 0, intruder->asks[i]) = 1;
	intruder->ask_count = 0;
	if (intruder->use_count)
		qsort(intruder->uses, intruder->use_count,
		    sizeof(*intruder->uses), order_uses);
}

static void
ask(struct intruder *intruder, struct slice ip)
{
	if (intruder->ask_count == intruder->ask_room) {
		intruder->ask_room =
		    intruder->ask_room ? 2 * intruder->ask_room : 64;
		intruder->asks = xrealloc(intruder->asks,
		    intruder->ask_room * sizeof(*intruder->asks));
	}
	ip = arena_copy(&intruder->arena, ip);
	intruder->asks[intruder->ask_count++] = ip;
	numbered_add(&intruder->asked, 0, ip, 0);
}

/* Used by somebody who is not known to be the intruder, or was not then. */
static bool
is_foreign_use(
    struct intruder *intruder, const struct address_use *use, int64_t since_us)
{
	uint32_t mark = mark_find(intruder, MARK_USER, use->account);
	const struct mark *by;

	if (mark == NO_MARK)
		mark = mark_find(intruder, MARK_APP, use->account);
	if (mark == NO_MARK)
		return true;
	by = &intruder->marks[mark];
	return by->cut || (!by->own && (use->first_us < by->from_us ||
	                                   use->first_us < since_us));
}

static bool
nobody_else(struct intruder *intruder, struct slice ip, int64_t since_us)
{
	size_t low = 0, high = intruder->use_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_order(intruder->uses[middle].ip, ip) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (;
	     low < intruder->use_count && slice_eq(intruder->uses[low].ip, ip);
	     low++)
		if (is_foreign_use(intruder, &intruder->uses[low], since_us))
			return false;
	return true;
}

/* An address of what only the intruder has may be the intruder's, too. */
static void
follow_address(struct intruder *intruder, const struct act *act)
{
	struct slice ip = act->ip;
	const struct mark *by = &intruder->marks[act->mark];
	const int64_t *answered;

	if (!ip.len || act->background || !by->own || by->kind == MARK_IP ||
	    act->certainty != CERTAINLY_INTRUDER ||
	    mark_of_text(intruder, MARK_IP, ip) != NO_MARK)
		return;
	answered = numbered_find(&intruder->asked, 0, ip);
	if (!answered)
		ask(intruder, ip);
	else if (*answered &&
	         nobody_else(intruder, ip,
	             is_of_record(intruder, act) ? act->time_us : INT64_MIN))
		follow(intruder, act, RULE_ADDRESS, MARK_IP, ip);
}

void
rules_apply(struct intruder *intruder, const struct act *act)
{
	if (intruder->marks[act->mark].cut)
		return;
	if (in_account(&intruder->marks[act->mark], act) &&
	    !is_by_app(intruder, act))
		follow_session(intruder, act);
	if (act->outcome != OUTCOME_FAILURE)
		for (uint32_t i = 0; i < act->change_count; i++)
			if (act->changes[i].verb == WAY_OPENS)
				follow_change(intruder, act, &act->changes[i]);
	follow_address(intruder, act);
}
