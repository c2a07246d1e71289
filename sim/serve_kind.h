#ifndef SIM_SERVE_KIND_H
#define SIM_SERVE_KIND_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * serve_kind - the content types of the activity feed, and which one a record
 * of the audit log is in.
 */
enum content_type {
	CONTENT_ENTRA,
	CONTENT_EXCHANGE,
	CONTENT_SHAREPOINT,
	CONTENT_GENERAL,
	CONTENT_DLP,
	CONTENT_TYPES,
};

/* "Audit.Exchange" */
const char *content_type_name(enum content_type type);
bool content_type_parse(struct slice name, enum content_type *out);

/* By RecordType and, where that does not say it, the workload. */
enum content_type content_type_of(int record_type, struct slice workload);

/* The same of a record as it is made here. */
enum content_type content_type_of_record(struct slice bytes);

#endif
