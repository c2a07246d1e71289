#ifndef INCIDENT_SHOWS_H
#define INCIDENT_SHOWS_H

#include "coverage/coverage.h"
#include "incident/act.h"
#include "incident/statement.h"

/*
 * shows - which streams would show what an intruder does, and until when all
 * of each is there.
 *
 * A stream that is followed (audit log, Graph, Event Hub) is complete to its
 * clock, less the time within which 99 % of its events became available; or to
 * what someone states.  What comes as files has no clock: what it holds is
 * complete only as stated.  What none of the streams is known to show is in the
 * list, too, without a stream.  Pure.
 */
enum {
	SHOWS_MAIL = 1 << 0,  /* mailboxes, and what is set in Exchange */
	SHOWS_FILES = 1 << 1, /* SharePoint and OneDrive */
	SHOWS_OTHER = 1 << 2, /* Teams, Copilot, eDiscovery, flows */
	SHOWS_SIGNINS = 1 << 3,
	SHOWS_DIRECTORY = 1 << 4, /* changes of it */
	SHOWS_GRAPH = 1 << 5,     /* calls of it */
};
#define SHOWS_READS (SHOWS_MAIL | SHOWS_FILES | SHOWS_OTHER | SHOWS_GRAPH)
/* Ways back are opened there. */
#define SHOWS_CHANGES (SHOWS_MAIL | SHOWS_FILES | SHOWS_OTHER | SHOWS_DIRECTORY)

/* A stream; or, without one, what no stream shows. */
struct shown {
	struct slice source, stream; /* as configured; empty: no stream */
	struct slice log;    /* as records have it: "o365/Exchange"; or empty */
	struct slice words;  /* "mailboxes" */
	unsigned shows;      /* 0: nothing that is looked for */
	bool followed;       /* it has a clock, or will have */
	int64_t clock_us;    /* EVENT_NO_TIME: none */
	int64_t lag_us;      /* 99 % of its events were available by then */
	int64_t latest_us;   /* the longest that one took */
	int64_t complete_us; /* EVENT_NO_TIME: not known */
};

struct shows_of {
	const struct coverage *coverage; /* NULL: none */
	/* Streams of tenants in which none of the intruder's acts is are left
	 * out. */
	const struct act *acts;
	size_t act_count;
	const struct damage_statement *statements;
	size_t statement_count;
	struct arena *arena;
};

struct shows {
	const struct shown *list;
	size_t count;
};

void shows_find(struct shows *out, const struct shows_of *of);

/*
 * That of a gap which leaves something missing that is looked for; NULL: it
 * healed, another path told it, it is another tenant's, or of no use here.
 */
const struct shown *
shows_missing(const struct shows *shows, const struct gap_seen *seen);

/*
 * When what is missing happened; EVENT_NO_TIME: open.  Gaps tell when it became
 * available; it is older by as much as anything of the stream ever was.
 */
void shows_gap_times(const struct shown *shown, const struct gap_seen *seen,
    int64_t *from_us, int64_t *to_us);

/* A sentence. */
struct slice shows_gap_words(struct arena *arena, const struct shown *shown,
    const struct gap_seen *seen);

/*
 * Until when all is complete that shows any of these, the least of them;
 * EVENT_NO_TIME: of one it is not known.
 */
int64_t shows_complete(const struct shows *shows, unsigned any);

#endif
