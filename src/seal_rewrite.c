#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "duck_merge.h"
#include "ledger/idx.h"
#include "ledger/raw.h"
#include "seal.h"

/* The files of the segments that are there, and those that are made. */
struct rewrite {
	struct seal *seal;
	struct raw **raw; /* owned, with what they point to; so are these */
	struct idx **idx;
	struct raw_writer *writer;
	struct sha256 *sha;
	struct buf text;
	uint64_t *erased;
	size_t erased_count;
	size_t next; /* of erased */
};

static int
open_sources(struct rewrite *r, struct err *err)
{
	const struct seal *seal = r->seal;
	size_t n = seal->from_count;

	r->raw = xcalloc(n, sizeof(*r->raw)); /* NOLINT(bugprone-sizeof-*) */
	r->idx = xcalloc(n, sizeof(*r->idx)); /* NOLINT(bugprone-sizeof-*) */
	for (size_t i = 0; i < n; i++) {
		const struct segment *s = &seal->from[i];
		char *raw = segment_path(seal->dir, s, SEGMENT_RAW);
		char *idx = segment_path(seal->dir, s, SEGMENT_IDX);
		int status = raw_open(&r->raw[i], raw, err) ||
		             idx_open(&r->idx[i], idx, true, err);

		free(raw);
		free(idx);
		if (status)
			return -1;
	}
	return 0;
}

static void
release(struct rewrite *r)
{
	for (size_t i = 0; i < r->seal->from_count; i++) {
		if (r->raw)
			raw_close(r->raw[i]);
		if (r->idx)
			idx_close(r->idx[i]);
	}
	free(r->raw);
	free(r->idx);
	raw_writer_free(r->writer);
	sha256_free(r->sha);
	buf_release(&r->text);
	free(r->erased);
}

/* --- records --- */

/* The indexes on standard input. */
static int
read_erased(struct rewrite *r, struct err *err)
{
	unsigned char number[8];
	size_t room = 0;

	while (fread(number, sizeof(number), 1, stdin) == 1) {
		if (r->erased_count == room) {
			room = room ? 2 * room : 1024;
			r->erased =
			    xrealloc(r->erased, room * sizeof(*r->erased));
		}
		r->erased[r->erased_count++] = get_u64(number);
	}
	return ferror(stdin) ? err_sys(err, "cannot read standard input") : 0;
}

/* The record without its bytes and its salt: what is left is its leaf. */
static int
erase(struct rewrite *r, uint64_t index, struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct merkle_hash leaf;

	if (frame->erased)
		return 0;
	if (frame_leaf(r->sha, frame, stream, &r->text, &leaf))
		return err_set(err, ERR_CORRUPT, "record %ju has no valid leaf",
		    (uintmax_t)index);
	frame->erased = true;
	frame->text = buf_slice(&r->text);
	memset(frame->salt, 0, sizeof(frame->salt));
	memset(frame->identity.told, IDENTITY_ERASED,
	    sizeof(frame->identity.told));
	return 0;
}

/* The records of a block of which some are erased. */
static int
rewrite_block(
    struct rewrite *r, struct raw *from, uint32_t block, struct err *err)
{
	for (uint64_t i = raw_block(from, block);
	     i < raw_block(from, block + 1); i++) {
		struct stream stream;
		struct frame frame;

		if (raw_record(from, i, &frame, &stream, err))
			return -1;
		if (r->next < r->erased_count && r->erased[r->next] == i) {
			r->next++;
			if (erase(r, i, &frame, &stream, err))
				return -1;
		}
		if (raw_add(r->writer, &frame, &stream, err))
			return -1;
	}
	return 0;
}

static int
write_blocks(struct rewrite *r, struct raw *from, struct err *err)
{
	for (uint32_t b = 0; b < raw_blocks(from); b++) {
		bool whole = r->next == r->erased_count ||
		             r->erased[r->next] >= raw_block(from, b + 1);

		if (whole ? raw_copy(r->writer, from, b, err)
		          : rewrite_block(r, from, b, err))
			return -1;
	}
	return 0;
}

static int
write_records(struct rewrite *r, struct err *err)
{
	struct seal *seal = r->seal;
	const struct segment *s = &seal->segment;
	struct idx_erased erased = {r->erased, r->erased_count};
	char *raw = segment_draft(seal->out, s, SEGMENT_RAW);
	char *idx = segment_draft(seal->out, s, SEGMENT_IDX);
	int status = raw_create(&r->writer, raw, s->first, s->end, err);

	for (size_t i = 0; !status && i < seal->from_count; i++)
		status = write_blocks(r, r->raw[i], err);
	if (!status && r->next != r->erased_count)
		status = err_set(err, ERR_USAGE,
		    "no record %ju to erase here, or not in order",
		    (uintmax_t)r->erased[r->next]);
	if (!status)
		status =
		    raw_finish(r->writer, err) ||
		    idx_merge(r->idx, seal->from_count, erased, idx, err) ||
		    seal_file(seal, SEGMENT_RAW, err) ||
		    seal_file(seal, SEGMENT_IDX, err);
	free(raw);
	free(idx);
	return status ? -1 : 0;
}

/* What is said of all of them, or they cannot be one. */
static int
take_over(struct seal *seal, struct err *err)
{
	const struct segment *from = seal->from;
	struct segment *s = &seal->segment;

	memcpy(s->day, from->day, sizeof(s->day));
	s->reader = from->reader;
	s->has_geography = from->has_geography;
	s->geography = from->geography;
	for (size_t i = 1; i < seal->from_count; i++)
		if (from[i].reader != s->reader ||
		    from[i].has_geography != s->has_geography ||
		    !merkle_eq(&from[i].geography, &s->geography))
			return err_set(err, ERR_USAGE,
			    "the segments %ju and %ju have columns of other "
			    "readers",
			    (uintmax_t)s->first, (uintmax_t)from[i].first);
	return 0;
}

/* --- columns --- */

static int
merge_columns(struct seal *seal, struct err *err)
{
	size_t n = seal->from_count;
	char *out = segment_draft(seal->out, &seal->segment, SEGMENT_PARQUET);
	char **paths =
	    xcalloc(n, sizeof(*paths)); /* NOLINT(bugprone-sizeof-*) */
	int status;

	for (size_t i = 0; i < n; i++)
		paths[i] =
		    segment_path(seal->dir, &seal->from[i], SEGMENT_PARQUET);
	status = columns_merge(
	             &seal->duck, (const char *const *)paths, n, out, err) ||
	         seal_parquet(seal, err);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	free(out);
	return status ? -1 : 0;
}

/* Of what was erased nothing stays but what its leaf says. */
static int
erase_columns(struct rewrite *r, struct err *err)
{
	struct seal *seal = r->seal;
	const struct erasure erasure = {r->erased, r->erased_count};
	char *from = segment_path(seal->dir, seal->from, SEGMENT_PARQUET);
	char *out = segment_draft(seal->out, &seal->segment, SEGMENT_PARQUET);
	int status = columns_erase(&seal->duck, from, &erasure, out, err) ||
	             seal_parquet(seal, err);

	free(from);
	free(out);
	return status ? -1 : 0;
}

int
seal_merge(struct seal *seal, struct err *err)
{
	struct rewrite r = {.seal = seal};
	int status = take_over(seal, err) || open_sources(&r, err) ||
	             write_records(&r, err) || merge_columns(seal, err);

	release(&r);
	return status ? -1 : 0;
}

int
seal_erase(struct seal *seal, struct err *err)
{
	struct rewrite r = {.seal = seal, .sha = sha256_new()};
	int status;

	if (seal->from_count != 1)
		status = err_set(err, ERR_USAGE, "only in one segment");
	else
		status = take_over(seal, err) || open_sources(&r, err) ||
		         read_erased(&r, err) || write_records(&r, err) ||
		         erase_columns(&r, err);
	release(&r);
	return status ? -1 : 0;
}
