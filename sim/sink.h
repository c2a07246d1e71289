#ifndef SIM_SINK_H
#define SIM_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * sink - where the made-up records go, in the order of time.
 *
 * The generator puts records in order of time_us.  The feed (feed.h) stands
 * between it and whatever keeps or serves them: it holds some back and repeats
 * some, and then the order is that of available_us.
 */

/* The logs of the tenant, each with its own way out of the suite. */
enum stream {
	STREAM_AUDIT,          /* unified audit log */
	STREAM_AUDIT_TEST,     /* the same of the test tenant */
	STREAM_SIGNIN,         /* interactive sign-ins, Graph */
	STREAM_SIGNIN_SILENT,  /* non-interactive, Event Hub */
	STREAM_SIGNIN_SERVICE, /* service principals, Event Hub */
	STREAM_DIRECTORY,      /* directory audits, Graph */
	STREAM_GRAPH,          /* Graph activity, Event Hub */
	STREAM_COUNT,
};

/* Which step of which attack wrote a record; attack is NULL for ordinary. */
struct truth {
	const char *attack;
	const char *technique; /* ATT&CK */
	const char *what;      /* for people */
	unsigned step;
};

/* Slices are good until put() returns. */
struct sim_record {
	enum stream stream;
	int64_t time_us;
	int64_t available_us;
	struct slice id;
	struct slice operation;
	struct slice user;
	struct slice bytes; /* one JSON object without a line end */
	struct truth truth;
	bool told;   /* another stream has told this event already */
	bool repeat; /* the same bytes were put before */
};

struct sink {
	void (*put)(struct sink *sink, const struct sim_record *record);
	unsigned wants; /* bit per stream; records of others need not be made */
	bool full;      /* nothing more is taken */
};

#endif
