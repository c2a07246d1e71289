#ifndef SIM_SERVE_TRUTH_H
#define SIM_SERVE_TRUTH_H

#include "base/buf.h"
#include "serve_event.h"

/*
 * serve_truth - truth.ndjson: what happened, and what became of it.
 *
 * One line an event once no copy of it is still to come, one a blob once it is
 * gone, one a fault at the end; and counts, at any time.  docs/sim.md has the
 * members.
 */
struct serve_truth;

struct serve_truth *truth_open(const char *dir, struct err *err);

/* Fails if any line was not written. */
int truth_close(struct serve_truth *truth, struct err *err);

/* The event happened; `type` is CONTENT_TYPES for what no blob has. */
void truth_happened(struct serve_truth *truth, const struct serve_event *event);

/* A copy of it is available; the first one, or another. */
void truth_available(
    struct serve_truth *truth, const struct serve_event *event, bool first);

/* Nothing more comes of it.  paths[] names the bits of `unpublished`. */
void truth_event(struct serve_truth *truth, const struct serve_event *event,
    const char *const *paths);

/* What a blob's life was. */
struct truth_blob {
	size_t tenant;
	enum content_type type;
	const char *id;
	int64_t created_us, expires_us;
	uint32_t records, bytes;
	uint32_t served, broken; /* times in full, times malformed */
	const char *fate;        /* "kept", "expired", "missing", "lost", ... */
};

void truth_blob(struct serve_truth *truth, const struct truth_blob *blob);

/* A blob was made, or is served in full for the first time. */
void truth_blob_made(
    struct serve_truth *truth, enum content_type type, uint32_t records);
void truth_blob_served(
    struct serve_truth *truth, enum content_type type, uint32_t records);

void truth_line(struct serve_truth *truth, struct slice line);
void truth_flush(struct serve_truth *truth);

/* Adds members to a JSON object that is open. */
void truth_counts(const struct serve_truth *truth, struct buf *out);

#endif
