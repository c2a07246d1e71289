#ifndef INCIDENT_STATEMENT_H
#define INCIDENT_STATEMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "incident/way.h"
#include "json/json.h"

/*
 * statement - what people say and decide about an assessment, as records of
 * the ledger (source firn/damage): that they are aware, that something was
 * checked elsewhere, what they cut and added, what was exported.  Pure.
 */
enum statement_kind {
	STATEMENT_AWARE, /* the notification clock starts */
	STATEMENT_STATE, /* a way back was checked elsewhere, or a log is whole
	                  */
	STATEMENT_ASSESSED, /* an assessment was made: what was given, cut,
	                       added, its verdict */
	STATEMENT_EXPORTED, /* a report and its evidence were written */
};

struct damage_statement {
	enum statement_kind kind;
	struct slice text, by,
	    evidence; /* evidence: SHA-256 in hex, or empty */
	enum way way; /* WAY_COUNT: that a log is complete, or something else */
	struct slice source; /* of completeness: "o365/Exchange" or a prefix */
	int64_t until_us;
	int64_t at_us;
	uint64_t index;
};

/*
 * Reads what --state says:
 *	hidden inbox rules: none, by NAME[, evidence FILE]
 *	log o365 complete to TIME, by NAME[, evidence FILE]
 * The file is not opened: its name is left in `evidence`, for the caller to
 * put its hash there.  -1 with ERR_USAGE and what is understood.
 */
int statement_parse(
    struct slice text, struct damage_statement *out, struct err *err);

/* The text of a record of firn/damage, and back; false if it is none. */
void statement_write(struct buf *out, const struct damage_statement *statement);
bool statement_read(struct json v, struct damage_statement *out);

#endif
