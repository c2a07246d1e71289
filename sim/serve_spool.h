#ifndef SIM_SERVE_SPOOL_H
#define SIM_SERVE_SPOOL_H

#include "base/err.h"
#include "base/slice.h"

/*
 * serve_spool - bytes that are kept on disk until nobody wants them any more.
 *
 * They stand in files without a name, mapped into memory, so that the system
 * may drop their pages.  A file goes when all that is in it has been dropped.
 */
struct spool;
struct spool_file;

/* Where bytes are; all zero: nowhere. */
struct spool_at {
	struct spool_file *file;
	uint32_t offset, len;
};

/* The folder's name is copied. */
struct spool *spool_new(const char *dir);
void spool_free(struct spool *spool);

int spool_put(struct spool *spool, struct slice bytes, struct spool_at *out,
    struct err *err);

/* Good until they are dropped. */
struct slice spool_get(struct spool_at at);

void spool_drop(struct spool *spool, struct spool_at at);

/* Bytes of all files. */
uint64_t spool_size(const struct spool *spool);

#endif
