#include "incident/shows.h"

#include "incident/say.h"

/* Of a stream that does not say when events were available. */
#define LAG_UNKNOWN_US (INT64_C(3600) * 1000000)
#define GUID_LEN       36
#define TENANTS_MAX    64

#define SHOWS_ALL      (SHOWS_READS | SHOWS_SIGNINS | SHOWS_DIRECTORY)

/* What is known of streams by their names. */
static const struct known {
	const char *stream, *log, *words;
	unsigned shows;
} known[] = {
    {"Audit.Exchange", "o365/Exchange", "mailboxes", SHOWS_MAIL},
    {"Audit.SharePoint", "o365/SharePoint", "files and sites", SHOWS_FILES},
    {"Audit.General", "o365/General", "Teams, Copilot, eDiscovery and flows",
        SHOWS_OTHER},
    {"Audit.AzureActiveDirectory", "o365/AzureActiveDirectory",
        "sign-ins and changes of the directory",
        SHOWS_SIGNINS | SHOWS_DIRECTORY},
    {"DLP.All", "", "", 0},
    {"signins", "entra/signins", "sign-ins", SHOWS_SIGNINS},
    {"signins-noninteractive", "entra/signins-noninteractive",
        "sign-ins of programs for people", SHOWS_SIGNINS},
    {"signins-app", "entra/signins-app", "sign-ins of apps", SHOWS_SIGNINS},
    {"signins-managed", "entra/signins-managed",
        "sign-ins of managed identities", SHOWS_SIGNINS},
    {"audits", "entra/audits", "changes of the directory", SHOWS_DIRECTORY},
    {"risks", "", "", 0},
    {"alerts", "", "", 0},
};

/* Each of these must be shown by something: the first of the table. */
#define MUST_COUNT 4

static const struct known unknown = {
    "", "", "something that is not known", SHOWS_ALL};
static const struct known nothing = {"", "", "", 0};

struct find {
	const struct shows_of *of;
	struct shown *list;
	size_t count;
	struct slice tenants[TENANTS_MAX];
	size_t tenant_count;
};

/* --- tenants --- */

/* Other spellings of a tenant cannot be compared with records'. */
static bool
is_tenant(struct slice s)
{
	return s.len == GUID_LEN && s.ptr[8] == '-';
}

static bool
has_tenant(const struct find *f, struct slice tenant)
{
	for (size_t i = 0; i < f->tenant_count; i++)
		if (slice_alike(f->tenants[i], tenant))
			return true;
	return false;
}

/* With too many of them all streams count. */
static void
find_tenants(struct find *f)
{
	for (size_t i = 0; i < f->of->act_count; i++) {
		const struct act *act = &f->of->acts[i];
		struct slice tenant = act->col[EV_TENANT];

		if (act->certainty == NOT_INTRUDER || !is_tenant(tenant) ||
		    has_tenant(f, tenant))
			continue;
		if (f->tenant_count == TENANTS_MAX) {
			f->tenant_count = 0;
			return;
		}
		f->tenants[f->tenant_count++] = tenant;
	}
}

/* --- streams --- */

static const struct known *
known_of(const struct coverage_stream *stream)
{
	const char *name = stream->stream;

	if (!strcmp(stream->by, "kafka"))
		return &unknown;
	if (!strcmp(name, "state") || !strncmp(name, "state.", 6))
		return &nothing;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].stream, name))
			return &known[i];
	return &unknown;
}

/* What is dropped into a folder; its stream has no other name. */
static bool
is_file(const struct coverage_stream *stream)
{
	return !strcmp(stream->by, "file") || !strcmp(stream->stream, "files");
}

/*
 * The latest time to which someone says that it is complete, by any of its
 * names.  Nobody knows of what comes later than he says it.
 */
static int64_t
stated(const struct shows_of *of, const struct slice names[3])
{
	int64_t latest_us = EVENT_NO_TIME;

	for (size_t i = 0; i < of->statement_count; i++) {
		const struct damage_statement *said = &of->statements[i];
		int64_t until_us =
		    said->until_us < said->at_us ? said->until_us : said->at_us;

		if ((statement_covers(said, names[0]) ||
		        statement_covers(said, names[1]) ||
		        statement_covers(said, names[2])) &&
		    until_us > latest_us)
			latest_us = until_us;
	}
	return latest_us;
}

static void
add_stream(struct find *f, const struct coverage_stream *stream)
{
	struct arena *arena = f->of->arena;
	const struct known *what = known_of(stream);
	struct slice names[3] = {slice_cstr(what->log),
	    arena_printf(arena, "%s/%s", stream->source, stream->stream)};
	struct shown *out = &f->list[f->count++];

	*out = (struct shown){
	    .source = arena_copy(arena, slice_cstr(stream->source)),
	    .stream = arena_copy(arena, slice_cstr(stream->stream)),
	    .log = slice_cstr(what->log),
	    .words = slice_cstr(what->words),
	    .shows = what->shows,
	    .followed = !is_file(stream),
	    .clock_us = stream->clock_us,
	    .lag_us = LAG_UNKNOWN_US,
	    .latest_us = DELIVERED_LATE_US,
	    .complete_us = stated(f->of, names)};
	if (stream->to_available->count) {
		out->lag_us = lag_quantile(stream->to_available, 99);
		out->latest_us = lag_quantile(stream->to_available, 100);
	}
	if (out->followed && out->clock_us != EVENT_NO_TIME &&
	    out->clock_us - out->lag_us > out->complete_us)
		out->complete_us = out->clock_us - out->lag_us;
}

static void
find_streams(struct find *f)
{
	size_t count =
	    f->of->coverage ? coverage_stream_count(f->of->coverage) : 0;

	f->list = arena_calloc(f->of->arena,
	    count + MUST_COUNT * (f->tenant_count + 1), sizeof(*f->list));
	for (size_t i = 0; i < count; i++) {
		struct coverage_stream stream;
		struct slice tenant;

		coverage_stream(f->of->coverage, i, &stream);
		tenant = slice_cstr(stream.tenant);
		if (is_tenant(tenant) && f->tenant_count &&
		    !has_tenant(f, tenant))
			continue;
		add_stream(f, &stream);
	}
}

/* --- what no stream shows --- */

/* What the streams of a tenant are known to show; of one that is not told by
 * them: all. */
static unsigned
shown_in(const struct find *f, struct slice tenant)
{
	const struct coverage *coverage = f->of->coverage;
	unsigned shows = 0;

	for (size_t i = 0; coverage && i < coverage_stream_count(coverage);
	     i++) {
		struct coverage_stream stream;
		const struct known *what;
		struct slice of;

		coverage_stream(coverage, i, &stream);
		of = slice_cstr(stream.tenant);
		what = known_of(&stream);
		if (what != &unknown && !is_file(&stream) &&
		    (!is_tenant(of) || !tenant.len || slice_alike(of, tenant)))
			shows |= what->shows;
	}
	return shows;
}

/* Of several tenants it is said once. */
static bool
is_said(struct find *f, struct slice log, unsigned lacks)
{
	for (size_t i = 0; i < f->count; i++) {
		struct shown *shown = &f->list[i];

		if (shown->source.len || !slice_eq(shown->log, log))
			continue;
		shown->shows |= lacks;
		return true;
	}
	return false;
}

static void
add_missing(struct find *f, struct slice tenant)
{
	unsigned shows = shown_in(f, tenant);

	for (size_t i = 0; i < MUST_COUNT; i++) {
		unsigned lacks = known[i].shows & ~shows;
		struct slice names[3] = {slice_cstr(known[i].log)};

		if (!lacks || is_said(f, slice_cstr(known[i].log), lacks))
			continue;
		if (lacks & (SHOWS_SIGNINS | SHOWS_DIRECTORY))
			names[1] = SLICE("entra");
		f->list[f->count++] = (struct shown){.log = names[0],
		    .words = slice_cstr(known[i].words),
		    .shows = lacks,
		    .clock_us = EVENT_NO_TIME,
		    .lag_us = LAG_UNKNOWN_US,
		    .complete_us = stated(f->of, names)};
	}
}

void
shows_find(struct shows *out, const struct shows_of *of)
{
	struct find f = {.of = of};

	find_tenants(&f);
	find_streams(&f);
	for (size_t i = 0; i < f.tenant_count; i++)
		add_missing(&f, f.tenants[i]);
	if (!f.tenant_count)
		add_missing(&f, SLICE(""));
	*out = (struct shows){f.list, f.count};
}

/* --- gaps --- */

const struct shown *
shows_missing(const struct shows *shows, const struct gap_seen *seen)
{
	struct slice source = slice_cstr(seen->gap.source);
	struct slice stream = slice_cstr(seen->gap.stream);

	if (seen->healed_us != EVENT_NO_TIME || seen->gap.cause == GAP_ONE_PATH)
		return NULL;
	for (size_t i = 0; i < shows->count; i++)
		if (slice_eq(shows->list[i].source, source) &&
		    slice_eq(shows->list[i].stream, stream))
			return shows->list[i].shows ? &shows->list[i] : NULL;
	return NULL;
}

void
shows_gap_times(const struct shown *shown, const struct gap_seen *seen,
    int64_t *from_us, int64_t *to_us)
{
	*from_us = seen->gap.from_us;
	*to_us = seen->gap.to_us;
	if (!shown->followed)
		*from_us = *to_us = EVENT_NO_TIME;
	else if (*from_us != EVENT_NO_TIME && seen->gap.cause != GAP_SILENCE)
		*from_us -= shown->latest_us;
}

struct slice
shows_gap_words(
    struct arena *arena, const struct shown *shown, const struct gap_seen *seen)
{
	const struct gap *gap = &seen->gap;

	return arena_printf(arena,
	    "%s of " SLICE_FMT " in %s %s: %s%s%s, from %s to %s",
	    gap->cause == GAP_SILENCE ? "a suspected gap" : "a gap",
	    SLICE_ARG(shown->words), gap->source, gap->stream,
	    gap_cause_words(gap->cause), gap->detail ? ": " : "",
	    gap->detail ? gap->detail : "", say_time(arena, gap->from_us),
	    say_time(arena, gap->to_us));
}

/* --- how far --- */

int64_t
shows_complete(const struct shows *shows, unsigned any)
{
	int64_t least_us = INT64_MAX;

	for (size_t i = 0; i < shows->count; i++) {
		const struct shown *shown = &shows->list[i];

		/* A file says what it has, and nobody waits for the next. */
		if (!(shown->shows & any) ||
		    (shown->source.len && !shown->followed))
			continue;
		if (shown->complete_us < least_us)
			least_us = shown->complete_us;
	}
	return least_us == INT64_MAX ? EVENT_NO_TIME : least_us;
}
