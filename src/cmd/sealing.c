#include "cmd/sealing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/child.h"

#define RECORDS_MAX 1000000 /* in a segment, when it is made */

/* What an earlier try left: files are not made where there are some. */
static void
remove_drafts(const char *folder, const struct segment *segment)
{
	for (int i = 0; i < SEGMENT_ALL; i++) {
		char *path =
		    segment_draft(folder, segment, (enum segment_file)i);

		unlink(path);
		free(path);
	}
}

int
sealing_make(struct seals *seals, const char *dir, const char *verb,
    struct slice input, struct segment *segment, struct err *err)
{
	const struct segment asked = *segment;
	const char *folder = seals_folder(seals);
	char first[24], end[24];
	const char *argv[] = {"firn-seal", verb, dir, first, end, folder, NULL};
	struct buf said = {0};
	struct slice line;
	int code;

	snprintf(first, sizeof(first), "%ju", (uintmax_t)asked.first);
	snprintf(end, sizeof(end), "%ju", (uintmax_t)asked.end);
	remove_drafts(folder, segment);
	code = child_run(argv, input, &said, err);
	line = buf_slice(&said);
	if (code > 0)
		err_set(err, ERR_SYSTEM,
		    "firn-seal could not %s records %s to %s", verb, first,
		    end);
	else if (!code && (!segment_parse(slice_cut(&line, '\n'), segment) ||
	                      segment->first != asked.first ||
	                      segment->end != asked.end ||
	                      strcmp(segment->day, asked.day) != 0))
		code = err_set(
		    err, ERR_CORRUPT, "firn-seal does not say what it made");
	buf_release(&said);
	return code ? -1 : 0;
}

static int
merge(struct seals *seals, const char *dir, size_t at, size_t count,
    struct err *err)
{
	const struct segment *from = seals_manifest(seals)->list + at;
	struct segment segment = {
	    .first = from[0].first, .end = from[count - 1].end};

	memcpy(segment.day, from[0].day, sizeof(segment.day));
	if (sealing_make(seals, dir, "merge", SLICE(""), &segment, err))
		return -1;
	return seals_replace(seals, at, count, &segment, err);
}

int
sealing_pass(struct seals *seals, const char *dir, uint64_t least,
    struct sealing_done *done, struct err *err)
{
	struct segment next;
	size_t at, count;

	*done = (struct sealing_done){0};
	for (;;) {
		if (seals_next(seals, RECORDS_MAX, &next, err))
			return -1;
		/* A writer does not stop: its last records wait. */
		if (next.first == next.end ||
		    (done->sealed && next.end - next.first < least))
			break;
		if (sealing_make(seals, dir, "make", SLICE(""), &next, err) ||
		    seals_add(seals, &next, err))
			return -1;
		done->sealed += next.end - next.first;
	}
	while (manifest_next_merge(seals_manifest(seals), &at, &count)) {
		if (merge(seals, dir, at, count, err))
			return -1;
		done->merged += count;
	}
	return 0;
}

int
sealing_sweep(struct seals *seals, struct err *err)
{
	bool left;

	if (seals_sweep(seals, &left, err))
		return -1;
	if (left)
		fputs("firn: somebody reads the ledger: what is not needed any "
		      "more stays until the next run\n",
		    stderr);
	return 0;
}
