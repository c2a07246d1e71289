#ifndef CMD_DAMAGE_REPORT_H
#define CMD_DAMAGE_REPORT_H

#include "incident/damage.h"
#include "ledger/view.h"

/*
 * damage_report - an assessment of damage in a folder, with the evidence that
 * others check it by, without the ledger and without firn:
 *
 *	report.html, report.json, items.csv
 *	README.txt              how it is checked
 *	SHA256SUMS              of all these, and of evidence/ but for signed/
 *	evidence/records.ndjson each record, with salt, leaf and proof
 *	evidence/inputs.json    versions, rules, what was asked
 *	evidence/signed/        checkpoint, keys, and proofs that the ledger of
 *	                        that size is the beginning of what was signed
 *
 * What is not in evidence/signed/ is a function of the assessment and of the
 * ledger up to its size.  That is not: newer checkpoints are signed meanwhile.
 */
struct damage_report {
	const char *ledger; /* its folder */
	struct view *view;  /* of at least damage->size records */
	const struct damage *damage;
	struct slice queries; /* a line each: what the ledger was asked */
};

/*
 * Makes the folder, for us alone; there must be nothing of that name.  It is
 * there when it is whole, or not at all.
 */
int damage_report(
    const char *dir, const struct damage_report *report, struct err *err);

#endif
