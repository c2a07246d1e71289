/*
 * Exchange message trace: one row per message and recipient, as the reporting
 * web service, Get-MessageTrace and Get-MessageTraceV2 give it.
 *
 * A message to several people is several events under one MessageTraceId, so
 * the recipient is part of the identity.  Who sent it is only what the
 * envelope claims; the actor's type is therefore unknown.
 */
#include "event/read.h"
#include "event/read_fields.h"

static const char *const trace_times[] = {
    "Received|received|receivedDateTime|Received [UTC]",
    "Date|StartDate",
};

static const struct read_field trace_fields[] = {
    {EV_TENANT, "Organization|organization"},
    {EV_STATUS_CODE, "Status|status"},
    {EV_ACTOR_NAME, "SenderAddress|senderAddress"},
    {EV_IP, "FromIP|fromIP"},
    {EV_TARGET_ID, "MessageId|messageId"},
    {EV_TARGET_NAME, "RecipientAddress|recipientAddress"},
};

/*
 * Whether the message reached its recipient.  What is still on its way
 * (Pending, GettingStatus, None) is unknown.
 */
static enum event_outcome
trace_outcome(struct slice status)
{
	static const char *const good[] = {"Delivered", "Expanded", "Resolved"};
	static const char *const bad[] = {
	    "Failed", "Quarantined", "FilteredAsSpam"};

	for (size_t i = 0; i < READ_COUNT(good); i++)
		if (read_same(status, slice_cstr(good[i])))
			return OUTCOME_SUCCESS;
	for (size_t i = 0; i < READ_COUNT(bad); i++)
		if (read_same(status, slice_cstr(bad[i])))
			return OUTCOME_FAILURE;
	return OUTCOME_UNKNOWN;
}

void
read_message_trace(const struct record *record, struct event *event)
{
	struct slice parts[2];

	event->class_uid = 4009; /* email activity */
	event->activity = 4;     /* trace */
	event->col[EV_SOURCE] = SLICE("exchange/MessageTrace");
	event->col[EV_OPERATION] = SLICE("MessageTrace");
	event->col[EV_ACTOR_TYPE] = SLICE("unknown");
	read_times(record->root, trace_times, READ_COUNT(trace_times), event);
	read_fields(record, record->root, trace_fields,
	    READ_COUNT(trace_fields), event);
	event->col[EV_TARGET_TYPE] = SLICE("recipient");
	event->outcome = trace_outcome(event->col[EV_STATUS_CODE]);

	parts[0] =
	    read_text(record, record->root, "MessageTraceId|messageTraceId");
	parts[1] = event->col[EV_TARGET_NAME];
	if (parts[0].len == 0)
		return;
	event->col[EV_ID] = read_join(record, parts, 2, '/');
	event->family = "exchange.messagetrace";
}

size_t
items_message_trace(
    const struct record *record, const struct event_item **items)
{
	struct event_item *item = arena_calloc(record->arena, 1, sizeof(*item));
	struct json root = record->root;

	item->id = read_text(record, root, "MessageId|messageId");
	item->name = read_text(record, root, "Subject|subject");
	if (!json_to_i64(read_any(root, "Size|size"), &item->size) ||
	    item->size < 0)
		item->size = -1;
	*items = item;
	return item->id.len + item->name.len > 0;
}
