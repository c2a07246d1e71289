#ifndef LEDGER_SEALED_H
#define LEDGER_SEALED_H

#include "ledger/frame.h"
#include "ledger/manifest.h"

/*
 * sealed - the records of a ledger that are in segments, as one.
 *
 * Files are opened when they are needed and believed as they are: blocks of
 * records have hashes of their own, all else is for verify to look at.  Whoever
 * holds this keeps files from being removed (DIR_READERS), or asks
 * sealed_refresh() often, as the writer does.
 *
 * One thread; what is read is good until the next call with the same struct.
 */
struct sealed;

/* `events`: the files that sealed_find() looks in are opened, too. */
int
sealed_open(struct sealed **out, const char *dir, bool events, struct err *err);
void sealed_close(struct sealed *sealed);

const struct manifest *sealed_manifest(const struct sealed *sealed);

/* Index behind the last sealed record. */
uint64_t sealed_end(const struct sealed *sealed);

/* Record `index`, which is below sealed_end(). */
int sealed_record(struct sealed *sealed, uint64_t index, struct frame *frame,
    struct stream *stream, struct err *err);

/*
 * What the records tell of the event with told->id, of each field what the
 * first says that says anything; all IDENTITY_ERASED if one was erased.  Those
 * in segments of which all was received before since_us are not looked at:
 * nothing tells of an event before it happened.  False if none tells of it.
 */
bool sealed_find(const struct sealed *sealed, int64_t since_us,
    struct identity *told, uint64_t *index);

/* Reads the manifest again if it was replaced: then *changed. */
int sealed_refresh(struct sealed *sealed, bool *changed, struct err *err);

#endif
