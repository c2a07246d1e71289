#include "duck_columns.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/utf8.h"

#define ITEM "STRUCT(id VARCHAR, parent VARCHAR, name VARCHAR, size BIGINT)"

struct columns {
	duckdb_appender appender;
	duckdb_logical_type item;
	struct buf text;
};

static void
add_names(struct buf *out, enum event_column from, enum event_column to)
{
	for (unsigned i = from; i < to; i++)
		buf_printf(out, "%s VARCHAR, ", event_column_name(i));
}

void
columns_list(struct buf *out)
{
	buf_str(out, "index UBIGINT, time TIMESTAMP, received TIMESTAMP, ");
	add_names(out, EV_SOURCE, EV_OPERATION);
	buf_str(out, "event_id VARCHAR, kind VARCHAR, class_uid UINTEGER, "
	             "activity UINTEGER, ");
	add_names(out, EV_OPERATION, EV_STATUS_CODE);
	buf_str(out, "outcome VARCHAR, ");
	add_names(out, EV_STATUS_CODE, EV_COLUMNS);
	buf_str(out, "items " ITEM "[]");
}

static duckdb_logical_type
item_type(void)
{
	duckdb_logical_type text =
	                        duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR),
	                    size =
	                        duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
	duckdb_logical_type members[] = {text, text, text, size}, type;
	const char *names[] = {"id", "parent", "name", "size"};

	type = duckdb_create_struct_type(members, names, 4);
	duckdb_destroy_logical_type(&text);
	duckdb_destroy_logical_type(&size);
	return type;
}

int
columns_new(
    struct columns **out, struct duck *duck, const char *name, struct err *err)
{
	struct columns *c;
	struct buf sql = {0};
	int status;

	buf_printf(&sql, "CREATE TEMP TABLE %s(", name);
	columns_list(&sql);
	buf_str(&sql, ")");
	buf_char(&sql, '\0');
	status = duck_run(duck, sql.ptr, err);
	buf_release(&sql);
	if (status)
		return -1;
	c = xcalloc(1, sizeof(*c));
	c->item = item_type();
	if (duckdb_appender_create_ext(duck->connection, "temp", "main", name,
	        &c->appender) != DuckDBSuccess) {
		columns_free(c);
		return err_set(err, ERR_SYSTEM, "cannot fill table '%s'", name);
	}
	*out = c;
	return 0;
}

void
columns_free(struct columns *c)
{
	if (!c)
		return;
	duckdb_appender_destroy(&c->appender);
	duckdb_destroy_logical_type(&c->item);
	buf_release(&c->text);
	free(c);
}

/* --- values --- */

/* s itself, or, in c->text, what it is with every bad byte replaced. */
static struct slice
well_formed(struct columns *c, struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t i = 0, len;

	while (i < s.len && (len = utf8_len(p + i, s.len - i)) != 0)
		i += len;
	if (i == s.len)
		return s;
	buf_clear(&c->text);
	buf_add(&c->text, s.ptr, i);
	while (i < s.len) {
		len = utf8_len(p + i, s.len - i);
		if (len)
			buf_add(&c->text, p + i, len);
		else
			utf8_add(&c->text, 0xfffd);
		i += len ? len : 1;
	}
	return buf_slice(&c->text);
}

static void
add_text(struct columns *c, struct slice s)
{
	if (s.len) {
		s = well_formed(c, s);
		duckdb_append_varchar_length(c->appender, s.ptr, s.len);
	} else {
		duckdb_append_null(c->appender);
	}
}

static void
add_time(struct columns *c, int64_t time_us)
{
	if (time_us == EVENT_NO_TIME)
		duckdb_append_null(c->appender);
	else
		duckdb_append_timestamp(
		    c->appender, (duckdb_timestamp){time_us});
}

static duckdb_value
text_value(struct columns *c, struct slice s)
{
	if (!s.len)
		return duckdb_create_null_value();
	s = well_formed(c, s);
	return duckdb_create_varchar_length(s.ptr, s.len);
}

static duckdb_value
item_value(struct columns *c, const struct event_item *item)
{
	duckdb_value members[] = {
	    text_value(c, item->id),
	    text_value(c, item->parent),
	    text_value(c, item->name),
	    item->size >= 0 ? duckdb_create_int64(item->size)
	                    : duckdb_create_null_value(),
	};
	duckdb_value value = duckdb_create_struct_value(c->item, members);

	for (size_t i = 0; i < 4; i++)
		duckdb_destroy_value(&members[i]);
	return value;
}

static void
add_items(struct columns *c, const struct reread_record *record)
{
	const struct event_item *items;
	duckdb_value *values, list;
	size_t n = 0;

	if (record->readable)
		n = event_items(&record->record, record->event.kind, &items);
	if (!n) {
		duckdb_append_null(c->appender);
		return;
	}
	/* A value is a handle. */
	values = xcalloc(n, sizeof(*values)); /* NOLINT(bugprone-sizeof-*) */
	for (size_t i = 0; i < n; i++)
		values[i] = item_value(c, &items[i]);
	list = duckdb_create_list_value(c->item, values, n);
	duckdb_append_value(c->appender, list);
	duckdb_destroy_value(&list);
	for (size_t i = 0; i < n; i++)
		duckdb_destroy_value(&values[i]);
	free(values);
}

/* What is not text, in its place among the columns. */
static void
add_event_id(struct columns *c, const struct event *event)
{
	struct slice id = event->col[EV_ID];
	struct buf text = {0};

	if (!event->family || !id.len) {
		duckdb_append_null(c->appender);
		return;
	}
	buf_printf(&text, "%s:", event->family);
	buf_slice_add(&text, id);
	add_text(c, buf_slice(&text));
	buf_release(&text);
}

static void
add_class(struct columns *c, const struct reread_record *record)
{
	if (!record->readable) {
		for (int i = 0; i < 3; i++)
			duckdb_append_null(c->appender);
		return;
	}
	add_text(c, slice_cstr(event_kind_name(record->event.kind)));
	duckdb_append_uint32(c->appender, record->event.class_uid);
	duckdb_append_uint32(c->appender, record->event.activity);
}

int
columns_add(struct columns *c, uint64_t index,
    const struct reread_record *record, struct err *err)
{
	const struct event *event = &record->event;

	duckdb_append_uint64(c->appender, index);
	add_time(c, record->readable ? event->time_us : EVENT_NO_TIME);
	add_time(c, record->received_us);
	add_text(c, record->source);
	add_text(c, record->tenant);
	add_text(c, event->col[EV_ID]);
	add_event_id(c, event);
	add_class(c, record);
	add_text(c, event->col[EV_OPERATION]);
	if (record->readable)
		add_text(c, slice_cstr(event_outcome_name(event->outcome)));
	else
		duckdb_append_null(c->appender);
	for (unsigned i = EV_STATUS_CODE; i < EV_COLUMNS; i++)
		add_text(c, event->col[i]);
	add_items(c, record);
	if (duckdb_appender_end_row(c->appender) == DuckDBSuccess)
		return 0;
	return err_set(err, ERR_SYSTEM, "cannot fill the columns: %s",
	    duckdb_appender_error(c->appender));
}

int
columns_finish(struct columns *c, struct err *err)
{
	if (duckdb_appender_close(c->appender) == DuckDBSuccess)
		return 0;
	return err_set(err, ERR_SYSTEM, "cannot fill the columns: %s",
	    duckdb_appender_error(c->appender));
}
