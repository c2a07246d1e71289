#ifndef CMD_DAMAGE_RECORD_H
#define CMD_DAMAGE_RECORD_H

#include "pipeline_damage.h"

/*
 * damage_record - who assessed what, what was stated, cut, added and exported,
 * as records of the ledger (source firn/damage, incident/statement.h).
 *
 * Like reads of people's records (cmd/reads.h): where a record cannot be added,
 * for want of the secret key or of a place to write, the command goes on, and
 * a line on standard error says so.
 */
struct damage_record {
	const char *dir;
	const char *by, *purpose; /* NULL: not said */
	uint64_t back_to; /* an earlier size that was asked for; 0: none */
};

/* What was stated for it, and is no record yet. */
void damage_record_stated(
    const struct damage_record *record, const struct damage *damage);

/*
 * That it was assessed, with the checkpoint that it rests on, so that the same
 * can be made again when the ledger has grown.
 */
void damage_record_assessed(const struct damage_record *record,
    const struct damage *damage, struct view *view);

/* That its report was written into a folder. */
void damage_record_exported(const struct damage_record *record,
    const struct damage *damage, const char *folder);

/* SHA-256 of a file in hex, with a NUL. */
#define DAMAGE_HASH_ROOM 65
int
damage_hash_file(const char *path, char hex[DAMAGE_HASH_ROOM], struct err *err);

#endif
