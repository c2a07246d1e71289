#include "incident/statement.h"

#include "base/time.h"
#include "coverage/member.h"
#include "event/event.h"
#include "incident/intruder.h"
#include "ledger/leaf.h"
#include "json/build.h"

#define TEXT_MAX 4096 /* bytes of what is said */
#define HASH_LEN 64   /* of a SHA-256 in hex */

static const char *const kind_names[] = {
    [STATEMENT_AWARE] = "aware",
    [STATEMENT_STATE] = "state",
    [STATEMENT_ASSESSED] = "assessed",
    [STATEMENT_EXPORTED] = "exported",
    [STATEMENT_CLOSED] = "closed",
};

#define KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

static bool
begins(struct slice s, struct slice with)
{
	return s.len >= with.len &&
	       slice_alike(slice_of(s.ptr, with.len), with);
}

/* --- what --state says --- */

/*
 * Cuts what stands behind `word` off the end of *s; the last one of them, or
 * the first.  False if it is not there.
 */
static bool
cut_behind(struct slice *s, struct slice word, bool last, struct slice *behind)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i + word.len <= s->len; i++) {
		if (!begins(slice_skip(*s, i), word))
			continue;
		found = i;
		if (!last)
			break;
	}
	if (found == SIZE_MAX)
		return false;
	*behind = slice_skip(*s, found + word.len);
	s->len = found;
	return true;
}

static int
not_understood(struct slice text, struct err *err)
{
	return err_set(err, ERR_USAGE,
	    "--state: '" SLICE_FMT "' is not understood; say 'WAY BACK: none, "
	    "by NAME, evidence FILE' or 'log NAME complete to TIME, by NAME, "
	    "evidence FILE', with evidence or without",
	    text.len < 128 ? (int)text.len : 128, text.ptr);
}

static int
unknown_way(struct slice said, struct err *err)
{
	struct buf names = {0};

	for (unsigned i = 0; i < WAY_COUNT; i++)
		buf_printf(&names, "%s%s", i ? " " : "", way_kinds[i].name);
	err_set(err, ERR_USAGE,
	    "--state: '%.*s' is no way back; these are: %.*s",
	    said.len < 64 ? (int)said.len : 64, said.ptr, (int)names.len,
	    names.ptr);
	buf_release(&names);
	return -1;
}

/* "o365 complete to TIME", behind "log ". */
static int
parse_log(struct slice said, struct damage_statement *out, struct err *err)
{
	struct slice time;

	if (!cut_behind(&said, SLICE(" complete to "), true, &time) ||
	    !leaf_name_ok(slice_trim(said)))
		return err_set(err, ERR_USAGE,
		    "--state: of a log it is said 'log NAME complete to TIME', "
		    "as in 'log o365/Exchange complete to 2026-10-05T12:00'");
	if (!time_parse(slice_trim(time), &out->until_us))
		return err_set(err, ERR_USAGE,
		    "--state: '" SLICE_FMT "' is no time", SLICE_ARG(time));
	out->source = slice_trim(said);
	return 0;
}

/* "hidden inbox rules: none" */
static int
parse_way(struct slice said, struct damage_statement *out, struct err *err)
{
	static const char *const goods[] = {"none", "checked", "closed"};
	struct slice is = said, way = slice_trim(slice_cut(&is, ':'));

	if (!way_parse(way, &out->way))
		return unknown_way(way, err);
	is = slice_trim(is);
	for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i++)
		if (slice_alike(is, slice_cstr(goods[i])))
			return 0;
	return err_set(err, ERR_USAGE,
	    "--state: of a way back it can be said that there is none, not "
	    "'" SLICE_FMT "': 'none', 'checked' or 'closed'",
	    SLICE_ARG(is));
}

int
statement_parse(
    struct slice text, struct damage_statement *out, struct err *err)
{
	struct slice said = text;

	*out = (struct damage_statement){.kind = STATEMENT_STATE,
	    .way = WAY_COUNT,
	    .until_us = EVENT_NO_TIME,
	    .at_us = EVENT_NO_TIME,
	    .index = NO_ACT};
	if (said.len > TEXT_MAX)
		return err_set(
		    err, ERR_USAGE, "--state: more than %d bytes", TEXT_MAX);
	if (!cut_behind(&said, SLICE(", by "), false, &out->by))
		return not_understood(text, err);
	if (cut_behind(&out->by, SLICE(", evidence "), true, &out->evidence) &&
	    !slice_trim(out->evidence).len)
		return not_understood(text, err);
	out->evidence = slice_trim(out->evidence);
	out->by = slice_trim(out->by);
	if (!leaf_name_ok(out->by))
		return err_set(err, ERR_USAGE,
		    "--state: who says it is named in 1 to %d bytes of text",
		    LEAF_NAME_MAX);
	said = slice_trim(said);
	out->text = said;
	if (begins(said, SLICE("log ")))
		return parse_log(slice_trim(slice_skip(said, 4)), out, err);
	if (!memchr(said.ptr, ':', said.len))
		return not_understood(text, err);
	return parse_way(said, out, err);
}

/* --- records --- */

void
statement_add(struct buf *out, const struct damage_statement *statement)
{
	json_cstr(out, "kind", kind_names[statement->kind]);
	if (statement->kind == STATEMENT_CLOSED)
		json_u64(out, "case", statement->number);
	json_text(out, "text", statement->text);
	json_text(out, "by", statement->by);
	json_text(out, "evidence", statement->evidence);
	if (statement->way < WAY_COUNT)
		json_cstr(out, "way", way_kinds[statement->way].name);
	json_text(out, "log", statement->source);
	member_time(out, "until", statement->until_us);
	member_time(out, "time", statement->at_us);
}

static bool
read_kind(struct slice name, enum statement_kind *out)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (!slice_eq(name, slice_cstr(kind_names[i])))
			continue;
		*out = (enum statement_kind)i;
		return true;
	}
	return false;
}

static bool
is_hash(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!memchr("0123456789abcdef", s.ptr[i], 16))
			return false;
	return s.len == HASH_LEN || !s.len;
}

static bool
read_way(struct json v, enum way *out)
{
	*out = WAY_COUNT;
	return !json_present(v) || way_parse(json_str(v), out);
}

bool
statement_read(struct json v, struct damage_statement *out)
{
	*out = (struct damage_statement){.text = json_str(JSON_GET(v, "text")),
	    .by = json_str(JSON_GET(v, "by")),
	    .evidence = json_str(JSON_GET(v, "evidence")),
	    .source = json_str(JSON_GET(v, "log")),
	    .index = NO_ACT};
	if (!read_kind(json_str(JSON_GET(v, "kind")), &out->kind) ||
	    !read_way(JSON_GET(v, "way"), &out->way) ||
	    !is_hash(out->evidence) ||
	    !member_to_time(JSON_GET(v, "until"), &out->until_us) ||
	    !member_to_time(JSON_GET(v, "time"), &out->at_us) ||
	    !member_to_count(JSON_GET(v, "case"), &out->number))
		return false;
	if (out->kind == STATEMENT_CLOSED && !json_present(JSON_GET(v, "case")))
		return false;
	/* Who is not named has not said it. */
	return out->kind > STATEMENT_STATE ||
	       (leaf_name_ok(out->by) && out->at_us != EVENT_NO_TIME);
}

bool
statement_covers(const struct damage_statement *statement, struct slice log)
{
	struct slice of = statement->source;

	return statement->kind == STATEMENT_STATE &&
	       statement->way == WAY_COUNT && of.len && begins(log, of) &&
	       (log.len == of.len || log.ptr[of.len] == '/');
}
