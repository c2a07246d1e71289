#include "ledger/segment.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "ledger/idx.h"
#include "ledger/raw.h"

#define LEAVES 4096 /* read at once */

struct check {
	const struct segment *segment;
	const struct segment_checker *checker;
	struct raw *raw;
	struct idx *idx;
	uint64_t events;     /* records that tell one */
	int64_t received_us; /* the latest */
	struct sha256 *sha;
	struct buf text;
	struct merkle_hash leaves[LEAVES];
};

int
segment_check_file(const struct segment *segment, const char *dir,
    enum segment_file file, struct err *err)
{
	char *path = segment_path(dir, segment, file);
	struct segment want = *segment;
	struct merkle_hash hash;
	int status = sha256_file(path, hash.bytes, err);

	if (!status && !merkle_eq(&hash, segment_hash(&want, file)))
		status = err_set(err, ERR_CORRUPT,
		    "'%s' is not the file that was sealed", path);
	free(path);
	return status;
}

static int
check_record(struct check *c, uint64_t index, const struct merkle_hash *leaf,
    struct err *err)
{
	const struct segment_checker *checker = c->checker;
	struct merkle_hash hash;
	struct stream stream;
	struct frame frame;

	if (raw_record(c->raw, index, &frame, &stream, err))
		return -1;
	if (frame_leaf(c->sha, &frame, &stream, &c->text, &hash) ||
	    !merkle_eq(&hash, leaf))
		return err_set(err, ERR_CORRUPT,
		    "record %ju in its segment is not that of the log",
		    (uintmax_t)index);
	if (c->received_us < frame.received_us)
		c->received_us = frame.received_us;
	c->events += frame.has_identity;
	if (frame.has_identity && !idx_has(c->idx, &frame.identity, index))
		return err_set(err, ERR_CORRUPT,
		    "record %ju: the index of its segment lacks its event",
		    (uintmax_t)index);
	return checker->record
	           ? checker->record(checker->ctx, &stream, leaf, err)
	           : 0;
}

static int
check_records(struct check *c, struct err *err)
{
	const struct segment *s = c->segment;

	if (raw_first(c->raw) != s->first || raw_end(c->raw) != s->end ||
	    idx_first(c->idx) != s->first || idx_end(c->idx) != s->end)
		return err_set(err, ERR_CORRUPT,
		    "the files of segment %ju are of other records",
		    (uintmax_t)s->first);
	for (uint64_t at = s->first; at < s->end;) {
		size_t n =
		    s->end - at < LEAVES ? (size_t)(s->end - at) : LEAVES;

		if (hashes_read(c->checker->hashes, at, c->leaves, n, err))
			return -1;
		for (size_t i = 0; i < n; i++)
			if (check_record(c, at + i, &c->leaves[i], err))
				return -1;
		at += n;
	}
	if (c->events != idx_count(c->idx) ||
	    c->received_us != idx_received_us(c->idx))
		return err_set(err, ERR_CORRUPT,
		    "the index of segment %ju has what no record tells",
		    (uintmax_t)s->first);
	return 0;
}

int
segment_check(const struct segment *segment, const char *dir,
    const struct segment_checker *checker, struct err *err)
{
	struct check *c = xcalloc(1, sizeof(*c));
	char *raw = segment_path(dir, segment, SEGMENT_RAW);
	char *idx = segment_path(dir, segment, SEGMENT_IDX);
	int status = 0;

	c->segment = segment;
	c->checker = checker;
	c->received_us = INT64_MIN;
	c->sha = sha256_new();
	for (int i = 0; i < SEGMENT_FILES && !status; i++)
		status =
		    segment_check_file(segment, dir, (enum segment_file)i, err);
	if (!status)
		status = raw_open(&c->raw, raw, err) ||
		         idx_open(&c->idx, idx, true, err) ||
		         check_records(c, err);
	raw_close(c->raw);
	idx_close(c->idx);
	sha256_free(c->sha);
	buf_release(&c->text);
	free(c);
	free(raw);
	free(idx);
	return status ? -1 : 0;
}
