#include "incident/damage_csv.h"

#include "base/time.h"
#include "event/event.h"
#include "incident/damage_words.h"
#include "text/csv_write.h"

static void
add_cell(struct buf *out, struct slice s)
{
	buf_char(out, ',');
	csv_add_cell(out, s);
}

static void
add_number(struct buf *out, uint64_t n)
{
	buf_char(out, ',');
	buf_u64(out, n);
}

static void
add_time(struct buf *out, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	add_cell(out,
	    time_us == EVENT_NO_TIME ? SLICE("") : time_format(time_us, room));
}

static void
add_mark(struct buf *out, const struct damage *damage, uint32_t mark)
{
	if (mark >= damage->mark_count) {
		buf_str(out, ",,");
		return;
	}
	add_cell(out, slice_cstr(mark_kind_names[damage->marks[mark].kind]));
	add_cell(out, damage->marks[mark].value);
}

static void
add_item(struct buf *out, const struct damage *damage,
    const struct damage_item *item)
{
	const struct reach *reach = &item->reach;

	buf_str(out, damage_certainty_names[item->certainty]);
	add_cell(out, slice_cstr(reach_kind_names[reach->kind]));
	add_cell(out, reach->place);
	add_cell(out, reach->folder);
	add_cell(out, reach->name);
	add_cell(out, reach->id);
	add_cell(out, reach->label);
	buf_char(out, ',');
	if (reach->size >= 0)
		buf_i64(out, reach->size);
	add_cell(out, slice_cstr(reach_how_name(reach->how)));
	add_number(out, reach->more);
	add_cell(out, slice_cstr(damage_intruder_name(item->intruder)));
	add_mark(out, damage, item->mark);
	add_time(out, reach->from_us);
	add_time(out, reach->to_us);
	add_number(out, item->acts);
	add_number(out, item->secrets);
	add_number(out, item->index);
	csv_end_row(out);
}

void
damage_csv(struct buf *out, const struct damage *damage)
{
	buf_str(out,
	    "certainty,kind,place,folder,name,id,label,size,how,more,intruder,"
	    "mark_kind,mark,first,last,acts,secrets,index");
	csv_end_row(out);
	for (size_t i = 0; i < damage->item_count; i++)
		add_item(out, damage, &damage->items[i]);
}
