#include "writer_drop.h"

#include <string.h>

#include "base/time.h"
#include "serve_kind.h"
#include "json/build.h"

/* Which it is: the content type of the audit log, else the log's name. */
static const char *
type_of(const struct sim_record *record)
{
	if (record->stream > STREAM_AUDIT_TEST)
		return stream_names[record->stream];
	return content_type_name(content_type_of_record(record->bytes));
}

static const char *
type_named(struct slice name)
{
	enum content_type type;

	if (content_type_parse(name, &type))
		return content_type_name(type);
	for (int i = 0; i < STREAM_COUNT; i++)
		if (slice_eq(name, slice_cstr(stream_names[i])))
			return stream_names[i];
	return NULL;
}

static bool
parse(const char *text, struct drop *out)
{
	const char *dots = strstr(text, "..");
	const char *type;
	struct slice until;

	if (!dots ||
	    !time_parse(slice_of(text, (size_t)(dots - text)), &out->from_us))
		return false;
	/* a time has colons, too: the type begins with a letter */
	type = strrchr(dots, ':');
	if (type && type[1] >= '0' && type[1] <= '9')
		type = NULL;
	until = slice_cstr(dots + 2);
	if (type) {
		until = slice_of(dots + 2, (size_t)(type - dots - 2));
		out->type = type_named(slice_cstr(type + 1));
		if (!out->type)
			return false;
	}
	return time_parse(until, &out->until_us) &&
	       out->until_us > out->from_us;
}

int
drops_add(struct drops *drops, const char *text, struct err *err)
{
	struct drop drop = {0};

	if (drops->n == DROPS_MAX)
		return err_set(
		    err, ERR_USAGE, "--drop at most %d times", DROPS_MAX);
	if (!parse(text, &drop))
		return err_set(err, ERR_USAGE,
		    "--drop wants 2026-10-07..2026-10-08 or times, with a type "
		    "behind ':' (Audit.Exchange, signin, ...), not '%s'",
		    text);
	drops->list[drops->n++] = drop;
	return 0;
}

bool
drops_take(struct drops *drops, const struct sim_record *record)
{
	for (size_t i = 0; i < drops->n; i++) {
		struct drop *drop = &drops->list[i];

		if (record->time_us < drop->from_us ||
		    record->time_us >= drop->until_us)
			continue;
		if (drop->type && strcmp(drop->type, type_of(record)) != 0)
			continue;
		drop->records += !record->repeat;
		return true;
	}
	return false;
}

void
drops_lines(const struct drops *drops, struct buf *out)
{
	char from[TIME_TEXT_MAX], until[TIME_TEXT_MAX];

	for (size_t i = 0; i < drops->n; i++) {
		const struct drop *drop = &drops->list[i];

		buf_char(out, '{');
		json_cstr(out, "drop", drop->type ? drop->type : "all");
		json_text(out, "from", time_format(drop->from_us, from));
		json_text(out, "to", time_format(drop->until_us, until));
		json_u64(out, "records", drop->records);
		buf_str(out, "}\n");
	}
}
