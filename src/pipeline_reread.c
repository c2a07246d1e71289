#include "pipeline_reread.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "source/sniff.h"
#include "source/unwrap.h"

#define LISTS_MAX   16 /* in one another, as pipeline_work.c has it */
#define NO_DELIVERY UINT64_MAX

struct reread {
	struct view *view;
	const struct recall *recall; /* NULL */
	struct set *missed;
	struct json_parser *parser; /* of the record */
	struct json_parser *inner;  /* of JSON in its strings */
	struct unwrap_room room;
	struct json_index body_index;
	struct arena arena; /* of one record */
	struct buf raw;     /* with padding */
	struct buf row;     /* a CSV row as JSON */
	struct geo_cache *geo;
	/* Of the delivery that was looked at last. */
	uint64_t delivery;
	struct arena header_arena;
	const struct csv_header *header; /* NULL: it has no rows */
};

struct reread *
reread_new(struct view *view, const struct geo *geo)
{
	struct reread *r = xcalloc(1, sizeof(*r));

	r->view = view;
	r->parser = json_parser_new();
	r->inner = json_parser_new();
	unwrap_room_init(&r->room);
	if (geo)
		r->geo = geo_cache_new(geo);
	r->delivery = NO_DELIVERY;
	return r;
}

void
reread_free(struct reread *r)
{
	if (!r)
		return;
	json_parser_free(r->parser);
	json_parser_free(r->inner);
	unwrap_room_release(&r->room);
	json_index_release(&r->body_index);
	arena_release(&r->arena);
	arena_release(&r->header_arena);
	buf_release(&r->raw);
	buf_release(&r->row);
	geo_cache_free(r->geo);
	free(r);
}

void
reread_recall(struct reread *r, const struct recall *recall, struct set *missed)
{
	r->recall = recall;
	r->missed = missed;
}

static int
read_record(struct reread *r, uint64_t index, struct frame *frame,
    struct stream *stream, struct err *err)
{
	if (r->recall && recall_find(r->recall, r->view, index, frame, stream))
		return 0;
	if (r->recall)
		(void)set_add(r->missed, index);
	return view_record(r->view, index, frame, stream, err);
}

static void
pad(struct buf *buf)
{
	memset(buf_reserve(buf, JSON_PADDING), 0, JSON_PADDING);
}

/* --- the delivery --- */

/* From the text of the record that opened it. */
static int
read_delivery(struct reread *r, uint64_t index, struct err *err)
{
	struct buf text = {0};
	struct stream stream;
	struct frame frame;
	struct sniffed sniffed;
	struct slice row;
	struct json root;

	if (read_record(r, index, &frame, &stream, err))
		return -1;
	buf_slice_add(&text, frame.raw);
	pad(&text);
	r->header = NULL;
	arena_reset(&r->header_arena);
	if (json_parse(r->parser, buf_slice(&text), &root, NULL) == JSON_OK &&
	    slice_eq(json_str(JSON_GET(root, "form")), SLICE("rows"))) {
		row = json_str(JSON_GET(root, "header"));
		row = arena_copy(&r->header_arena, row);
		sniffed = sniff(row, true);
		if (sniffed.form == FORM_ROWS)
			r->header = sniff_header(
			    row, sniffed.separator, &r->header_arena);
	}
	buf_release(&text);
	r->delivery = index;
	return 0;
}

/* --- the record --- */

/* The text is one value, or several of which the first was taken. */
static bool
parse(struct reread *r, struct slice text, struct json *root)
{
	size_t n;

	if (json_parse(r->parser, text, root, NULL) != JSON_BAD)
		return true;
	n = sniff_json_end(text);
	return n && n < text.len &&
	       json_parse(r->parser, slice_of(text.ptr, n), root, NULL) !=
	           JSON_BAD;
}

/* Of a list in the cell of a row the first is what the row was kept for. */
static struct json
innermost(struct reread *r, struct json v)
{
	for (unsigned depth = 0; depth < LISTS_MAX; depth++) {
		struct slice name;
		struct json list = json_type(v) == JSON_ARRAY
		                       ? v
		                       : unwrap_list(&r->room, v, &name);

		if (!list.doc)
			break;
		v = json_at(list, 0);
	}
	return v;
}

static bool
read_event(struct reread *r, struct slice text, struct reread_record *out)
{
	struct json root;

	if (!parse(r, text, &root))
		return false;
	root = innermost(r, root);
	if (unwrap_envelope(&r->room, &root))
		return false;
	out->record = (struct record){.root = root,
	    .arena = &r->arena,
	    .inner = r->inner,
	    .index = &r->room.index,
	    .body_index = &r->body_index};
	event_read(&out->record, &out->event);
	if (!out->event.col[EV_TENANT].len)
		out->event.col[EV_TENANT] = out->tenant;
	if (!out->event.col[EV_COUNTRY].len)
		out->event.col[EV_COUNTRY] =
		    geo_country(r->geo, out->event.col[EV_IP]);
	return true;
}

static bool
is_own(struct slice source)
{
	struct slice own = SLICE("firn/");

	return source.len >= own.len &&
	       slice_eq(slice_of(source.ptr, own.len), own);
}

int
reread_record(struct reread *r, uint64_t index, struct reread_record *out,
    struct err *err)
{
	struct stream stream;
	struct frame frame;

	*out = (struct reread_record){0};
	arena_reset(&r->arena);
	buf_clear(&r->raw);
	buf_clear(&r->row);
	if (read_record(r, index, &frame, &stream, err))
		return -1;
	out->source = arena_copy(&r->arena, stream.source);
	out->tenant = arena_copy(&r->arena, stream.tenant);
	out->received_us = frame.received_us;
	out->delivery = frame.delivery;
	out->erased = frame.erased;
	if (frame.erased || is_own(stream.source))
		return 0;
	buf_slice_add(&r->raw, frame.raw);
	pad(&r->raw);
	if (frame.delivery != r->delivery &&
	    read_delivery(r, frame.delivery, err))
		return -1;
	if (!r->header) {
		out->readable = read_event(r, buf_slice(&r->raw), out);
		return 0;
	}
	if (unwrap_row(r->header, buf_slice(&r->raw), &r->arena, &r->row))
		return 0;
	pad(&r->row);
	out->readable = read_event(r, buf_slice(&r->row), out);
	return 0;
}
