#ifndef SOURCE_FILE_H
#define SOURCE_FILE_H

#include <stdint.h>

#include "base/err.h"
#include "base/sha256.h"
#include "source/batch.h"

/*
 * file - an exported log on disk, cut into records as it streams by.
 *
 * The form is told by content, never by name, once compression and encoding
 * are off (text/decode.h):
 *	lines     NDJSON: one value a line
 *	elements  a JSON array, or JSON objects one after another (indented or
 *	          not); a wrapper such as {"value":[...]} that is too long to
 *	          be held is opened here, shorter ones by source/unwrap.h
 *	rows      CSV with a header that names a time or holds whole records
 *	no log    anything else; file_no_log() says why
 *
 * Memory is bounded by the longest record, FILE_RECORD_MAX.  What cannot be
 * cut becomes a CUT_BAD, and reading goes on behind it.
 */
#define FILE_RECORD_MAX (64u << 20)

struct file;

/* Opens and looks; -1 if the file cannot be opened or read at all. */
int file_open(struct file **out, const char *path, struct err *err);

/* The same for what is in memory already; the bytes are borrowed. */
int file_open_bytes(struct file **out, struct slice bytes, struct err *err);

/* Why the file is no log; NULL if it is one. */
const char *file_no_log(const struct file *file);

/* "lines", "elements", "rows", or "none" */
const char *file_form(const struct file *file);

/* The header of rows, as it stands in the file; empty for other forms. */
struct slice file_header(const struct file *file);

/*
 * Fills the batch (reset before) with the next records.  Returns 1, or 0 at
 * the end.  An error while reading becomes a CUT_BAD and ends the file.
 */
int file_next(struct file *file, struct batch *batch);

/*
 * A regular file as a delivery: the digest of its bytes, and a name from it, so
 * that the same export is one delivery wherever it lies.
 */
int file_identify(const char *path, unsigned char digest[SHA256_LEN],
    unsigned char name[16], struct err *err);

/* Bytes taken from the file so far, as stored. */
uint64_t file_taken(const struct file *file);

/* NULL is allowed. */
void file_close(struct file *file);

#endif
