#include <stdio.h>
#include <stdlib.h>

#include "duck_check.h"
#include "duck_postings.h"
#include "event/read.h"
#include "seal.h"

static bool
is_our_table(const struct seal *seal, const struct segment *s)
{
	return s->has_geography == seal->segment.has_geography &&
	       merkle_eq(&s->geography, &seal->segment.geography);
}

/* Of any readers: they follow from the columns as these are. */
static int
check_postings(struct seal *seal, const struct segment *s, const char *columns,
    struct err *err)
{
	char *have = segment_path(seal->dir, s, SEGMENT_POSTINGS);
	char *out = segment_draft(seal->out, s, SEGMENT_POSTINGS);
	int status = postings_check(&seal->duck, columns, s, have, out, err);

	free(have);
	free(out);
	return status;
}

int
seal_check(struct seal *seal, struct err *err)
{
	uint64_t compared = 0, others = 0, without_country = 0;

	for (size_t i = 0; i < seal->from_count; i++) {
		const struct segment *s = &seal->from[i];
		char *path = segment_path(seal->dir, s, SEGMENT_PARQUET);
		const struct columns_check check = {.view = seal->view,
		    .segment = s,
		    .geo = seal->geo,
		    .same_geography = is_our_table(seal, s),
		    .path = path};
		uint64_t count = s->end - s->first;
		bool ours = s->reader == EVENT_READERS;
		int status = ours ? columns_check(&check, err) : 0;

		if (!status)
			status = check_postings(seal, s, path, err);
		free(path);
		if (status)
			return -1;
		compared += ours ? count : 0;
		others += ours ? 0 : count;
		without_country += ours && !check.same_geography ? count : 0;
	}
	printf("%ju %ju %ju\n", (uintmax_t)compared, (uintmax_t)others,
	    (uintmax_t)without_country);
	return fflush(stdout) ? err_sys(err, "cannot write") : 0;
}
