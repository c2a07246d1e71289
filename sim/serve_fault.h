#ifndef SIM_SERVE_FAULT_H
#define SIM_SERVE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "rng.h"

/*
 * serve_fault - what goes wrong on demand: which faults there are, when, for
 * whom and how often they strike.
 *
 * Faults are a YAML list of maps; docs/sim.md has their members.  Times are
 * counted from when the list is given.  Everything is drawn from the seed.
 */
enum fault_kind {
	/* of requests */
	FAULT_THROTTLE,
	FAULT_UNAUTHORISED,
	FAULT_SERVER_ERROR,
	FAULT_CUT,
	FAULT_SLOW,
	FAULT_TRUNCATE,
	FAULT_NOT_JSON,
	FAULT_STALE_PAGE,
	FAULT_TOKEN_EXPIRY,
	FAULT_SKEW,
	FAULT_DISABLED,
	FAULT_NO_PERMISSION,
	/* of blobs, drawn when they are cut */
	FAULT_MALFORMED,
	FAULT_HUGE,
	FAULT_EXPIRED,
	FAULT_MISSING,
	FAULT_BACKDATED,
	/* of records, drawn when they happen */
	FAULT_DUPLICATE_HEAVY,
	FAULT_LATE,
	FAULT_UNPUBLISHED,
	FAULT_KINDS,
};

/* What is asked for, a bit each; `on: [list, blob]` names some. */
enum fault_on {
	FAULT_ON_TOKEN = 1,
	FAULT_ON_SUBSCRIPTION = 2, /* start, stop, list of them */
	FAULT_ON_LIST = 4,         /* of content; of Graph's collections */
	FAULT_ON_BLOB = 8,
	FAULT_ON_GRAPH = 16,
};

struct fault {
	enum fault_kind kind;
	int64_t from_us, to_us;
	double share;
	int tenant;    /* index; -1: all */
	int type;      /* enum content_type; -1: all */
	char path[16]; /* "activity", "graph", ...; empty: all */
	unsigned on;   /* of enum fault_on */
	/* What the kind takes: */
	uint32_t status; /* server-error */
	uint32_t after;  /* cut: bytes; truncate: percent of the body */
	bool head;       /* cut: within the head */
	uint32_t rate;   /* slow: bytes a second */
	int32_t seconds; /* skew; late; backdated; token-expiry: what is left */
	uint32_t fetches; /* malformed: for that many; 0: for good */
	uint32_t copies;  /* duplicate-heavy */
	uint32_t bytes;   /* huge */
	bool lose;        /* disabled: what comes meanwhile is lost */
	uint32_t times;   /* it strikes so often at most; 0: always */

	uint64_t struck;
};

struct fault_target {
	int tenant;       /* index; -1: none known */
	int type;         /* enum content_type; -1: none */
	const char *path; /* "activity", "graph", ... */
	unsigned on;      /* one of enum fault_on; 0 for blobs and records */
};

struct serve_faults;

struct serve_faults *serve_faults_new(uint64_t seed);
void serve_faults_free(struct serve_faults *faults);

/* Adds a list; all of it or, if it is wrong, nothing. */
int serve_faults_add(struct serve_faults *faults, struct slice yaml,
    int64_t now_us, struct err *err);

/* Ends all. */
void serve_faults_heal(struct serve_faults *faults, int64_t now_us);

/*
 * The fault of that kind that strikes there and now, or NULL; counted.  Good
 * until the next serve_faults_add().
 */
const struct fault *serve_faults_strike(struct serve_faults *faults,
    enum fault_kind kind, const struct fault_target *target, int64_t now_us);

/* The same without drawing or counting, for what lasts. */
const struct fault *serve_faults_active(const struct serve_faults *faults,
    enum fault_kind kind, const struct fault_target *target, int64_t now_us);

/* Every fault so far as a JSON object, with that text between two. */
void serve_faults_write(
    const struct serve_faults *faults, struct buf *out, const char *between);

#endif
