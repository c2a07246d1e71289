/*
 * Attribution: marks are looked for in the acts, and rules make more marks of
 * what was found, until nothing changes.  Everything only grows on the way:
 * marks are added, reach further back, become surer.  So the end is the same
 * for every order.
 */
#include "incident/intruder.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "incident/intruder_part.h"

struct intruder *
intruder_new(void)
{
	struct intruder *intruder = xcalloc(1, sizeof(*intruder));

	intruder->from_us = INT64_MIN;
	intruder->to_us = INT64_MAX;
	return intruder;
}

void
intruder_free(struct intruder *intruder)
{
	if (!intruder)
		return;
	numbered_release(&intruder->known);
	numbered_release(&intruder->cuts);
	numbered_release(&intruder->places);
	numbered_release(&intruder->asked);
	free(intruder->marks);
	free(intruder->names);
	free(intruder->nets);
	free(intruder->net_marks);
	free(intruder->asks);
	free(intruder->uses);
	free(intruder->turns);
	arena_release(&intruder->places_arena);
	arena_release(&intruder->arena);
	free(intruder);
}

/* --- what is given --- */

bool
intruder_mark_parse(
    struct slice text, enum mark_kind *kind, struct slice *value)
{
	for (int i = 0; i < MARK_KINDS; i++) {
		struct slice name = slice_cstr(mark_kind_names[i]);

		if (text.len < name.len + 2 || text.ptr[name.len] != ':' ||
		    memcmp(text.ptr, name.ptr, name.len) != 0)
			continue;
		*kind = (enum mark_kind)i;
		*value =
		    slice_of(text.ptr + name.len + 1, text.len - name.len - 1);
		return true;
	}
	return false;
}

static void
add_net(struct intruder *intruder, const struct ip_net *net, uint32_t mark)
{
	if (intruder->net_count == intruder->net_room) {
		intruder->net_room =
		    intruder->net_room ? 2 * intruder->net_room : 8;
		intruder->nets = xrealloc(intruder->nets,
		    intruder->net_room * sizeof(*intruder->nets));
		intruder->net_marks = xrealloc(intruder->net_marks,
		    intruder->net_room * sizeof(*intruder->net_marks));
	}
	mark_forget(intruder);
	intruder->nets[intruder->net_count] = *net;
	intruder->net_marks[intruder->net_count++] = mark;
}

uint32_t
intruder_give(struct intruder *intruder, enum mark_kind kind,
    struct slice value, enum mark_rule rule)
{
	struct mark mark = {.kind = kind,
	    .rule = rule,
	    .certainty = CERTAINLY_INTRUDER,
	    .own = kind != MARK_SESSION && kind != MARK_USER,
	    .value = value,
	    .from_us = kind == MARK_USER ? FROM_EVIDENCE : intruder->from_us,
	    .via_mark = NO_MARK,
	    .via_index = NO_ACT};
	uint32_t number = mark_put(intruder, &mark);
	struct ip_net net;

	if (number != NO_MARK && kind == MARK_IP && ip_net_parse(value, &net))
		add_net(intruder, &net, number);
	return number;
}

void
intruder_cut(struct intruder *intruder, enum mark_kind kind, struct slice value)
{
	struct slice name = kind == MARK_TOKEN
	                        ? arena_copy(&intruder->arena, value)
	                        : intruder_fold(intruder, value);

	numbered_add(&intruder->cuts, kind, name, 0);
	intruder->records |= kind == MARK_RECORD;
}

void
intruder_within(struct intruder *intruder, int64_t from_us, int64_t to_us)
{
	intruder->from_us = from_us;
	intruder->to_us = to_us;
}

/* --- whose an account is, and where it was used --- */

static int
order_turns(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->mark != y->mark)
		return x->mark < y->mark ? -1 : 1;
	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return x->taken - y->taken; /* of two at once the intruder's counts */
}

static void
add_turn(struct intruder *intruder, uint32_t mark, bool taken, int64_t time_us)
{
	if (intruder->turn_count == intruder->turn_room) {
		intruder->turn_room =
		    intruder->turn_room ? 2 * intruder->turn_room : 64;
		intruder->turns = xrealloc(intruder->turns,
		    intruder->turn_room * sizeof(*intruder->turns));
	}
	intruder->turns[intruder->turn_count++] =
	    (struct turn){mark, taken, time_us};
}

/* A new password, or a disabled account, by who is not the intruder. */
static void
find_given_back(struct intruder *intruder, const struct act *act)
{
	for (uint32_t i = 0; i < act->change_count; i++) {
		const struct way_change *change = &act->changes[i];
		uint32_t mark;

		if (change->verb != WAY_CLOSES ||
		    (change->way != WAY_PASSWORD && change->way != WAY_ACCOUNT))
			continue;
		mark = mark_of_text(intruder, MARK_USER, change->holder);
		if (mark == NO_MARK)
			mark = mark_of_text(
			    intruder, MARK_USER, change->holder_name);
		if (mark != NO_MARK)
			add_turn(intruder, mark, false, act->time_us);
	}
}

bool
is_by_app(struct intruder *intruder, const struct act *act)
{
	uint32_t number = mark_of_app(intruder, act);
	const struct mark *mark =
	    number == NO_MARK ? NULL : &intruder->marks[number];

	return mark && mark->own && !mark->cut &&
	       (!act->signin || act->app_only);
}

static void
find_turns(struct intruder *intruder, const struct act *acts, size_t count)
{
	intruder->turn_count = 0;
	for (size_t i = 0; i < intruder->mark_count; i++)
		if (intruder->marks[i].kind == MARK_USER)
			add_turn(intruder, (uint32_t)i, true,
			    intruder->marks[i].from_us);
	for (size_t i = 0; i < count; i++) {
		const struct act *act = &acts[i];
		uint32_t account;

		if (act->certainty == NOT_INTRUDER) {
			find_given_back(intruder, act);
			continue;
		}
		account = mark_of_account(intruder, act);
		if (account != NO_MARK && account != act->mark &&
		    !is_by_app(intruder, act))
			add_turn(intruder, account, true, act->time_us);
	}
	if (intruder->turn_count)
		qsort(intruder->turns, intruder->turn_count,
		    sizeof(*intruder->turns), order_turns);
}

/* Whether the intruder had the account then. */
static bool
had(const struct intruder *intruder, uint32_t mark, int64_t time_us)
{
	size_t low = 0, high = intruder->turn_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct turn *turn = &intruder->turns[middle];

		if (turn->mark < mark ||
		    (turn->mark == mark && turn->time_us <= time_us))
			low = middle + 1;
		else
			high = middle;
	}
	return low && intruder->turns[low - 1].mark == mark &&
	       intruder->turns[low - 1].taken;
}

/* When the accounts and apps that are marked first used each address. */
static void
find_places(struct intruder *intruder, const struct act *acts, size_t count)
{
	numbered_release(&intruder->places);
	arena_reset(&intruder->places_arena);
	for (size_t i = 0; i < count; i++) {
		const struct act *act = &acts[i];
		struct slice place;
		int64_t *first;
		uint32_t mark;

		if (act->outcome == OUTCOME_FAILURE || act->background)
			continue;
		mark = act->app_only ? mark_of_app(intruder, act)
		                     : mark_of_account(intruder, act);
		place = mark == NO_MARK ? SLICE("")
		                        : place_of_text(intruder, act->ip);
		if (!place.len)
			continue;
		first = numbered_find(&intruder->places, mark, place);
		if (!first)
			first = numbered_add(&intruder->places, mark,
			    arena_copy(&intruder->places_arena, place),
			    act->time_us);
		if (*first > act->time_us)
			*first = act->time_us;
	}
}

/* Whether the owner was there before the intrusion reached the account. */
static bool
is_known_place(struct intruder *intruder, uint32_t mark, const struct act *act)
{
	const int64_t *first = numbered_find(
	    &intruder->places, mark, place_of_text(intruder, act->ip));

	return first && *first < intruder->marks[mark].from_us;
}

/* --- attribution --- */

static bool
is_cut(struct intruder *intruder, enum mark_kind kind, struct slice value)
{
	uint32_t mark = mark_of_text(intruder, kind, value);

	if (mark != NO_MARK)
		return intruder->marks[mark].cut;
	if (kind == MARK_IP)
		return numbered_find(&intruder->cuts, kind, value) ||
		       numbered_find(&intruder->cuts, kind,
		           place_of_text(intruder, value));
	return numbered_find(&intruder->cuts, kind, value) != NULL;
}

static struct slice
record_name(const struct act *act, char room[24])
{
	char *end = room + 24;
	uint64_t n = act->index;

	do
		*--end = (char)('0' + n % 10);
	while (n /= 10);
	return slice_of(end, (size_t)(room + 24 - end));
}

/* The strongest so far. */
static void
own_mark(struct intruder *intruder, struct act *act, uint32_t number)
{
	const struct mark *mark;

	if (number == NO_MARK)
		return;
	mark = &intruder->marks[number];
	if (!mark->own || mark->cut || mark->certainty <= act->certainty)
		return;
	act->certainty = mark->certainty;
	act->mark = number;
}

static void
by_own(struct intruder *intruder, struct act *act)
{
	const struct {
		enum mark_kind kind;
		struct slice text;
	} marks[] = {{MARK_IP, act->ip}, {MARK_DEVICE, act->col[EV_DEVICE]},
	    {MARK_TOKEN, act->token}, {MARK_CREDENTIAL, act->credential}};
	char room[24];

	if (intruder->records)
		own_mark(intruder, act,
		    mark_find(intruder, MARK_RECORD, record_name(act, room)));
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		own_mark(intruder, act,
		    mark_of_text(intruder, marks[i].kind, marks[i].text));
	own_mark(intruder, act, mark_of_account(intruder, act));
	/* Somebody's sign-in to an app is that person's. */
	if (!act->signin || act->app_only)
		own_mark(intruder, act, mark_of_app(intruder, act));
}

/* Why an act is not the intruder's, although a shared mark touches it. */
static enum not_why
why_not(struct intruder *intruder, const struct act *act, uint32_t number,
    uint32_t owner)
{
	const struct mark *mark = &intruder->marks[number];

	if (mark->cut || is_cut(intruder, MARK_IP, act->ip) ||
	    is_cut(intruder, MARK_SESSION, act->col[EV_SESSION]) ||
	    is_cut(intruder, MARK_DEVICE, act->col[EV_DEVICE]) ||
	    is_cut(intruder, MARK_APP, act->col[EV_APP_ID]))
		return NOT_CUT;
	if (act->background)
		return NOT_BACKGROUND;
	if (act->time_us < mark->from_us)
		return NOT_BEFORE;
	if (mark->kind == MARK_USER && !mark->always &&
	    !had(intruder, number, act->time_us))
		return NOT_BEFORE;
	if (owner != NO_MARK && is_known_place(intruder, owner, act))
		return NOT_KNOWN_PLACE;
	return NOT_ASKED;
}

static void
shared_mark(
    struct intruder *intruder, struct act *act, uint32_t number, uint32_t owner)
{
	enum not_why why;

	if (number == NO_MARK || act->certainty != NOT_INTRUDER ||
	    intruder->marks[number].own)
		return;
	why = why_not(intruder, act, number, owner);
	if (why == NOT_ASKED) {
		act->certainty = LIKELY_INTRUDER;
		act->mark = number;
	} else if (!act->why || act->why == NOT_BEFORE) {
		act->why = why;
	}
}

/*
 * What a service of the suite writes down for a person, as the registration of
 * a device, has no person as its actor: it is told by whom it is for.
 */
static void
by_holder(struct intruder *intruder, struct act *act)
{
	if (slice_eq(act->col[EV_ACTOR_TYPE], SLICE("user")) ||
	    slice_eq(act->col[EV_ACTOR_TYPE], SLICE("admin")))
		return;
	for (uint32_t i = 0; i < act->change_count; i++) {
		const struct way_change *change = &act->changes[i];
		uint32_t mark;

		if (change->verb != WAY_OPENS ||
		    (change->way != WAY_DEVICE &&
		        change->way != WAY_MFA_METHOD))
			continue;
		mark = mark_of_text(intruder, MARK_USER, change->holder);
		shared_mark(intruder, act, mark, mark);
	}
}

static void
attribute(struct intruder *intruder, struct act *act)
{
	uint32_t account = mark_of_account(intruder, act);
	char room[24];

	act->certainty = NOT_INTRUDER;
	act->mark = NO_MARK;
	act->why = NOT_ASKED;
	if (intruder->records && numbered_find(&intruder->cuts, MARK_RECORD,
	                             record_name(act, room))) {
		act->why = NOT_CUT;
		return;
	}
	if (act->time_us < intruder->from_us || act->time_us >= intruder->to_us)
		return;
	by_own(intruder, act);
	if (act->certainty == CERTAINLY_INTRUDER)
		return;
	shared_mark(intruder, act,
	    mark_of_text(intruder, MARK_SESSION, act->col[EV_SESSION]),
	    account);
	if (act->app_only) {
		uint32_t app = mark_of_app(intruder, act);

		shared_mark(intruder, act, app, app);
	} else {
		shared_mark(intruder, act, account, account);
	}
	by_holder(intruder, act);
	if (act->certainty != NOT_INTRUDER)
		act->why = NOT_ASKED;
}

/* --- until nothing changes --- */

static void
learn_app(struct intruder *intruder, const struct way_change *change)
{
	uint32_t mark = mark_of_text(intruder, MARK_APP, change->object);

	if (mark == NO_MARK)
		mark = mark_of_text(intruder, MARK_APP, change->also);
	if (mark == NO_MARK)
		return;
	mark_alias(intruder, mark, change->object);
	mark_alias(intruder, mark, change->also);
}

/* An account or app that is known by one name is known by its others. */
static void
learn_names(struct intruder *intruder, const struct act *act)
{
	uint32_t mark = mark_of_account(intruder, act);

	if (mark != NO_MARK && !act->app_only) {
		mark_alias(intruder, mark, act->account);
		mark_alias(intruder, mark, act->account_id);
		mark_call(intruder, mark, act->account);
	}
	mark = mark_of_app(intruder, act);
	if (mark != NO_MARK && act->app_only) {
		mark_alias(intruder, mark, act->col[EV_APP_ID]);
		mark_alias(intruder, mark, act->account_id);
	}
	for (uint32_t i = 0; i < act->change_count; i++)
		if (act->changes[i].way == WAY_APP)
			learn_app(intruder, &act->changes[i]);
}

/* What is opened for an app or account that only the intruder has. */
static void
find_served(struct intruder *intruder, struct act *act)
{
	static const enum mark_kind kinds[] = {MARK_APP, MARK_USER};

	act->serves = NOT_INTRUDER;
	act->by_app = is_by_app(intruder, act);
	for (uint32_t i = 0; i < 2 * act->change_count; i++) {
		const struct way_change *change = &act->changes[i / 2];
		uint32_t number =
		    mark_of_text(intruder, kinds[i % 2], change->holder);
		const struct mark *mark =
		    number == NO_MARK ? NULL : &intruder->marks[number];

		if (change->verb == WAY_OPENS && mark && mark->own &&
		    !mark->cut && mark->certainty > act->serves)
			act->serves = mark->certainty;
	}
}

static void
count_acts(struct intruder *intruder, const struct act *acts, size_t count)
{
	for (size_t i = 0; i < intruder->mark_count; i++)
		intruder->marks[i].certain = intruder->marks[i].likely = 0;
	for (size_t i = 0; i < count; i++) {
		struct mark *mark;

		if (acts[i].certainty == NOT_INTRUDER)
			continue;
		mark = &intruder->marks[acts[i].mark];
		if (acts[i].certainty == CERTAINLY_INTRUDER)
			mark->certain++;
		else
			mark->likely++;
	}
}

/*
 * An account of which nothing shows since when the intruder had it, when all
 * that can be brought is there, was the intruder's all the time: also after a
 * new password, which may have come before the intrusion.  Whether there was
 * one.
 */
static bool
had_always(struct intruder *intruder)
{
	bool any = false;

	for (size_t i = 0; i < intruder->mark_count; i++) {
		if (intruder->marks[i].from_us != FROM_EVIDENCE)
			continue;
		intruder->marks[i].from_us = intruder->from_us;
		intruder->marks[i].always = true;
		any = true;
	}
	return any;
}

bool
intruder_spread(struct intruder *intruder, struct act *acts, size_t count)
{
	size_t before = intruder->name_count;

	mark_forget(intruder);
	rules_begin(intruder);
	do {
		intruder->changed = false;
		for (size_t i = 0; i < count; i++)
			learn_names(intruder, &acts[i]);
		find_turns(intruder, acts, count);
		find_places(intruder, acts, count);
		for (size_t i = 0; i < count; i++)
			attribute(intruder, &acts[i]);
		for (size_t i = 0; i < count; i++)
			if (acts[i].certainty != NOT_INTRUDER)
				rules_apply(intruder, &acts[i]);
	} while (intruder->changed ||
	         (intruder->name_count == before && !intruder->ask_count &&
	             had_always(intruder)));
	for (size_t i = 0; i < count; i++)
		find_served(intruder, &acts[i]);
	count_acts(intruder, acts, count);
	return intruder->name_count > before || intruder->ask_count > 0;
}

size_t
intruder_name_count(const struct intruder *intruder)
{
	return intruder->name_count;
}

const struct mark_name *
intruder_name(const struct intruder *intruder, size_t i)
{
	return &intruder->names[i];
}

size_t
intruder_mark_count(const struct intruder *intruder)
{
	return intruder->mark_count;
}

const struct mark *
intruder_mark(const struct intruder *intruder, size_t i)
{
	return &intruder->marks[i];
}

size_t
intruder_asks(const struct intruder *intruder, const struct slice **ips)
{
	*ips = intruder->asks;
	return intruder->ask_count;
}
