#ifndef LEDGER_SEALS_H
#define LEDGER_SEALS_H

#include "ledger/manifest.h"
#include "ledger/merkle.h"

/*
 * seals - which segments a ledger has, for who makes and replaces them.
 *
 * Files are made by others, in a folder of their own, and are put in place here
 * when they were found right.  The order is: the files are renamed and synced,
 * the manifest is replaced, and only then is anything removed: the files that
 * they stand for, and those of the WAL that hold nothing but sealed records.
 * Nothing is removed while somebody reads; it is left to the next sweep.  Who
 * is killed leaves files that no manifest names, for the next sweep, too.
 *
 * One process at a time (DIR_SEALER); writers and readers go on.
 */
struct seals;

int seals_open(struct seals **out, const char *dir, struct err *err);
void seals_close(struct seals *seals);

const struct manifest *seals_manifest(const struct seals *seals);

/* Where files are made, as segment_draft() names them.  Empty at first. */
const char *seals_folder(const struct seals *seals);

/*
 * Records that are signed and not sealed: at most `most`, from where the
 * segments end on; the day is that of the first.  Where there are none, first
 * is end.
 */
int seals_next(
    struct seals *seals, uint64_t most, struct segment *next, struct err *err);

/* Checks a segment that was made for records that are not sealed. */
int seals_add(struct seals *seals, const struct segment *made, struct err *err);

/*
 * Checks one that takes the place of `count` segments from `at` on.  What it
 * has no file of in the folder is that of the one segment that was before.
 */
int seals_replace(struct seals *seals, size_t at, size_t count,
    const struct segment *made, struct err *err);

/* Removes what is not needed any more; *left: somebody reads, nothing was. */
int seals_sweep(struct seals *seals, bool *left, struct err *err);

#endif
