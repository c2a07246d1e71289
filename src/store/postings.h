#ifndef STORE_POSTINGS_H
#define STORE_POSTINGS_H

#include "base/err.h"
#include "base/sha256.h"

/*
 * postings - among which rows of a segment's columns a value may stand.
 *
 * The file lies beside the columns, follows from them alone, and need not be
 * there.  Rows are counted in blocks of POSTINGS_ROWS, by their place in the
 * file of columns.  Integers are little-endian.
 *
 *	"firn-postings/1\n"
 *	32 bytes: SHA-256 of the file of columns
 *	u64  number of rows, u64 number of entries
 *	entries, u64 each: the upper 48 bits of a hash, and a block
 *	32 bytes: SHA-256 of all before
 *
 * There is an entry for each value of the columns below that stands in a block,
 * once, in the order of their numbers.  The hash is XXH64 (seed 0) of a byte,
 * the column's number, and of the first POSTINGS_TEXT bytes of the value
 * without blanks, full stops, the letters i and k, and what is not ASCII, in
 * lower case.  So one entry holds for all that lower() and rtrim() of SQL make
 * of a value: i and k are what letters beyond ASCII become in lower case.
 *
 * It is no proof: what may be there must be looked at, and what is not there is
 * believed as far as whoever writes to the folder is.  A writer belongs to one
 * thread; in what was opened any number may look.
 */
#define POSTINGS_ROWS       61440 /* as many as a row group has */
#define POSTINGS_TEXT       64
#define POSTINGS_BLOCKS_MAX 65536

/* The numbers are in files. */
enum postings_column {
	POSTINGS_IP,
	POSTINGS_SESSION,
	POSTINGS_TOKEN,
	POSTINGS_DEVICE,
	POSTINGS_APP_ID,
	POSTINGS_ACTOR_ID,
	POSTINGS_ACTOR_NAME,
	POSTINGS_MAILBOX,
	POSTINGS_TARGET_ID,
	POSTINGS_TARGET_NAME,
	POSTINGS_OPERATION,
	POSTINGS_KIND,
	POSTINGS_SOURCE, /* up to its first full stop */
	POSTINGS_COLUMNS
};

/* As the column is named. */
const char *postings_name(enum postings_column column);

/*
 * The column of an expression of SQL for which entries hold: "ip",
 * "lower(mailbox)".  False if there is none.
 */
bool postings_of(struct slice expression, enum postings_column *column);

/* --- making one --- */

struct postings_writer;

/* For the file of columns with that hash, and so many rows. */
struct postings_writer *
postings_writer_new(const unsigned char columns[SHA256_LEN], uint64_t rows);
void postings_writer_free(struct postings_writer *writer);

/* Row by row, in the order of the file. */
void postings_add(struct postings_writer *writer, uint64_t row,
    enum postings_column column, struct slice value);

/* Makes the file, which must not be there; on disk when back with 0.  Once. */
int postings_write(
    struct postings_writer *writer, const char *path, struct err *err);

/* --- looking --- */

struct postings;

/*
 * Maps the file, which must not change.  NULL if there is none, or none of
 * these columns, or if it is cut off; what its entries say is not checked.
 */
struct postings *postings_open(
    const char *path, const unsigned char columns[SHA256_LEN], uint64_t rows);
void postings_close(struct postings *postings);

/* Sets those of the blocks in which the value may stand.  Whether any is. */
bool postings_find(const struct postings *postings, enum postings_column column,
    struct slice value, bool blocks[POSTINGS_BLOCKS_MAX]);

#endif
