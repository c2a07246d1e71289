#include "finding/outbox_batch.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "event/event.h"
#include "json/json.h"

#define ARENA_MAX (16u << 20) /* kept from batch to batch at most */

void
outbox_batch_init(struct outbox_batch *batch)
{
	batch->parser = json_parser_new();
}

void
outbox_batch_clear(struct outbox_batch *batch)
{
	/* One large finding is not to cost its memory for ever. */
	if (batch->bytes > ARENA_MAX) {
		arena_release(&batch->arena);
		buf_release(&batch->text);
	}
	arena_reset(&batch->arena);
	batch->count = batch->at = batch->bytes = 0;
}

void
outbox_batch_release(struct outbox_batch *batch)
{
	json_parser_free(batch->parser);
	arena_release(&batch->arena);
	buf_release(&batch->text);
	free(batch->items);
}

bool
outbox_batch_has_room(
    const struct outbox_batch *batch, size_t count, size_t bytes)
{
	return !batch->count || (batch->count < count && batch->bytes < bytes);
}

/* OCSF: 1 is informational, 5 critical, 6 fatal. */
static enum level
level_of(int64_t severity)
{
	if (severity < 1 || severity > 6)
		return LEVEL_MEDIUM;
	return severity > LEVEL_CRITICAL ? LEVEL_CRITICAL
	                                 : (enum level)(severity - 1);
}

static struct slice
copy(struct outbox_batch *batch, struct json value)
{
	return arena_copy(&batch->arena, json_str(value));
}

static void
look(struct outbox_batch *batch, struct json root, struct output_item *item)
{
	struct json info = JSON_GET(root, "finding_info");
	struct json analytic = JSON_GET(info, "analytic");
	int64_t severity = 0, ms;

	json_to_i64(JSON_GET(root, "severity_id"), &severity);
	item->level = level_of(severity);
	item->uid = copy(batch, JSON_GET(info, "uid"));
	item->title = copy(batch, JSON_GET(info, "title"));
	item->rule = copy(batch, JSON_GET(analytic, "uid"));
	if (!json_to_i64(JSON_GET(root, "class_uid"), &item->class_uid) ||
	    item->class_uid <= 0)
		item->class_uid = 0;
	item->time_us = EVENT_NO_TIME;
	if (json_to_i64(JSON_GET(root, "time"), &ms) && ms < INT64_MAX / 1000 &&
	    ms > INT64_MIN / 1000)
		item->time_us = ms * 1000;
}

static void
grow(struct outbox_batch *batch)
{
	if (batch->count < batch->size)
		return;
	batch->size = batch->size ? 2 * batch->size : 64;
	batch->items =
	    xrealloc(batch->items, batch->size * sizeof(*batch->items));
}

void
outbox_batch_add(struct outbox_batch *batch, uint64_t index, enum level level)
{
	struct output_item item = {
	    .index = index, .level = LEVEL_CRITICAL, .time_us = EVENT_NO_TIME};
	struct slice text;
	struct json root;

	while (batch->text.len && batch->text.ptr[batch->text.len - 1] == '\n')
		batch->text.len--;
	buf_reserve(&batch->text, JSON_PADDING);
	text = buf_slice(&batch->text);
	if (text.len && !memchr(text.ptr, '\n', text.len) &&
	    json_parse(batch->parser, text, &root, NULL) != JSON_BAD &&
	    json_type(root) == JSON_OBJECT)
		look(batch, root, &item);
	if (item.level < level)
		return;
	item.text = arena_copy(&batch->arena, text);
	grow(batch);
	batch->items[batch->count++] = item;
	batch->bytes += text.len;
}

uint64_t
outbox_batch_drop(struct outbox_batch *batch, size_t n)
{
	batch->at += n;
	return batch->items[batch->at - 1].index + 1;
}
