#ifndef LEDGER_SEAL_H
#define LEDGER_SEAL_H

#include "ledger/dir.h"
#include "ledger/idx.h"
#include "ledger/raw.h"
#include "ledger/seals.h"
#include "ledger_fill.h"

/*
 * ledger_seal - seals records of a ledger_case, without columns: those take
 * DuckDB.
 */

static inline struct seals *
case_seals(const struct ledger_case *c)
{
	struct seals *seals = NULL;
	struct err err = {0};

	if (seals_open(&seals, c->dir, &err))
		fail_msg("%s", err.msg);
	return seals;
}

/* Makes the files of [first, end) in the folder for them. */
static inline void
case_make_segment(
    const struct ledger_case *c, const char *folder, struct segment *s)
{
	struct idx_writer *idx = idx_writer_new(s->first, s->end);
	struct view *view = case_view(c);
	struct raw_writer *raw = NULL;
	char *paths[SEGMENT_FILES];
	struct err err = {0};

	for (int i = 0; i < SEGMENT_FILES; i++) {
		paths[i] = segment_draft(folder, s, (enum segment_file)i);
		unlink(paths[i]);
	}
	if (raw_create(&raw, paths[SEGMENT_RAW], s->first, s->end, &err))
		fail_msg("%s", err.msg);
	for (uint64_t i = s->first; i < s->end; i++) {
		struct stream stream;
		struct frame frame;

		if (view_record(view, i, &frame, &stream, &err) ||
		    raw_add(raw, &frame, &stream, &err))
			fail_msg("%s", err.msg);
		idx_add(idx, i, &frame);
	}
	if (raw_finish(raw, &err) || idx_write(idx, paths[SEGMENT_IDX], &err) ||
	    dir_replace(folder, strrchr(paths[SEGMENT_PARQUET], '/') + 1,
	        SLICE("columns"), &err))
		fail_msg("%s", err.msg);
	for (int i = 0; i < SEGMENT_FILES; i++) {
		if (sha256_file(paths[i],
		        segment_hash(s, (enum segment_file)i)->bytes, &err))
			fail_msg("%s", err.msg);
		free(paths[i]);
	}
	s->reader = 1;
	raw_writer_free(raw);
	idx_writer_free(idx);
	view_close(view);
}

/* Seals what is signed, in segments of at most `most`. */
static inline void
case_seal(const struct ledger_case *c, uint64_t most)
{
	struct seals *seals = case_seals(c);
	struct segment next;
	struct err err = {0};
	bool left;

	for (;;) {
		if (seals_next(seals, most, &next, &err))
			fail_msg("%s", err.msg);
		if (next.first == next.end)
			break;
		case_make_segment(c, seals_folder(seals), &next);
		if (seals_add(seals, &next, &err))
			fail_msg("%s", err.msg);
	}
	if (seals_sweep(seals, &left, &err))
		fail_msg("%s", err.msg);
	assert_false(left);
	seals_close(seals);
}

#endif
