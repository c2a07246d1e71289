#include "cmd/cosigned.h"

#include <inttypes.h>

#include "base/term.h"
#include "base/time.h"
#include "json/build.h"

#define WHY_COLUMNS 400

/* Of seconds that may be more than a calendar has. */
static struct slice
time_text(uint64_t seconds, char room[TIME_TEXT_MAX])
{
	uint64_t most = (uint64_t)(INT64_MAX / 1000000);

	return time_format(
	    (int64_t)(seconds < most ? seconds : most) * 1000000, room);
}

void
cosigned_line(struct buf *out, const struct cosigned *cosigned)
{
	char room[TIME_TEXT_MAX];

	if (!cosigned->there && !cosigned->policed)
		return;
	buf_str(out, "witnessed   ");
	if (cosigned->there)
		buf_printf(out, "%" PRIu64 " records", cosigned->tree.size);
	else
		buf_printf(out, "nothing yet, by none of %zu witnesses",
		    cosigned->witnesses);
	if (cosigned->there && !cosigned->policed)
		buf_str(out, "; by whom, only a policy says");
	if (cosigned->judged) {
		buf_printf(out, ", by %zu of %zu witnesses", cosigned->count,
		    cosigned->witnesses);
		if (cosigned->time) {
			buf_str(out, ", at ");
			buf_slice_add(out, time_text(cosigned->time, room));
		}
		buf_str(out, cosigned->enough ? "; the policy is satisfied"
		                              : "; not enough: ");
		term_fit(out, slice_cstr(cosigned->missing), WHY_COLUMNS);
	}
	buf_char(out, '\n');
}

void
cosigned_member(struct buf *out, const struct cosigned *cosigned)
{
	char room[TIME_TEXT_MAX];
	size_t mark;

	if (!cosigned->there && !cosigned->policed) {
		json_key(out, "witnessed");
		buf_str(out, "null");
		return;
	}
	mark = json_open(out, "witnessed", '{');
	json_u64(out, "size", cosigned->tree.size);
	json_u64(out, "cosigned", cosigned->count);
	json_u64(out, "witnesses", cosigned->witnesses);
	if (cosigned->time)
		json_text(out, "time", time_text(cosigned->time, room));
	json_key(out, "satisfied");
	if (cosigned->judged)
		buf_str(out, cosigned->enough ? "true" : "false");
	else
		buf_str(out, "null");
	json_cstr(out, "missing", cosigned->missing);
	json_close(out, mark);
}
