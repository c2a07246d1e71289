#include "event/write.h"

#include <assert.h>

#include "base/term.h"
#include "base/time.h"
#include "text/csv_write.h"

/*
 * Every event of an export may come through here, so nothing is formatted:
 * a line is bytes known beforehand and values between them.
 */

/* The bytes before each column's value. */
#define KEYED(name)                                                            \
	{                                                                      \
		",\"" name "\":", sizeof(",\"" name "\":") - 1                 \
	}

static const struct slice keys[EV_COLUMNS] = {
    [EV_SOURCE] = KEYED("source"),
    [EV_TENANT] = KEYED("tenant"),
    [EV_ID] = KEYED("id"),
    [EV_OPERATION] = KEYED("operation"),
    [EV_STATUS_CODE] = KEYED("status_code"),
    [EV_ACTOR_ID] = KEYED("actor_id"),
    [EV_ACTOR_NAME] = KEYED("actor_name"),
    [EV_ACTOR_TYPE] = KEYED("actor_type"),
    [EV_SESSION] = KEYED("session"),
    [EV_TOKEN] = KEYED("token"),
    [EV_APP_ID] = KEYED("app_id"),
    [EV_APP_NAME] = KEYED("app_name"),
    [EV_CLIENT] = KEYED("client"),
    [EV_USER_AGENT] = KEYED("user_agent"),
    [EV_DEVICE] = KEYED("device"),
    [EV_IP] = KEYED("ip"),
    [EV_COUNTRY] = KEYED("country"),
    [EV_ASN] = KEYED("asn"),
    [EV_AS_ORG] = KEYED("as_org"),
    [EV_TARGET_TYPE] = KEYED("target_type"),
    [EV_TARGET_ID] = KEYED("target_id"),
    [EV_TARGET_NAME] = KEYED("target_name"),
    [EV_MAILBOX] = KEYED("mailbox"),
};

static void
add_literal(struct buf *out, struct slice literal)
{
	buf_slice_add(out, literal);
}

static void
add_text(struct buf *out, struct slice s)
{
	if (s.len)
		json_add_str(out, s);
	else
		add_literal(out, SLICE("null"));
}

static void
add_time(struct buf *out, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	if (time_us == EVENT_NO_TIME) {
		add_literal(out, SLICE("null"));
		return;
	}
	buf_char(out, '"');
	buf_slice_add(out, time_format(time_us, room));
	buf_char(out, '"');
}

static bool
has_identity(const struct event *event)
{
	return event->family && event->col[EV_ID].len;
}

void
event_add_identity(struct buf *out, const struct event *event)
{
	size_t at;

	if (!has_identity(event)) {
		add_literal(out, SLICE("null"));
		return;
	}
	buf_char(out, '"');
	buf_str(out, event->family);
	/* The quote that opens the id becomes the colon before it. */
	at = out->len;
	json_add_str(out, event->col[EV_ID]);
	out->ptr[at] = ':';
}

static void
add_columns(struct buf *out, const struct event *event, enum event_column first,
    enum event_column last)
{
	for (enum event_column col = first; col <= last; col++) {
		add_literal(out, keys[col]);
		add_text(out, event->col[col]);
	}
}

static void
add_items(struct buf *out, const struct event_item *items, size_t count)
{
	if (!count) {
		add_literal(out, SLICE(",\"items\":null"));
		return;
	}
	add_literal(out, SLICE(",\"items\":["));
	for (size_t i = 0; i < count; i++) {
		const struct event_item *item = &items[i];

		if (i)
			buf_char(out, ',');
		add_literal(out, SLICE("{\"id\":"));
		add_text(out, item->id);
		add_literal(out, SLICE(",\"parent\":"));
		add_text(out, item->parent);
		add_literal(out, SLICE(",\"name\":"));
		add_text(out, item->name);
		add_literal(out, SLICE(",\"size\":"));
		if (item->size < 0)
			add_literal(out, SLICE("null"));
		else
			buf_i64(out, item->size);
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

void
event_write_json(struct buf *out, const struct event *event,
    const struct event_item *items, size_t count)
{
	add_literal(out, SLICE("{\"index\":null,\"time\":"));
	add_time(out, event->time_us);
	add_literal(out, SLICE(",\"received\":null"));
	add_columns(out, event, EV_SOURCE, EV_ID);
	add_literal(out, SLICE(",\"event_id\":"));
	event_add_identity(out, event);
	add_literal(out, SLICE(",\"kind\":\""));
	buf_str(out, event_kind_name(event->kind));
	add_literal(out, SLICE("\",\"class_uid\":"));
	buf_u64(out, event->class_uid);
	add_literal(out, SLICE(",\"activity\":"));
	buf_u64(out, event->activity);
	add_columns(out, event, EV_OPERATION, EV_OPERATION);
	add_literal(out, SLICE(",\"outcome\":\""));
	buf_str(out, event_outcome_name(event->outcome));
	buf_char(out, '"');
	add_columns(out, event, EV_STATUS_CODE, EV_MAILBOX);
	add_items(out, items, count);
	add_literal(out, SLICE("}\n"));
}

/* --- CSV --- */

void
event_csv_header(struct buf *out)
{
	add_literal(out, SLICE("index,time,received,source,tenant,id,event_id,"
	                       "kind,class_uid,activity,operation,outcome"));
	for (enum event_column col = EV_STATUS_CODE; col < EV_COLUMNS; col++) {
		buf_char(out, ',');
		buf_str(out, event_column_name(col));
	}
	add_literal(out, SLICE(",items"));
	csv_end_row(out);
}

static void
add_cells(struct buf *out, const struct event *event, enum event_column first,
    enum event_column last)
{
	for (enum event_column col = first; col <= last; col++) {
		buf_char(out, ',');
		csv_add_cell(out, event->col[col]);
	}
}

void
event_write_csv(struct buf *out, const struct event *event, size_t item_count)
{
	char room[TIME_TEXT_MAX];

	buf_char(out, ',');
	if (event->time_us != EVENT_NO_TIME)
		buf_slice_add(out, time_format(event->time_us, room));
	buf_char(out, ',');
	add_cells(out, event, EV_SOURCE, EV_ID);
	buf_char(out, ',');
	if (has_identity(event)) {
		struct buf id = {0};

		buf_str(&id, event->family);
		buf_char(&id, ':');
		buf_slice_add(&id, event->col[EV_ID]);
		csv_add_cell(out, buf_slice(&id));
		buf_release(&id);
	}
	buf_char(out, ',');
	buf_str(out, event_kind_name(event->kind));
	buf_char(out, ',');
	buf_u64(out, event->class_uid);
	buf_char(out, ',');
	buf_u64(out, event->activity);
	add_cells(out, event, EV_OPERATION, EV_OPERATION);
	buf_char(out, ',');
	buf_str(out, event_outcome_name(event->outcome));
	add_cells(out, event, EV_STATUS_CODE, EV_MAILBOX);
	buf_char(out, ',');
	buf_u64(out, item_count);
	csv_end_row(out);
}

/* --- a line for people --- */

/* Time, mark, and the blanks between the cells. */
#define TIME_COLUMNS  19
#define FIXED_COLUMNS (TIME_COLUMNS + 5)

/* The address and country, which get at most this much. */
#define PLACE_COLUMNS 18

/* Returns the columns used. */
static size_t
add_place(struct buf *out, const struct event *event)
{
	struct slice ip = event->col[EV_IP], country = event->col[EV_COUNTRY];
	size_t used;

	if (!country.len)
		return term_fit(out, ip, PLACE_COLUMNS);
	used = term_fit(out, ip, PLACE_COLUMNS - 3);
	if (used)
		term_blanks(out, 1);
	used += used != 0;
	return used + term_fit(out, country, PLACE_COLUMNS - used);
}

static struct slice
first_of(const struct event *event, const enum event_column *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (event->col[list[i]].len)
			return event->col[list[i]];
	return SLICE("");
}

struct slice
event_entity(const struct event *event)
{
	static const enum event_column person[] = {EV_ACTOR_NAME, EV_ACTOR_ID,
	    EV_APP_NAME, EV_APP_ID, EV_TARGET_NAME, EV_TARGET_ID, EV_MAILBOX};
	static const enum event_column app[] = {EV_ACTOR_NAME, EV_APP_NAME,
	    EV_APP_ID, EV_ACTOR_ID, EV_TARGET_NAME, EV_TARGET_ID, EV_MAILBOX};
	bool is_app = slice_eq(event->col[EV_ACTOR_TYPE], SLICE("app"));

	return first_of(
	    event, is_app ? app : person, sizeof(app) / sizeof(app[0]));
}

void
event_write_text(struct buf *out, const struct event *event, unsigned columns)
{
	static const char *const mark[] = {
	    [OUTCOME_UNKNOWN] = " ? ",
	    [OUTCOME_SUCCESS] = " + ",
	    [OUTCOME_FAILURE] = " x ",
	};
	static const enum event_column what[] = {
	    EV_TARGET_NAME, EV_TARGET_ID, EV_MAILBOX, EV_APP_NAME};
	size_t room, third, place_width;
	char text[TIME_TEXT_MAX] = "-";
	struct buf place = {0};

	assert(columns >= 80);
	if (event->time_us != EVENT_NO_TIME) {
		time_format(event->time_us, text);
		text[10] = ' ';
		text[TIME_COLUMNS] = '\0';
	}
	place_width = add_place(&place, event);
	room = columns - FIXED_COLUMNS - PLACE_COLUMNS;
	third = room / 3;
	term_pad(out, slice_cstr(text), TIME_COLUMNS);
	buf_str(out, mark[event->outcome]);
	term_pad(out, event_entity(event), third);
	term_blanks(out, 1);
	term_pad(out, event->col[EV_OPERATION], third);
	term_blanks(out, 1);
	/* The target gets what the address leaves. */
	room += PLACE_COLUMNS - place_width - 2 * third;
	term_pad(out, first_of(event, what, sizeof(what) / sizeof(what[0])),
	    place_width ? room - 1 : room);
	if (place_width)
		term_blanks(out, 1);
	buf_slice_add(out, buf_slice(&place));
	buf_release(&place);
	while (out->ptr[out->len - 1] == ' ')
		out->len--;
	buf_char(out, '\n');
}
