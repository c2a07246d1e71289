#ifndef SIM_WRITER_H
#define SIM_WRITER_H

#include "base/err.h"
#include "sink.h"
#include "story.h"
#include "writer_drop.h"

/*
 * writer - a sink that writes a folder such as an administrator would have
 * exported, and the truth beside it.
 *
 *	audit/2026-10-05.ndjson	unified audit log, a file for each day on
 *				which its records came; one of them gzipped
 *	audit/test-tenant.ndjson	that of the test tenant, if attacked
 *	purview/2026-10-06.csv	one of the days again, as the portal exports
 *	entra/signins-<day>.json	interactive sign-ins, from Graph
 *	entra/signins-noninteractive.ndjson, signins-serviceprincipal.ndjson
 *				from Event Hub, some records in each line
 *	entra/directoryaudits.json	from Graph
 *	graph/activity.ndjson	Graph activity, from Event Hub
 *	.truth.json		what of it is attack, and how much there is
 *	.truth.ndjson		if there are attacks: a line each, then one for
 *				each record of theirs, with what it did
 *
 * With a size, only audit.ndjson is written, up to about that many bytes.
 */
struct writer_plan {
	const char *dir;
	uint64_t size; /* 0: a folder of logs */
	int64_t start_us;
	uint32_t days;
	struct drops *drops; /* what is left out; NULL: nothing */
	/* for .truth.json */
	uint64_t seed;
	uint32_t people;
	const char *tenant, *domain;
};

struct writer;

struct writer *writer_new(const struct writer_plan *plan, struct err *err);
struct sink *writer_sink(struct writer *writer);

/* Bytes of all files so far. */
uint64_t writer_bytes(const struct writer *writer);
uint64_t writer_records(const struct writer *writer);

/* Who the logs are of, for .truth.json; the texts must live on. */
void writer_set_tenant(
    struct writer *writer, const char *tenant, const char *domain);

/* The attacks in them, which must live on. */
void writer_set_stories(
    struct writer *writer, const struct story *stories, size_t n);

/* Closes the files and writes .truth.json.  Fails if anything did before. */
int writer_finish(struct writer *writer, struct err *err);
void writer_free(struct writer *writer);

#endif
