#include "coverage/gap.h"

#include "coverage/member.h"
#include "event/event.h"
#include "json/build.h"

static const struct {
	const char *name, *words;
} causes[GAP_CAUSES] = {
    [GAP_EXPIRED] = {"expired", "announced, and gone before it was fetched"},
    [GAP_MISSING] = {"missing", "announced, and never served"},
    [GAP_UNREADABLE] = {"unreadable", "served, and no log"},
    [GAP_TOO_LONG] = {"too-long", "longer than is taken"},
    [GAP_DISABLED] = {"disabled", "the subscription was off"},
    [GAP_UNREACHED] = {"unreached", "no answer for longer than it is kept"},
    [GAP_SILENCE] = {"silence", "suspected: fewer events than usual"},
    [GAP_ONE_PATH] = {"one-path", "another path told events that it did not"},
};

const char *
gap_cause_name(enum gap_cause cause)
{
	return causes[cause].name;
}

const char *
gap_cause_words(enum gap_cause cause)
{
	return causes[cause].words;
}

bool
gap_cause_parse(struct slice name, enum gap_cause *out)
{
	for (enum gap_cause i = 0; i < GAP_CAUSES; i++) {
		if (slice_eq(name, slice_cstr(causes[i].name))) {
			*out = i;
			return true;
		}
	}
	return false;
}

bool
gap_is_delivery(enum gap_cause cause)
{
	return cause <= GAP_TOO_LONG;
}

void
gap_write(struct buf *out, const struct gap *gap)
{
	size_t mark = json_open(out, NULL, '{');

	json_cstr(out, "source", gap->source);
	json_cstr(out, "stream", gap->stream);
	json_cstr(out, "key", gap->key);
	json_cstr(out, "cause", gap_cause_name(gap->cause));
	member_time(out, "from", gap->from_us);
	member_time(out, "to", gap->to_us);
	member_time(out, "heals_until", gap->heals_until_us);
	if (gap->least)
		json_u64(out, "least", gap->least);
	if (gap->name)
		member_name(out, "name", gap->name);
	if (gap->detail)
		json_cstr(out, "detail", gap->detail);
	json_close(out, mark);
}

void
gap_write_healed(struct buf *out, const char *source, const char *key)
{
	size_t mark = json_open(out, NULL, '{');

	json_cstr(out, "source", source);
	json_cstr(out, "key", key);
	json_key(out, "healed");
	buf_str(out, "true");
	json_close(out, mark);
}

bool
gap_read(struct json v, struct gap_told *out)
{
	struct json name = JSON_GET(v, "name");

	*out = (struct gap_told){.healed = json_is_true(JSON_GET(v, "healed")),
	    .named = json_present(name)};
	if (!member_to_text(JSON_GET(v, "source"), &out->source) ||
	    !member_to_text(JSON_GET(v, "key"), &out->key))
		return false;
	if (out->healed)
		return true;
	out->detail = json_str(JSON_GET(v, "detail"));
	return member_to_text(JSON_GET(v, "stream"), &out->stream) &&
	       gap_cause_parse(json_str(JSON_GET(v, "cause")), &out->cause) &&
	       member_to_time(JSON_GET(v, "from"), &out->from_us) &&
	       member_to_time(JSON_GET(v, "to"), &out->to_us) &&
	       member_to_time(
	           JSON_GET(v, "heals_until"), &out->heals_until_us) &&
	       member_to_count(JSON_GET(v, "least"), &out->least) &&
	       (!out->named || member_to_name(name, out->name));
}
