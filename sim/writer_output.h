#ifndef SIM_WRITER_OUTPUT_H
#define SIM_WRITER_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "rng.h"
#include "sink.h"

/*
 * writer_output - one file being written, in one of the wrappings of exports.
 *
 * Every call may fail; the first failure is kept and told by output_close().
 */
enum wrapping {
	WRAP_LINES, /* a record a line */
	WRAP_VALUE, /* one object {"value":[...]} of Graph */
	WRAP_HUB,   /* lines of {"records":[...]} */
	WRAP_CSV,   /* Purview's portal */
};

/* What .truth.json says of a file. */
struct output_count {
	char path[96]; /* under the folder */
	uint64_t records;
	uint64_t repeats; /* of what is in the same file */
	uint64_t bytes;
};

struct output {
	struct output_count count;
	enum wrapping wrapping;
	int fd; /* -1: closed */
	void *gz;
	struct buf buf;
	unsigned in_line; /* records in the line of WRAP_HUB */
	struct rng rng;
	bool failed;
	struct err err;
};

/* Opens DIR/path; "x.gz" is compressed. */
void output_open(struct output *out, const char *dir, const char *path,
    enum wrapping wrapping);
bool output_is_open(const struct output *out);
void output_add(struct output *out, const struct sim_record *record);

/* Fails if anything did before; one that is closed is left as it is. */
int output_close(struct output *out, struct err *err);

#endif
