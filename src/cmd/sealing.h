#ifndef CMD_SEALING_H
#define CMD_SEALING_H

#include "base/slice.h"
#include "ledger/seals.h"

/*
 * sealing - firn-seal at work: it makes files, and they are checked and put in
 * place (ledger/seals.h).
 */

/*
 * Lets firn-seal make the files of a segment: verb as seal.c has it, with
 * first, end and day of `segment` as they are wanted.  The rest is filled.
 */
int sealing_make(struct seals *seals, const char *dir, const char *verb,
    struct slice input, struct segment *segment, struct err *err);

/*
 * All records that are signed for and not sealed, as long as there are `least`
 * of them at a time; then what is better merged.
 */
struct sealing_done {
	uint64_t sealed; /* records */
	size_t merged;   /* segments that went into others */
};
int sealing_pass(struct seals *seals, const char *dir, uint64_t least,
    struct sealing_done *done, struct err *err);

/* seals_sweep(), and a word to standard error if it had to be put off. */
int sealing_sweep(struct seals *seals, struct err *err);

#endif
