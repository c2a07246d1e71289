#ifndef LEDGER_WAL_READER_H
#define LEDGER_WAL_READER_H

#include "ledger/wal.h"

/*
 * wal_reader - reads batches of the WAL here and there, for those who know from
 * a checkpoint how far a file is whole: a writer may be appending behind.
 *
 * Its functions stand in wal_walk.c, with which it shares how a batch is read.
 * One thread.
 */
/* Where a batch stands. */
struct wal_place {
	uint64_t at;   /* in the file; of the first one WAL_FIRST */
	uint64_t next; /* where it ends */
	uint64_t first;
	uint32_t count;
};

struct wal_reader;

struct wal_reader *wal_reader_new(void);
void wal_reader_free(struct wal_reader *reader);

/* The file to read from; the one before is closed. */
int
wal_reader_open(struct wal_reader *reader, const char *path, struct err *err);

/* Reads only its head, which stands at `at`. */
int wal_reader_look(struct wal_reader *reader, uint64_t at,
    struct wal_place *place, struct err *err);

/*
 * Reads and verifies it, against the seal before it.  What is seen is good
 * until the next call with the same reader.
 */
int wal_reader_batch(struct wal_reader *reader, const struct wal_place *place,
    struct wal_seen *seen, struct err *err);

/*
 * The same of one that does not verify, to say which record is not right: as
 * many of its frames as can be read, batch.count of them, unverified.  -1 if
 * there are none.
 */
int wal_reader_damaged(struct wal_reader *reader, const struct wal_place *place,
    struct wal_seen *seen);

#endif
