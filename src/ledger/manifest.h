#ifndef LEDGER_MANIFEST_H
#define LEDGER_MANIFEST_H

#include "base/buf.h"
#include "ledger/merkle.h"

/*
 * manifest - which segments a ledger has: a text, replaced by one rename.
 *
 *	firn-manifest/1
 *	segment <first> <end> <day> <raw> <parquet> <idx> <reader> <geography>
 *	sha256 <of all before>
 *
 * each line with its line feed.  There is a line for each segment, in the
 * order of the log, from record 0 on and without gaps.  The hashes are SHA-256
 * in lower-case hex, of the segment's files; `reader` is the version of the
 * readers that made the columns, `geography` the hash of the country table that
 * they were made with, or -.  The files are
 *
 *	segment/<day>/<first, 20 digits>-<end, 20 digits>-<hash>.raw
 *
 * and the same with .parquet and .idx; <hash> is the first 16 digits of the
 * file's own hash.  So a file that is written anew has another name, and is in
 * place before the manifest names it.
 *
 * Where there is no manifest, nothing is sealed.
 */
#define MANIFEST_MAX ((size_t)256 << 20) /* bytes */
#define SEGMENT_DAY  10                  /* 2026-01-31 */

struct segment {
	uint64_t first, end;
	char day[SEGMENT_DAY + 1]; /* when it was received; NUL-terminated */
	struct merkle_hash raw, parquet, idx;
	uint64_t reader;
	bool has_geography;
	struct merkle_hash geography;
};

/* All zero is an empty one. */
struct manifest {
	struct segment *list; /* owned */
	size_t count, room;
};

/* A segment's line; read without its line feed, and leniently. */
bool segment_parse(struct slice line, struct segment *segment);
void segment_print(struct buf *out, const struct segment *segment);

/* Reads exactly what manifest_print() writes. */
int
manifest_parse(struct slice text, struct manifest *manifest, struct err *err);
void manifest_print(struct buf *out, const struct manifest *manifest);

/* Of the ledger in `dir`; empty if there is none. */
int manifest_read(struct manifest *manifest, const char *dir, struct err *err);
int manifest_write(
    const struct manifest *manifest, const char *dir, struct err *err);

/* The segment must begin where the last one ends. */
void manifest_add(struct manifest *manifest, const struct segment *segment);

/* Puts it in the place of the `count` segments from `at` on that it holds. */
void manifest_replace(struct manifest *manifest, size_t at, size_t count,
    const struct segment *segment);
void manifest_release(struct manifest *manifest);

/*
 * Segments that are better one: MERGE_FAN or more that stand side by side, of
 * one day, with columns by the same readers, and together at least twice as
 * much as the largest of them; the smallest ones first.  So what a record is in
 * at least doubles whenever it is copied, up to MERGE_RECORDS, and there are
 * few segments.  False if there are none.
 */
#define MERGE_FAN     8
#define MERGE_RECORDS ((uint64_t)16 << 20)
bool
manifest_next_merge(const struct manifest *manifest, size_t *at, size_t *count);

/* Index behind the last sealed record. */
uint64_t manifest_end(const struct manifest *manifest);

/* The number of the segment that holds a record below manifest_end(). */
size_t manifest_find(const struct manifest *manifest, uint64_t index);

/*
 * The files that make a segment, and the postings, which are none of them: they
 * follow from the columns, bear their hash, and need not be there.
 */
enum segment_file {
	SEGMENT_RAW,
	SEGMENT_PARQUET,
	SEGMENT_IDX,
	SEGMENT_FILES,
	SEGMENT_POSTINGS = SEGMENT_FILES,
	SEGMENT_ALL
};

/* ".raw", ".parquet", ".idx", ".postings" */
const char *segment_ending(enum segment_file file);
struct merkle_hash *
segment_hash(struct segment *segment, enum segment_file file);

/* Where the ledger in `dir` has it; release with free(). */
char *segment_path(
    const char *dir, const struct segment *segment, enum segment_file file);

/* "<first>-<end>.raw" in a folder, before it has its hash; with free(). */
char *segment_draft(
    const char *dir, const struct segment *segment, enum segment_file file);

#endif
