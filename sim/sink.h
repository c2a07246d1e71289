#ifndef SIM_SINK_H
#define SIM_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * sink - where the made-up records go, in the order of time.
 *
 * The generator puts records in order of time_us.  The feed below stands
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

/* As the truth names them. */
extern const char *const stream_names[STREAM_COUNT];

/* Which step of which attack wrote a record; attack is NULL for ordinary. */
struct truth {
	const char *attack;
	unsigned number;       /* which playing of it, from 1 */
	const char *technique; /* ATT&CK */
	const char *what;      /* for people */
	unsigned step;
	bool by_tenant;     /* not the intruder: the tenant defends itself */
	struct slice facts; /* what was read, left, closed: JSON members */
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
	bool unseen;      /* no log tells it: for the truth alone */
	bool told;        /* another stream has told this event already */
	bool repeat;      /* the same bytes were put before, */
	int64_t first_us; /* and were available then */
};

struct sink {
	void (*put)(struct sink *sink, const struct sim_record *record);
	unsigned wants; /* bit per stream; records of others need not be made */
	bool full;      /* nothing more is taken */
};

/*
 * feed - the audit log as the suite hands it out: a few records come minutes
 * to days late, and about one in a hundred comes again later.
 *
 * A sink in front of another.  Records pass at once or are held back; what
 * leaves does so in the order of available_us.  Other streams pass untouched.
 */
struct feed;

/* Nothing is held beyond end_us; what would be comes just before it. */
struct feed *feed_new(struct sink *next, uint64_t seed, int64_t end_us);

struct sink *feed_sink(struct feed *feed);

/* Hands out what is still held. */
void feed_finish(struct feed *feed);
void feed_free(struct feed *feed);

#endif
