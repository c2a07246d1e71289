#ifndef DUCK_H
#define DUCK_H

#include <duckdb.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * duck - DuckDB as the two children use it: in memory, one thread, no
 * extensions, no configuration of the user's.  All zero is closed.
 */
struct duck {
	duckdb_database db;
	duckdb_connection connection;
	unsigned functions; /* that it was taught, for their names */
};

/*
 * `memory`: how much it may use, in MiB.  `spill`: a folder that it makes for
 * what is more than that, and empties; NULL: then it fails.
 */
int duck_open(
    struct duck *duck, unsigned memory, const char *spill, struct err *err);
void duck_close(struct duck *duck);

/* The first line of what DuckDB says is wrong (NULL: nothing), after `about`.
 */
int duck_refused(
    struct err *err, enum err_code code, const char *about, const char *why);

/* Runs a statement whose result nobody wants. */
int duck_run(struct duck *duck, const char *sql, struct err *err);

/* Adds s as a string of SQL, with its quotes. */
void duck_quote(struct buf *out, struct slice s);

#endif
