#include <stdio.h>
#include <stdlib.h>

#include "incident/change.h"
#include "incident/intruder.h"
#include "incident/state_part.h"

/*
 * Where a way's absence is read: all lists named have to be whole.  `covers`:
 * only of mailboxes, groups that the list shows to be in it.
 */
static const struct source {
	const char *lists[2];
	bool covers;
} sources[WAY_COUNT] = {
    [WAY_PASSWORD] = {{"state.users"}, false},
    [WAY_SESSION] = {{"state.users"}, false},
    [WAY_REFRESH_TOKEN] = {{"state.users"}, false},
    [WAY_MFA_METHOD] = {{"state.authenticationMethods"}, false},
    [WAY_APP_CREDENTIAL] = {{"state.applications", "state.servicePrincipals"},
        false},
    [WAY_APP_OWNER] = {{"state.applications", "state.servicePrincipals"},
        false},
    [WAY_CONSENT] = {{"state.oauth2PermissionGrants"}, false},
    [WAY_PERMISSION] = {{"state.oauth2PermissionGrants"}, false},
    [WAY_DIRECTORY_ROLE] = {{"state.roleAssignments"}, false},
    [WAY_ELIGIBLE_ROLE] = {{"state.roleEligibility"}, false},
    [WAY_CONDITIONAL_ACCESS] = {{"state.conditionalAccess",
                                    "state.namedLocations"},
        false},
    [WAY_INBOX_RULE] = {{"state.inboxRules"}, true},
    [WAY_HIDDEN_RULE] = {{"Get-InboxRule -IncludeHidden"}, true},
    [WAY_FORWARDING] = {{"Get-Mailbox"}, true},
    [WAY_TRANSPORT_RULE] = {{"Get-TransportRule"}, false},
    [WAY_JOURNAL_RULE] = {{"Get-JournalRule"}, false},
    [WAY_MAILBOX_PERMISSION] = {{"Get-MailboxPermission"}, true},
    [WAY_FOLDER_PERMISSION] = {{"Get-MailboxFolderPermission"}, true},
    [WAY_FEDERATION] = {{"state.domains"}, false},
    [WAY_GUEST] = {{"state.users"}, false},
    [WAY_ACCOUNT] = {{"state.users"}, false},
    [WAY_APP] = {{"state.applications", "state.servicePrincipals"}, false},
    [WAY_EDISCOVERY_ROLE] = {{"Get-RoleGroupMember"}, true},
    [WAY_AUDIT_BYPASS] = {{"Get-MailboxAuditBypassAssociation"}, false},
};

/* --- rows --- */

static bool
tenant_fits(struct slice a, struct slice b)
{
	return !a.len || !b.len || slice_eq(a, b);
}

static void
better(const struct state_row **best, const struct state_row *row,
    const struct state_question *question, struct slice object)
{
	if (!object.len || row->way.way != question->way ||
	    !slice_eq(row->way.object, object) ||
	    !tenant_fits(row->tenant, question->tenant) ||
	    (question->place.len && !slice_eq(row->way.place, question->place)))
		return;
	if (!*best || state_row_order(row, *best) < 0)
		*best = row;
}

static void
find(const struct state *state, const struct state_question *question,
    struct slice object, const struct state_row **best)
{
	size_t low = 0, high = state->sorted;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct state_way *way = &state->rows[middle].way;

		if (way->way < question->way ||
		    (way->way == question->way &&
		        slice_order(way->object, object) < 0))
			low = middle + 1;
		else
			high = middle;
	}
	for (;
	     low < state->sorted && state->rows[low].way.way == question->way &&
	     slice_eq(state->rows[low].way.object, object);
	     low++)
		better(best, &state->rows[low], question, object);
	for (size_t i = state->sorted; i < state->count; i++)
		better(best, &state->rows[i], question, object);
}

const struct state_row *
state_find(const struct state *state, const struct state_question *question)
{
	const struct state_row *best = NULL;

	find(state, question, question->object, &best);
	find(state, question, question->also, &best);
	return best;
}

/* --- absence --- */

static const struct state_list *
newest(const struct state *state, struct slice stream, struct slice tenant)
{
	const struct state_list *best = NULL;

	for (size_t i = 0; i < state->list_count; i++) {
		const struct state_list *list = &state->lists[i];

		if (list->whole && slice_eq(list->stream, stream) &&
		    tenant_fits(list->tenant, tenant) &&
		    (!best || list->read_us > best->read_us))
			best = list;
	}
	return best;
}

/* The newest list that has all of a mailbox, if it is whole. */
static const struct state_list *
covering(const struct state *state, struct slice stream, struct slice what,
    struct slice tenant)
{
	char room[512];
	int n = what.len ? snprintf(room, sizeof(room), SLICE_FMT ":" SLICE_FMT,
	                       SLICE_ARG(stream), SLICE_ARG(what))
	                 : 0;
	struct state_question question = {
	    .way = (enum way)ROW_COVERS, .tenant = tenant};
	const struct state_row *row = NULL;

	if (n <= 0 || (size_t)n >= sizeof(room))
		return NULL;
	for (int i = 0; i < n; i++)
		if (room[i] >= 'A' && room[i] <= 'Z')
			room[i] |= 0x20;
	question.object = slice_of(room, (size_t)n);
	row = state_find(state, &question);
	return row && state->lists[row->list].whole ? &state->lists[row->list]
	                                            : NULL;
}

static void
later(const struct state_list *list, int64_t *absent_us, struct slice *where)
{
	if (!list ||
	    (*absent_us != EVENT_NO_TIME && *absent_us >= list->read_us))
		return;
	*absent_us = list->read_us;
	*where = list->where;
}

static void
of_mailbox(const struct state *state, const struct state_question *question,
    int64_t *absent_us, struct slice *where)
{
	const struct source *source = &sources[question->way];
	struct slice rest = question->object, what = slice_cut(&rest, ':');
	struct slice stream = slice_cstr(source->lists[0]);
	bool sent = question->way == WAY_MAILBOX_PERMISSION;

	if (sent && rest.len >= 6 &&
	    slice_eq(slice_skip(rest, rest.len - 6), SLICE("sendas")))
		stream = SLICE("Get-RecipientPermission");
	else if (sent && slice_eq(rest, SLICE("sendonbehalf")))
		stream = SLICE("Get-Mailbox");
	later(
	    covering(state, stream, what, question->tenant), absent_us, where);
	if (question->way == WAY_INBOX_RULE)
		later(covering(state, SLICE("Get-InboxRule"), what,
		          question->tenant),
		    absent_us, where);
}

/* Whose list it is follows from the resource's app id. */
static struct slice
role_list(const struct state *state, const struct state_question *question)
{
	static const char *const lists[][2] = {
	    {"00000003-0000-0000-c000-000000000000", "state.appRoles.graph"},
	    {"00000002-0000-0ff1-ce00-000000000000", "state.appRoles.exchange"},
	    {"00000003-0000-0ff1-ce00-000000000000",
	        "state.appRoles.sharepoint"}};
	struct state_question of = {
	    .way = (enum way)ROW_APP_ID, .tenant = question->tenant};
	struct slice rest = question->object;
	const struct state_row *row;

	(void)slice_cut(&rest, ':');
	of.object = slice_cut(&rest, ':');
	row = state_find(state, &of);
	for (size_t i = 0; row && i < 3; i++)
		if (slice_eq(row->way.detail, slice_cstr(lists[i][0])))
			return slice_cstr(lists[i][1]);
	return SLICE("");
}

/* What no list would show, though it shows others of the kind. */
static bool
is_hidden(const struct state *state, const struct state_question *question)
{
	struct state_question app = {
	    .way = (enum way)ROW_CROWDED, .tenant = question->tenant};
	struct slice rest = question->object, first = slice_cut(&rest, ':');
	struct slice second = slice_cut(&rest, ':');

	switch (question->way) {
	case WAY_APP_CREDENTIAL:
		return slice_eq(second, SLICE("federated"));
	case WAY_APP_OWNER:
		app.object = first;
		return state_find(state, &app) != NULL;
	case WAY_CONDITIONAL_ACCESS:
		return slice_eq(first, SLICE("mfa")) ||
		       slice_eq(first, SLICE("deleted"));
	case WAY_MFA_METHOD:
		return slice_eq(second, SLICE("type")) ||
		       slice_eq(second, SLICE("key")) ||
		       slice_eq(second, SLICE("method")) ||
		       slice_eq(second, SLICE("app-password"));
	case WAY_DIRECTORY_ROLE:
		return slice_eq(first, SLICE("rolegroup"));
	case WAY_GUEST:
		return slice_eq(first, SLICE("team"));
	case WAY_EDISCOVERY_ROLE:
		return slice_eq(first, SLICE("case")) ||
		       slice_eq(first, SLICE("case-admin"));
	case WAY_MAILBOX_PERMISSION:
		return slice_eq(first, SLICE("role"));
	default:
		return false;
	}
}

static struct slice
list_of(
    const struct state *state, const struct state_question *question, size_t i)
{
	struct slice object = question->object;
	const char *name = sources[question->way].lists[i];

	if (question->way == WAY_APP_ROLE)
		return i ? SLICE("") : role_list(state, question);
	if (question->way == WAY_CROSS_TENANT)
		return i ? SLICE("")
		       : slice_eq(object, SLICE("default"))
		           ? SLICE("state.crossTenantDefault")
		           : SLICE("state.crossTenantPartners");
	if (question->way == WAY_CONNECTOR)
		return i ? SLICE("")
		       : object.len && object.ptr[0] == 'i'
		           ? SLICE("Get-InboundConnector")
		           : SLICE("Get-OutboundConnector");
	return name ? slice_cstr(name) : SLICE("");
}

int64_t
state_absent(const struct state *state, const struct state_question *question,
    struct slice *where)
{
	int64_t absent_us = EVENT_NO_TIME;

	*where = SLICE("");
	if (is_hidden(state, question))
		return EVENT_NO_TIME;
	if (sources[question->way].covers) {
		of_mailbox(state, question, &absent_us, where);
		return absent_us;
	}
	for (size_t i = 0; i < 2; i++) {
		struct slice stream = list_of(state, question, i);
		const struct state_list *list;

		if (!stream.len)
			break;
		list = newest(state, stream, question->tenant);
		if (!list)
			return EVENT_NO_TIME;
		if (absent_us == EVENT_NO_TIME || list->read_us < absent_us) {
			absent_us = list->read_us;
			*where = list->where;
		}
	}
	return absent_us;
}

/* --- asking --- */

/* What the lists call it. */
static struct state_question
in_lists(const struct state_question *question)
{
	struct state_question q = *question;
	const char *mark;

	switch (q.way) {
	case WAY_GUEST:
		q.way = WAY_ACCOUNT;
		break;
	case WAY_MFA_METHOD:
		/* Which kinds a person has, and not which devices. */
		mark = q.object.len ? memrchr(q.object.ptr, ':', q.object.len)
		                    : NULL;
		if (mark && memchr(q.object.ptr, ':', q.object.len) != mark)
			q.object.len = (size_t)(mark - q.object.ptr);
		q.place = SLICE("");
		break;
	case WAY_CONSENT:
		break;
	default:
		q.place = SLICE("");
	}
	return q;
}

struct state_seen
state_ask(const struct state *state, const struct state_question *question)
{
	struct state_question q = in_lists(question);
	struct state_seen seen = {.seen_us = EVENT_NO_TIME,
	    .made_us = EVENT_NO_TIME,
	    .index = NO_ACT};
	const struct state_row *row = state_find(state, &q);
	int64_t absent_us = state_absent(state, question, &seen.where);

	if (row &&
	    (absent_us == EVENT_NO_TIME || row->way.seen_us >= absent_us)) {
		seen.known = seen.present = true;
		seen.seen_us = row->way.seen_us;
		seen.made_us = row->way.made_us;
		seen.index = row->way.index;
		seen.where = row->way.where;
		/* It may be the owner's own of that kind. */
		if (question->way == WAY_MFA_METHOD)
			seen.known = false;
	} else if (absent_us != EVENT_NO_TIME) {
		seen.known = true;
		seen.seen_us = absent_us;
	}
	return seen;
}

static bool
is_of(const struct state_way *way, struct slice of, struct arena *arena)
{
	return slice_eq(way->holder, of) ||
	       (way->place.len && slice_eq(way_alias(way->place, arena),
	                              way_alias(of, arena)));
}

static int
way_order(const void *a, const void *b)
{
	const struct state_way *x = a, *y = b;
	int order = slice_order(x->object, y->object);

	return order ? order : slice_order(x->place, y->place);
}

size_t
state_of(struct state *state, enum way way, struct slice of,
    const struct state_way **out)
{
	struct state_way *list;
	size_t count = 0, n = 0;

	arena_reset(&state->answers);
	of = way_lower(of, &state->answers);
	for (size_t i = 0; i < state->count; i++)
		count += state->rows[i].way.way == way;
	list = arena_alloc(&state->answers, (count + 1) * sizeof(*list));
	for (size_t i = 0; i < state->count; i++) {
		const struct state_row *row = &state->rows[i];
		struct state_question question = {.way = way,
		    .object = row->way.object,
		    .place = row->way.place,
		    .tenant = row->tenant};

		if (row->way.way != way || row->also ||
		    !is_of(&row->way, of, &state->answers) ||
		    state_find(state, &question) != row ||
		    !state_ask(state, &question).present)
			continue;
		list[n++] = row->way;
	}
	qsort(list, n, sizeof(*list), way_order);
	*out = list;
	return n;
}

static const struct state_row *
row_of(const struct state *state, int kind, struct slice object)
{
	struct arena arena = {0};
	struct state_question question = {
	    .way = (enum way)kind, .object = way_lower(object, &arena)};
	const struct state_row *row = state_find(state, &question);

	arena_release(&arena);
	return row;
}

struct slice
state_country(const struct state *state, struct slice person)
{
	const struct state_row *row = row_of(state, ROW_PERSON, person);

	return row ? row->way.detail : SLICE("");
}

struct slice
state_person_id(const struct state *state, struct slice upn)
{
	const struct state_row *row = row_of(state, ROW_PERSON, upn);

	return row ? row->way.holder : SLICE("");
}

struct slice
state_app_id(const struct state *state, struct slice object)
{
	const struct state_row *row = row_of(state, ROW_APP_ID, object);

	return row ? row->way.detail : SLICE("");
}

bool
state_is_domain(const struct state *state, struct slice domain)
{
	return row_of(state, ROW_DOMAIN, domain) != NULL;
}
