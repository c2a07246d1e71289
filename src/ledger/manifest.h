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
 *	segment/<day>/<first, 20 digits>-<end, 20 digits>.raw, .parquet, .idx
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
void manifest_release(struct manifest *manifest);

/* Index behind the last sealed record. */
uint64_t manifest_end(const struct manifest *manifest);

/* The segment's file with this ending; release with free(). */
char *segment_path(
    const char *dir, const struct segment *segment, const char *ending);

#endif
