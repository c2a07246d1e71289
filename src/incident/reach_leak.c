/*
 * Mails that a rule or a forwarding hands out from then on.  An act says since
 * when; until when, the acts that close it say (items.c).
 */
#include "event/read.h"
#include "event/read_fields.h"
#include "incident/act_part.h"

static void
add_leak(struct act_reading *reading, struct slice mailbox, struct slice to,
    struct slice name)
{
	if (to.len > 5 && read_same(slice_of(to.ptr, 5), SLICE("smtp:")))
		to = slice_skip(to, 5);
	act_add_reach(reading, (struct reach){
	                           .kind = REACH_LEAK,
	                           .how = REACH_LEAKED,
	                           .place = mailbox,
	                           .id = act_fold(reading->arena, to),
	                           .name = name,
	                           .size = -1,
	                           .from_us = reading->event->time_us,
	                           .to_us = EVENT_NO_TIME,
	                       });
}

/* A leak for each of the parameters that name someone. */
static void
add_leaks(struct act_reading *reading, struct slice mailbox,
    const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct slice to = act_parameter(reading, names[i]);
		struct slice name;

		if (to.len == 0 || read_same(to, SLICE("False")))
			continue;
		name = act_parameter(reading, "Name");
		if (name.len == 0)
			name = reading->event->col[EV_TARGET_ID];
		add_leak(reading, mailbox, to, name);
	}
}

void
reach_leak_rule(struct act_reading *reading, const struct reach_op *op)
{
	static const char *const names[] = {
	    "ForwardTo", "ForwardAsAttachmentTo", "RedirectTo"};

	(void)op;
	add_leaks(reading, act_command_mailbox(reading), names, 3);
}

void
reach_leak_mailbox(struct act_reading *reading, const struct reach_op *op)
{
	static const char *const names[] = {
	    "ForwardingSmtpAddress", "ForwardingAddress"};

	(void)op;
	add_leaks(reading, act_command_mailbox(reading), names, 2);
}

/* Of the whole tenant, or of the recipient that a journal rule names. */
void
reach_leak_transport(struct act_reading *reading, const struct reach_op *op)
{
	static const char *const names[] = {"BlindCopyTo", "CopyTo",
	    "AddToRecipients", "RedirectMessageTo", "JournalEmailAddress"};

	(void)op;
	add_leaks(reading,
	    act_fold(reading->arena, act_parameter(reading, "Recipient")),
	    names, 5);
}

/*
 * A rule that Outlook writes says what it does in a text: in properties of the
 * operation, or in the rule itself.
 */
static bool
forwards(struct slice text)
{
	static const struct slice actions[] = {
	    SLICE_INIT("ForwardToRecipientsAction"),
	    SLICE_INIT("ForwardAsAttachmentToRecipientsAction"),
	    SLICE_INIT("RedirectToRecipientsAction"),
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (text.len >= actions[i].len &&
		    memmem(text.ptr, text.len, actions[i].ptr, actions[i].len))
			return true;
	return false;
}

void
reach_leak_client_rule(struct act_reading *reading, const struct reach_op *op)
{
	const struct record *record = reading->record;
	struct json list =
	    read_any(record, record->root, "OperationProperties");
	struct json_iter it = json_iter(list);
	bool out = forwards(json_str(list)) ||
	           forwards(read_text(record, record->root, "ServerRule"));
	struct json v;

	(void)op;
	while (!out && json_next(&it, NULL, &v))
		out = forwards(read_text(record, v, "Value"));
	if (out)
		add_leak(reading, act_mailbox(reading), SLICE(""),
		    read_scalar(
		        record, read_named(record, list, "RuleName", "Value")));
}
