#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ledger.h"
#include "cmd/sealing.h"
#include "event/read.h"
#include "geo/geo.h"

/* The hash of the country table that comes with the program, if there is one.
 */
static int
read_geography(struct segment *ours, struct err *err)
{
	char *path = geo_shipped();
	int status = 0;

	if (path)
		status = sha256_file(path, ours->geography.bytes, err);
	ours->has_geography = path && !status;
	free(path);
	return status;
}

static bool
is_ours(const struct segment *s, const struct segment *ours)
{
	return s->reader == EVENT_READERS &&
	       s->has_geography == ours->has_geography &&
	       merkle_eq(&s->geography, &ours->geography);
}

/* Who sealed it before there were any made none. */
static bool
has_postings(const char *dir, const struct segment *s)
{
	char *path = segment_path(dir, s, SEGMENT_POSTINGS);
	bool has = !access(path, F_OK);

	free(path);
	return has;
}

static int
reindex(struct seals *seals, const struct ledger_args *args, size_t *done,
    struct err *err)
{
	const char *dir = args->words[0];
	struct segment ours = {0};

	if (read_geography(&ours, err))
		return -1;
	for (size_t i = 0; i < seals_manifest(seals)->count; i++) {
		const struct segment *old = &seals_manifest(seals)->list[i];
		struct segment made = {.first = old->first, .end = old->end};

		if (!args->all && is_ours(old, &ours) && has_postings(dir, old))
			continue;
		memcpy(made.day, old->day, sizeof(made.day));
		if (sealing_make(
		        seals, dir, "columns", SLICE(""), &made, err) ||
		    seals_replace(seals, i, 1, &made, err))
			return -1;
		(*done)++;
	}
	return 0;
}

int
ledger_reindex(const struct ledger_args *args, struct err *err)
{
	struct seals *seals = NULL;
	size_t done = 0;
	int status = seals_open(&seals, args->words[0], err);

	if (!status)
		status = reindex(seals, args, &done, err);
	if (!status)
		status = sealing_sweep(seals, err);
	if (!status)
		printf("%zu of %zu segments have new columns\n", done,
		    seals_manifest(seals)->count);
	seals_close(seals);
	if (!status)
		return 0;
	return err->code == ERR_CORRUPT ? 1 : 2;
}
