#include "ledger/segment.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "ledger/idx.h"
#include "ledger/raw.h"

#define LEAVES 4096 /* read at once */

struct check {
	const struct segment *segment;
	struct hashes *hashes;
	struct raw *raw;
	struct idx *idx;
	struct sha256 *sha;
	struct buf text;
	struct merkle_hash leaves[LEAVES];
};

static int
check_hash(const struct segment *segment, const char *dir, const char *ending,
    const struct merkle_hash *want, struct err *err)
{
	char *path = segment_path(dir, segment, ending);
	struct sha256 *sha = sha256_new();
	struct merkle_hash hash;
	char room[1 << 16];
	FILE *file = fopen(path, "re");
	size_t n;
	int status = 0;

	sha256_begin(sha);
	while (file && (n = fread(room, 1, sizeof(room), file)) > 0)
		sha256_add(sha, room, n);
	sha256_end(sha, hash.bytes);
	sha256_free(sha);
	if (!file || ferror(file))
		status = err_sys(err, "cannot read '%s'", path);
	else if (memcmp(&hash, want, sizeof(hash)) != 0)
		status = err_set(err, ERR_CORRUPT,
		    "'%s' is not the file that was sealed", path);
	if (file)
		fclose(file);
	free(path);
	return status;
}

static int
check_record(struct check *c, uint64_t index, const struct merkle_hash *leaf,
    struct err *err)
{
	struct merkle_hash hash;
	struct identity told;
	struct stream stream;
	struct frame frame;
	uint64_t first;

	if (raw_record(c->raw, index, &frame, &stream, err))
		return -1;
	buf_clear(&c->text);
	if (frame_leaf(c->sha, &frame, &stream, &c->text, &hash) ||
	    memcmp(&hash, leaf, sizeof(hash)) != 0)
		return err_set(err, ERR_CORRUPT,
		    "record %ju in its segment is not that of the log",
		    (uintmax_t)index);
	if (frame.has_identity &&
	    (!idx_find(c->idx, frame.identity.id, &told, &first) ||
	        first > index))
		return err_set(err, ERR_CORRUPT,
		    "record %ju: the index of its segment lacks its event",
		    (uintmax_t)index);
	return 0;
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

		if (hashes_read(c->hashes, at, c->leaves, n, err))
			return -1;
		for (size_t i = 0; i < n; i++)
			if (check_record(c, at + i, &c->leaves[i], err))
				return -1;
		at += n;
	}
	return 0;
}

int
segment_check(const struct segment *segment, const char *dir,
    struct hashes *hashes, struct err *err)
{
	struct check *c = xcalloc(1, sizeof(*c));
	char *raw = segment_path(dir, segment, ".raw");
	char *idx = segment_path(dir, segment, ".idx");
	int status;

	c->segment = segment;
	c->hashes = hashes;
	c->sha = sha256_new();
	status = check_hash(segment, dir, ".raw", &segment->raw, err) ||
	         check_hash(segment, dir, ".idx", &segment->idx, err) ||
	         check_hash(segment, dir, ".parquet", &segment->parquet, err) ||
	         raw_open(&c->raw, raw, err) || idx_open(&c->idx, idx, err) ||
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
