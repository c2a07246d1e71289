/*
 * What records of Teams, Copilot and eDiscovery reached.
 */
#include "event/read.h"
#include "event/read_fields.h"
#include "incident/act_part.h"

/* --- Teams --- */

/* The chat, or the team with the channel as id. */
static struct reach
thread(const struct act_reading *reading, const struct reach_op *op)
{
	const struct record *record = reading->record;
	struct slice chat =
	    read_text(record, record->root, "ChatThreadId|ThreadId");
	struct slice team = read_text(record, record->root, "TeamGuid");
	struct slice channel = read_text(record, record->root, "ChannelGuid");

	if (chat.len == 0)
		chat = channel.len > 0 ? channel : team;
	return (struct reach){
	    .kind = op->kind,
	    .how = op->how,
	    .place = team.len > 0 ? team : chat,
	    .id = chat,
	    .name = read_text(
	        record, record->root, "ChatName|ChannelName|TeamName|ItemName"),
	    .size = -1,
	};
}

void
reach_chat(struct act_reading *reading, const struct reach_op *op)
{
	struct reach reach = thread(reading, op);

	/* Without the chat, what was read is not named. */
	if (reach.id.len == 0)
		reach.how = REACH_UNLISTED;
	act_add_reach(reading, reach);
}

void
reach_chat_sent(struct act_reading *reading, const struct reach_op *op)
{
	const struct record *record = reading->record;
	struct reach reach = thread(reading, op);

	reach.folder = reach.id;
	reach.id = read_text(record, record->root, "MessageId");
	if (reach.id.len == 0)
		reach.how = REACH_UNLISTED;
	act_add_reach(reading, reach);
}

/* --- Copilot --- */

static bool
contains(struct slice s, struct slice word)
{
	for (size_t i = 0; i + word.len <= s.len; i++)
		if (read_same(slice_of(s.ptr + i, word.len), word))
			return true;
	return false;
}

static bool
is_url(struct slice s)
{
	return s.len > 8 && !memcmp(s.ptr, "https://", 8);
}

static enum reach_kind
kind_of_resource(struct slice type, struct slice url)
{
	if (is_url(url))
		return REACH_FILE;
	if (contains(type, SLICE("mail")))
		return REACH_MESSAGE;
	if (contains(type, SLICE("teams")) || contains(type, SLICE("chat")))
		return REACH_CHAT;
	return REACH_FILE;
}

/* What an answer was made of; refused resources were not read. */
static bool
add_resource(struct act_reading *reading, struct json v)
{
	const struct record *record = reading->record;
	struct slice id = read_text(record, v, "SiteUrl|Id|ID");
	struct slice status = read_text(record, v, "Status");

	if (id.len == 0 || read_same(status, SLICE("failure")))
		return false;
	act_add_reach(reading,
	    (struct reach){
	        .kind = kind_of_resource(read_text(record, v, "Type"), id),
	        .how = REACH_NAMED,
	        .place = is_url(id) ? SLICE("") : reading->account,
	        .id = id,
	        .name = read_text(record, v, "Name"),
	        .label = read_text(
	            record, v, "SensitivityLabelName|SensitivityLabelId"),
	        .size = -1,
	    });
	return true;
}

void
reach_copilot(struct act_reading *reading, const struct reach_op *op)
{
	const struct record *record = reading->record;
	struct json data = read_open(
	    record, read_any(record, record->root, "CopilotEventData"));
	struct slice thread_id = read_text(record, data, "ThreadId");
	struct slice host = read_text(record, data, "AppHost");
	struct json_iter it = json_iter(JSON_GET(data, "AccessedResources"));
	bool named = false;
	struct json resource;

	while (json_next(&it, NULL, &resource))
		named |= add_resource(reading, resource);
	if (thread_id.len == 0)
		thread_id = reading->event->col[EV_ID];
	act_add_reach(reading, (struct reach){
	                           .kind = op->kind,
	                           .how = named ? REACH_NAMED : op->how,
	                           .place = reading->account,
	                           .id = thread_id,
	                           .name = host,
	                           .size = -1,
	                       });
}

/* --- eDiscovery --- */

static void
add_discovery(
    struct act_reading *reading, const struct reach_op *op, struct slice place)
{
	const struct record *record = reading->record;
	struct slice search =
	    read_scalar(record, keys_get(&reading->keys, KEY_OBJECT_ID));
	struct slice query = read_text(record, record->root, "QueryText|Query");

	if (read_same(place, SLICE("All")))
		place = SLICE("");
	act_add_reach(reading, (struct reach){
	                           .kind = op->kind,
	                           .how = op->how,
	                           .place = act_fold(reading->arena, place),
	                           .id = search.len > 0 ? search : query,
	                           .name = query.len > 0 ? query : search,
	                           .size = -1,
	                       });
	act_add_blind(reading, (struct blind){.cause = BLIND_EDISCOVERY,
	                           .place = place,
	                           .to_us = reading->event->time_us});
}

/*
 * The mailboxes that were searched are a list, or a text with commas; without
 * them it may be any.  The records do not name what was found in a form that
 * other logs share, so no item is certain.
 */
void
reach_discovery(struct act_reading *reading, const struct reach_op *op)
{
	const struct record *record = reading->record;
	struct json list = read_any(record, record->root, "ExchangeLocations");
	struct slice texts = json_str(list);
	struct json_iter it = json_iter(list);
	size_t count = 0;
	struct json v;

	for (; json_next(&it, NULL, &v); count++)
		add_discovery(reading, op, read_scalar(record, v));
	for (; texts.len > 0; count++)
		add_discovery(reading, op, slice_trim(slice_cut(&texts, ',')));
	if (count == 0)
		add_discovery(reading, op, SLICE(""));
}
