/*
 * Exchange message trace: one row per message and recipient, as the reporting
 * web service, Get-MessageTrace and Get-MessageTraceV2 give it; and the CSV of
 * a historical search, one row per message (all recipients with what became of
 * each in one cell) or one per step of its way.
 *
 * A message to several people is several events under one MessageTraceId, so
 * the recipient is part of the identity.  Who sent it is only what the
 * envelope claims; the actor's type is therefore unknown.  A row of a
 * historical search has no id of its own.
 */
#include "event/read.h"
#include "event/read_fields.h"

static const char *const trace_times[] = {
    "Received|received|receivedDateTime|Received [UTC]",
    "Date|StartDate",
    "origin_timestamp_utc|date_time_utc",
};

static const struct read_field trace_fields[] = {
    {EV_TENANT, "Organization|organization|tenant_id"},
    {EV_STATUS_CODE, "Status|status"},
    {EV_ACTOR_NAME, "SenderAddress|senderAddress|sender_address"},
    {EV_IP, "FromIP|fromIP"},
    {EV_IP, "original_client_ip"},
    {EV_IP, "client_ip"},
    {EV_TARGET_ID, "MessageId|messageId|message_id"},
    {EV_TARGET_NAME, "RecipientAddress|recipientAddress"},
    {EV_TARGET_NAME, "recipient_address"},
};

/*
 * Whether the message reached its recipient.  What is still on its way
 * (Pending, GettingStatus, None) is unknown.
 */
static enum event_outcome
trace_outcome(struct slice status)
{
	static const char *const good[] = {"Delivered", "Expanded", "Resolved",
	    "Deliver", "Expand", "Resolve"};
	static const char *const bad[] = {
	    "Failed", "Quarantined", "FilteredAsSpam", "Fail"};

	for (size_t i = 0; i < READ_COUNT(good); i++)
		if (read_same(status, slice_cstr(good[i])))
			return OUTCOME_SUCCESS;
	for (size_t i = 0; i < READ_COUNT(bad); i++)
		if (read_same(status, slice_cstr(bad[i])))
			return OUTCOME_FAILURE;
	return OUTCOME_UNKNOWN;
}

/*
 * In a summary "ada@contoso.example##Receive, Deliver", several with ';'
 * between: of one recipient the last step counts, of several none.  In a
 * report of steps, event_id is the step and recipient_status the server's
 * words.
 */
static void
historical_status(const struct record *record, struct event *event)
{
	struct slice status =
	    read_text(record, record->root, "recipient_status");
	struct slice step = read_text(record, record->root, "event_id");
	const char *mark =
	    status.len > 0 ? memmem(status.ptr, status.len, "##", 2) : NULL;
	const char *comma;

	if (step.len > 0 || mark == NULL ||
	    memchr(status.ptr, ';', status.len) != NULL) {
		read_put(record, event, EV_STATUS_CODE,
		    step.len > 0 ? step : status);
		return;
	}
	read_put(record, event, EV_TARGET_NAME,
	    slice_of(status.ptr, (size_t)(mark - status.ptr)));
	status = slice_skip(status, (size_t)(mark - status.ptr) + 2);
	comma = status.len > 0 ? memrchr(status.ptr, ',', status.len) : NULL;
	if (comma != NULL)
		status = slice_skip(status, (size_t)(comma - status.ptr) + 1);
	read_put(record, event, EV_STATUS_CODE, slice_trim(status));
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
	read_times(
	    record, record->root, trace_times, READ_COUNT(trace_times), event);
	read_fields(record, record->root, trace_fields,
	    READ_COUNT(trace_fields), event);
	event->col[EV_TARGET_TYPE] = SLICE("recipient");
	historical_status(record, event);
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

	item->id = read_text(record, root, "MessageId|messageId|message_id");
	item->name = read_text(record, root, "Subject|subject|message_subject");
	if (!json_to_i64(
	        read_any(record, root, "Size|size|total_bytes"), &item->size) ||
	    item->size < 0)
		item->size = -1;
	*items = item;
	return item->id.len + item->name.len > 0;
}
