#ifndef INCIDENT_STATEMENT_H
#define INCIDENT_STATEMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "incident/way.h"
#include "json/json.h"

/*
 * statement - what people say and decide about an assessment, as records of
 * the ledger (source firn/damage): that they are aware, that something was
 * checked elsewhere, what they cut and added, what was exported, what they
 * closed.  Pure.
 */
enum statement_kind {
	STATEMENT_AWARE, /* the notification clock starts */
	STATEMENT_STATE, /* a way back was checked elsewhere, or a log is whole
	                  */
	STATEMENT_ASSESSED, /* an assessment was made: what was given, cut,
	                       added, its verdict */
	STATEMENT_EXPORTED, /* a report and its evidence were written */
	STATEMENT_CLOSED,   /* an assessment is followed no more, and why */
};

struct damage_statement {
	enum statement_kind kind;
	enum way way; /* WAY_COUNT: that a log is complete, or something else */
	struct slice text, by,
	    evidence;        /* evidence: SHA-256 in hex, or empty */
	struct slice source; /* of completeness: "o365/Exchange" or a prefix */
	/* Of completeness to when; of AWARE when others are to be told. */
	int64_t until_us;
	int64_t at_us;   /* when it was so; EVENT_NO_TIME: not known */
	uint64_t number; /* of CLOSED: the record of the assessment */
	uint64_t index;  /* of the record; NO_ACT: it is none yet */
};

/*
 * Reads what --state says:
 *	hidden inbox rules: none, by NAME[, evidence FILE]
 *	log o365 complete to TIME, by NAME[, evidence FILE]
 * A way back is named as way_parse() takes it; "checked" and "closed" are as
 * good as "none".  Slices lie in the
 * text.  The file is not opened: its name is left in `evidence`, for the caller
 * to put its hash there; so are at_us (EVENT_NO_TIME) and index (NO_ACT).  -1
 * with ERR_USAGE and what is understood.
 */
int statement_parse(
    struct slice text, struct damage_statement *out, struct err *err);

/*
 * The members of a record of firn/damage, in an object that is open, so that
 * who writes it can add who that is (cmd/who.h).
 */
void statement_add(struct buf *out, const struct damage_statement *statement);

/*
 * As such a record says it; slices are as good as `v`, the index is the
 * caller's.  False if it is none.
 */
bool statement_read(struct json v, struct damage_statement *out);

/* Whether it says that a log of this name ("o365/Exchange") is complete. */
bool
statement_covers(const struct damage_statement *statement, struct slice log);

#endif
