/*
 * What an event hid: auditing that was switched off, for the tenant, a mailbox,
 * an account or a licence, and what was switched on again.
 */
#include "event/read.h"
#include "event/read_fields.h"
#include "event/read_o365.h"
#include "incident/act_part.h"

static bool
contains(struct slice s, struct slice word)
{
	return s.len >= word.len &&
	       memmem(s.ptr, s.len, word.ptr, word.len) != NULL;
}

static void
add(struct act_reading *reading, enum blind_cause cause, bool ends,
    struct slice place)
{
	act_add_blind(reading, (struct blind){.cause = cause,
	                           .ends = ends,
	                           .place = place,
	                           .to_us = EVENT_NO_TIME});
}

/* --- commands --- */

/* A parameter that is True or False; `hides` is the value that hides. */
static void
add_switch(struct act_reading *reading, const char *name, bool hides,
    enum blind_cause cause, struct slice place)
{
	struct slice value = act_parameter(reading, name);
	bool on = read_same(value, SLICE("True"));

	if (on || read_same(value, SLICE("False")))
		add(reading, cause, on != hides, place);
}

static void
log_config(struct act_reading *reading)
{
	add_switch(reading, "UnifiedAuditLogIngestionEnabled", false,
	    BLIND_LOG_OFF, SLICE(""));
}

static void
organization(struct act_reading *reading)
{
	add_switch(
	    reading, "AuditDisabled", true, BLIND_MAILBOX_OFF, SLICE(""));
}

static void
bypass(struct act_reading *reading)
{
	add_switch(reading, "AuditBypassEnabled", true, BLIND_BYPASS,
	    act_command_mailbox(reading));
}

/*
 * A list of audited actions replaces what was there, or, with a sign or word in
 * front, adds to it or takes from it.  What shows that mail was read counts.
 */
static bool
takes_out(struct slice actions)
{
	bool named = contains(actions, SLICE("MailItemsAccessed"));
	bool less = contains(actions, SLICE("Remove")) ||
	            contains(actions, SLICE("-MailItemsAccessed"));
	bool more =
	    contains(actions, SLICE("Add")) || contains(actions, SLICE("+"));

	return less ? named : !more && !named;
}

static void
mailbox(struct act_reading *reading)
{
	static const char *const lists[] = {
	    "AuditOwner", "AuditDelegate", "AuditAdmin"};
	struct slice place = act_command_mailbox(reading);

	add_switch(reading, "AuditEnabled", false, BLIND_MAILBOX_OFF, place);
	if (act_parameter(reading, "DefaultAuditSet").len > 0)
		add(reading, BLIND_MAILBOX_OFF, true, place);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct slice actions = act_parameter(reading, lists[i]);

		if (actions.len > 0)
			add(reading, BLIND_MAILBOX_OFF, !takes_out(actions),
			    place);
	}
}

/* --- licences --- */

/* The plan with the event, by name and id. */
const struct slice blind_plans[BLIND_PLANS] = {
    SLICE_INIT("M365_ADVANCED_AUDITING"),
    SLICE_INIT("2f442157-a11c-46b9-ae5b-6e39ff4e5849"),
};

/* The text between `begin` and the next `end`; empty if it is not there. */
static struct slice
between(struct slice *text, struct slice begin, char end)
{
	const char *at = text->len >= begin.len ? memmem(text->ptr, text->len,
	                                              begin.ptr, begin.len)
	                                        : NULL;

	if (at == NULL) {
		*text = SLICE("");
		return *text;
	}
	*text = slice_skip(*text, (size_t)(at - text->ptr) + begin.len);
	return slice_cut(text, end);
}

/*
 * Whether the plan is among those that licences have switched off
 * ("[SkuName=…, DisabledPlans=[A,B]]").
 */
static bool
is_disabled(struct slice licences)
{
	while (licences.len > 0) {
		struct slice off =
		    between(&licences, SLICE("DisabledPlans=["), ']');

		if (contains(off, blind_plans[0]) ||
		    contains(off, blind_plans[1]))
			return true;
	}
	return false;
}

/* Whether assigned plans have it as one that works; they name it by its id. */
static bool
is_assigned(const struct record *record, struct json list)
{
	struct json_iter it = json_iter(list);
	struct json v;

	while (json_next(&it, NULL, &v)) {
		struct slice id = read_text(record, v, "ServicePlanId");
		struct slice status = read_text(record, v, "CapabilityStatus");

		if (read_same(id, blind_plans[1]) &&
		    (slice_eq(status, SLICE("0")) ||
		        read_same(status, SLICE("Enabled"))))
			return true;
	}
	return false;
}

struct licence {
	bool off_before, off_after;
	bool on_before, on_after;
};

static void
read_property(const struct record *record, struct json v, struct slice name,
    struct licence *licence)
{
	struct slice old = read_text(record, v, "OldValue|oldValue");
	struct slice new = read_text(record, v, "NewValue|newValue");

	if (read_same(name, SLICE("AssignedLicense"))) {
		licence->off_before |= is_disabled(old);
		licence->off_after |= is_disabled(new);
	}
}

/*
 * The parser of inner texts takes one at a time: a value is found when the one
 * before it has been read.
 */
static bool
is_assigned_in(
    const struct record *record, struct json list, const char *member)
{
	return is_assigned(
	    record, read_open(record,
	                read_named(record, list, "AssignedPlan", member)));
}

static void
read_plans(
    const struct record *record, struct json list, struct licence *licence)
{
	licence->on_before |= is_assigned_in(record, list, "OldValue") ||
	                      is_assigned_in(record, list, "oldValue");
	licence->on_after |= is_assigned_in(record, list, "NewValue") ||
	                     is_assigned_in(record, list, "newValue");
}

static void
read_properties(
    const struct record *record, struct json list, struct licence *licence)
{
	struct json_iter it = json_iter(read_open(record, list));
	struct json v;

	while (json_next(&it, NULL, &v))
		read_property(record, v,
		    read_text(record, v, "Name|displayName"), licence);
	read_plans(record, list, licence);
}

/*
 * Where only additionalDetails has the change, old and new stand in one text,
 * in this order.
 */
static void
read_details(const struct record *record, struct licence *licence)
{
	struct slice text = read_scalar(
	    record, read_named(record,
	                read_any(record, record->root, "ExtendedProperties"),
	                "additionalDetails", "Value"));
	const char *new =
	    text.len > 0 ? memmem(text.ptr, text.len, "NewValue", 8) : NULL;

	if (new == NULL)
		return;
	licence->off_before |=
	    is_disabled(slice_of(text.ptr, (size_t)(new - text.ptr)));
	licence->off_after |=
	    is_disabled(slice_skip(text, (size_t)(new - text.ptr)));
}

static void
licence_change(struct act_reading *reading)
{
	const struct record *record = reading->record;
	const struct slice *col = reading->event->col;
	struct slice place = col[EV_TARGET_NAME];
	struct licence licence = {0};
	bool lost, got;

	if (reading->event->kind == KIND_O365_AUDIT) {
		read_properties(record,
		    read_any(record, record->root, "ModifiedProperties"),
		    &licence);
		read_details(record, &licence);
	} else {
		struct json target = json_at(
		    read_part(record, "targetResources|TargetResources"), 0);

		read_properties(
		    record, JSON_GET(target, "modifiedProperties"), &licence);
	}
	lost = (licence.off_after && !licence.off_before) ||
	       (licence.on_before && !licence.on_after);
	got = (licence.off_before && !licence.off_after) ||
	      (licence.on_after && !licence.on_before);
	if (place.len == 0)
		place = col[EV_TARGET_ID];
	if (lost != got)
		add(reading, BLIND_LICENCE, got, place);
}

/* --- by operation --- */

void
blind_read(struct act_reading *reading)
{
	static const struct {
		struct slice operation;
		void (*read)(struct act_reading *);
	} ops[] = {
	    {SLICE_INIT("Set-AdminAuditLogConfig"), log_config},
	    {SLICE_INIT("Set-OrganizationConfig"), organization},
	    {SLICE_INIT("Set-MailboxAuditBypassAssociation"), bypass},
	    {SLICE_INIT("Set-Mailbox"), mailbox},
	    {SLICE_INIT("Change user license"), licence_change},
	    {SLICE_INIT("Update user"), licence_change},
	};
	enum event_kind kind = reading->event->kind;

	if (kind != KIND_O365_AUDIT && kind != KIND_ENTRA_AUDIT)
		return;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (read_same(reading->operation, ops[i].operation)) {
			ops[i].read(reading);
			return;
		}
}
