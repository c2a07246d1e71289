#include <stdlib.h>

#include "base/ip.h"
#include "base/time.h"
#include "event/event.h"
#include "json/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Every byte can be read. */
static void
touch(struct slice s)
{
	volatile char last;

	require(s.len == 0 || s.ptr != NULL);
	for (size_t i = 0; i < s.len; i++)
		last = s.ptr[i];
	(void)last;
}

static void
check_columns(const struct event *event)
{
	char room[IP_TEXT_MAX];
	struct ip ip;

	for (int i = 0; i < EV_COLUMNS; i++)
		touch(event->col[i]);
	if (event->col[EV_IP].len == 0)
		return;
	require(ip_parse(event->col[EV_IP], &ip));
	require(slice_eq(ip_format(&ip, room), event->col[EV_IP]));
}

static void
check_time(int64_t us)
{
	char room[TIME_TEXT_MAX];
	int64_t again;

	if (us == EVENT_NO_TIME)
		return;
	/* A zone may move the first and the last day out of what is written. */
	if (time_parse(time_format(us, room), &again))
		require(again == us || room[0] == '9');
}

static void
check_items(const struct record *record, enum event_kind kind)
{
	const struct event_item *items;
	size_t n = event_items(record, kind, &items);

	require(n == 0 || items != NULL);
	for (size_t i = 0; i < n; i++) {
		touch(items[i].id);
		touch(items[i].parent);
		touch(items[i].name);
		require(items[i].size >= -1);
	}
}

static void
check_event(const struct record *record)
{
	struct event event;

	event_read(record, &event);
	require(event.kind < KIND_COUNT);
	require(event.kind == event_recognise(record->root));
	require(event.outcome <= OUTCOME_FAILURE);
	require(event.class_uid <= 9999 && event.activity <= 99);
	require(event.family == NULL || event.col[EV_ID].len > 0);
	check_columns(&event);
	check_time(event.time_us);
	check_items(record, event.kind);
	/* Building the items must leave the columns as they are. */
	check_columns(&event);
}

/* With indexes, as in a scan, the same is read. */
static void
check_indexed(struct record record)
{
	static struct json_index index, body;
	struct event walked, found;

	event_read(&record, &walked);
	json_index_build(&index, record.root);
	record.index = &index;
	record.body_index = &body;
	event_read(&record, &found);
	require(walked.kind == found.kind && walked.time_us == found.time_us &&
	        walked.outcome == found.outcome &&
	        walked.family == found.family);
	for (int i = 0; i < EV_COLUMNS; i++)
		require(slice_eq(walked.col[i], found.col[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_parser *parser, *inner;
	static struct arena arena;
	struct json root;
	char *text;

	if (parser == NULL) {
		parser = json_parser_new();
		inner = json_parser_new();
	}
	text = malloc(size + JSON_PADDING);
	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	memset(text + size, ' ', JSON_PADDING);
	if (json_parse(parser, slice_of(text, size), &root, NULL) != JSON_BAD) {
		struct record record = {
		    .root = root, .arena = &arena, .inner = inner};

		check_event(&record);
		check_indexed(record);
	}
	/* Released, not reset: what still points there is found. */
	arena_release(&arena);
	free(text);
	return 0;
}
