#include <stdlib.h>

#include "base/time.h"
#include "duck_columns.h"
#include "event/read.h"
#include "ledger/idx.h"
#include "ledger/raw.h"
#include "seal.h"

/* What is filled, record by record. */
struct making {
	struct seal *seal;
	struct raw_writer *raw; /* NULL: only the columns are made */
	struct idx_writer *idx;
	struct reread *reread;
	struct columns *columns;
};

static int
add_record(struct making *m, uint64_t index, struct err *err)
{
	struct segment *segment = &m->seal->segment;
	struct reread_record record;
	struct stream stream;
	struct frame frame;

	if (m->raw) {
		if (view_record(m->seal->view, index, &frame, &stream, err) ||
		    raw_add(m->raw, &frame, &stream, err))
			return -1;
		idx_add(m->idx, index, &frame);
	}
	if (m->raw && index == segment->first) {
		char room[TIME_TEXT_MAX];

		memcpy(segment->day, time_format(frame.received_us, room).ptr,
		    SEGMENT_DAY);
	}
	if (reread_record(m->reread, index, &record, err))
		return -1;
	return columns_add(m->columns, index, &record, err);
}

/* All records; then the file of columns is there. */
static int
add_records(struct making *m, struct err *err)
{
	struct seal *seal = m->seal;
	char *parquet =
	    segment_draft(seal->out, &seal->segment, SEGMENT_PARQUET);
	int status;

	seal->segment.reader = EVENT_READERS;
	status = columns_new(
	    &m->columns, &seal->duck, COLUMNS_MEMORY, seal->spill, err);
	m->reread = reread_new(seal->view, seal->geo);
	for (uint64_t i = seal->segment.first; !status && i < seal->segment.end;
	     i++)
		status = add_record(m, i, err);
	if (!status)
		status = columns_write(m->columns, parquet, err) ||
		         seal_parquet(seal, err);
	columns_free(m->columns);
	reread_free(m->reread);
	free(parquet);
	return status ? -1 : 0;
}

int
seal_columns(struct seal *seal, struct err *err)
{
	struct making making = {.seal = seal};
	struct segment *s = &seal->segment;

	if (seal->from_count != 1)
		return err_set(
		    err, ERR_USAGE, "columns are made of one segment");
	memcpy(s->day, seal->from->day, sizeof(s->day));
	s->raw = seal->from->raw;
	s->idx = seal->from->idx;
	return add_records(&making, err);
}

int
seal_make(struct seal *seal, struct err *err)
{
	struct making making = {.seal = seal};
	struct segment *s = &seal->segment;
	char *raw = segment_draft(seal->out, s, SEGMENT_RAW);
	char *idx = segment_draft(seal->out, s, SEGMENT_IDX);
	int status = raw_create(&making.raw, raw, s->first, s->end, err);

	making.idx = idx_writer_new(s->first, s->end);
	if (!status)
		status = add_records(&making, err);
	if (!status)
		status = raw_finish(making.raw, err) ||
		         idx_write(making.idx, idx, err) ||
		         seal_file(seal, SEGMENT_RAW, err) ||
		         seal_file(seal, SEGMENT_IDX, err);
	raw_writer_free(making.raw);
	idx_writer_free(making.idx);
	free(raw);
	free(idx);
	return status ? -1 : 0;
}
