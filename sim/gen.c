#include "gen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "directory.h"
#include "json/build.h"

#define SECOND_US INT64_C(1000000)

void
gen_init(struct gen *gen, const struct org *org, struct sink *sink)
{
	*gen = (struct gen){.org = org, .sink = sink};
	for (int i = 0; i < SHAPE_COUNT; i++)
		template_compile(
		    &gen->shapes[i], &gen->memory, slice_cstr(shapes[i].text));
	gen->directory = directory_new(&gen->memory);
}

void
gen_release(struct gen *gen)
{
	arena_release(&gen->text);
	arena_release(&gen->memory);
	buf_release(&gen->out);
	buf_release(&gen->facts);
	buf_release(&gen->closed);
}

void
gen_at(struct gen *gen, int64_t time_us, uint64_t seed)
{
	gen->now_us = time_us;
	gen->rng.state = seed;
}

void
gen_set(struct gen *gen, enum field field, const char *text)
{
	gen->v[field] = slice_cstr(text);
}

void
gen_setf(struct gen *gen, enum field field, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	gen_set_copy(gen, field,
	    slice_of(
	        text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1));
}

void
gen_set_copy(struct gen *gen, enum field field, struct slice text)
{
	gen->v[field] = arena_copy(&gen->text, text);
}

void
gen_set_guid(struct gen *gen, enum field field)
{
	char *guid = arena_alloc(&gen->text, GUID_TEXT_MAX);

	text_guid(guid, &gen->rng);
	gen->v[field] = slice_of(guid, GUID_TEXT_MAX - 1);
}

void
gen_set_guid_of(struct gen *gen, enum field field, struct slice what)
{
	char *guid = arena_alloc(&gen->text, GUID_TEXT_MAX);

	text_guid_of(guid, hash64(what, 1), hash64(what, 2));
	gen->v[field] = slice_of(guid, GUID_TEXT_MAX - 1);
}

const char *
gen_base64(struct gen *gen, size_t n)
{
	char *out = arena_alloc(&gen->text, n + 1);

	text_base64(out, n, &gen->rng);
	return out;
}

void
gen_begin(struct gen *gen)
{
	char *time;

	arena_reset(&gen->text);
	buf_clear(&gen->facts);
	buf_clear(&gen->closed);
	memset(gen->v, 0, sizeof(gen->v));
	gen->told = false;
	time = arena_alloc(&gen->text, 32);
	text_time(time, gen->now_us);
	gen->v[F_TIME] = slice_of(time, 19);
	snprintf(time + 19, 13, "Z");
	gen->v[F_TIMEZ] = slice_of(time, 20);
	gen_setf(gen, F_TIME7, SLICE_FMT ".%07u", SLICE_ARG(gen->v[F_TIME]),
	    rng_below(&gen->rng, 10000000));
	gen_set_guid(gen, F_ID);
	gen_set(gen, F_TENANT, gen->org->tenant);
	gen_set(gen, F_ORG, gen->org->initial);
	gen_set(gen, F_CTX, "");
}

/*
 * The ids that link records of one session.  Ordinary records have them in
 * part only, as the suite says of those it adds up or makes in the background.
 */
static void
set_context(struct gen *gen)
{
	if (!gen->truth.attack && !rng_percent(&gen->rng, 30))
		return;
	gen_setf(gen, F_CTX,
	    "\"AppAccessContext\":{\"AADSessionId\":\"" SLICE_FMT
	    "\",\"UniqueTokenId\":\"" SLICE_FMT "\"},",
	    SLICE_ARG(gen->v[F_SESSION]), SLICE_ARG(gen->v[F_UTI]));
}

static void
set_place(struct gen *gen, const struct net *net)
{
	gen_set(gen, F_COUNTRY, net->country);
	gen_set(gen, F_CITY, net->city);
	gen_set(gen, F_STATE, net->state);
	gen_set(gen, F_LAT, net->lat);
	gen_set(gen, F_LON, net->lon);
	gen_set(gen, F_TZ, net->zone);
	gen_setf(gen, F_ASN, "%u", net->asn);
}

static void
set_person(struct gen *gen, const struct person *person)
{
	char *low = arena_alloc(&gen->text, sizeof(person->puid));

	memcpy(low, person->puid, sizeof(person->puid));
	for (char *p = low; *p; p++)
		if (*p >= 'A' && *p <= 'F')
			*p = (char)(*p + 32);
	gen_set(gen, F_PUIDLOW, low);
	gen_set(gen, F_USERID, person->upn);
	gen_set(gen, F_UPN, person->upn);
	gen_set(gen, F_OID, person->oid);
	gen_set(gen, F_PUID, person->puid);
	gen_set(gen, F_NAME, person->name);
	gen_set(gen, F_SID, person->sid);
	gen_set(gen, F_UKEY, person->puid);
	gen_set(gen, F_UTYPE, "0");
}

void
gen_who(struct gen *gen, const struct who *who)
{
	const struct browser *browser = &browsers[who->browser];

	set_person(gen, who->person);
	set_place(gen, &nets[who->net]);
	gen_set(gen, F_IP, who->ip);
	gen_set(gen, F_UA, browser->agent);
	gen_set(gen, F_OS, browser->os);
	gen_set(gen, F_BROWSER, browser->name);
	gen_set(gen, F_BROWSERV, browser->version);
	gen_set(gen, F_SESSION, who->session);
	gen_set(gen, F_UTI, who->uti);
	gen_set(gen, F_DEVICE, who->managed ? who->person->device : "");
	gen_set(gen, F_DEVNAME, who->managed ? who->person->device_name : "");
	gen_set(gen, F_TRUST, who->managed ? "Azure AD joined" : "");
	gen_set(gen, F_COMPLIANT, who->managed ? "true" : "false");
	gen_set_guid(gen, F_CORR);
	set_context(gen);
}

/* --- the truth --- */

void
gen_fact(struct gen *gen, const char *key, struct slice value)
{
	if (gen->truth.attack)
		json_text(&gen->facts, key, value);
}

void
gen_way(
    struct gen *gen, const char *kind, struct slice object, struct slice also)
{
	if (!gen->truth.attack)
		return;
	json_cstr(&gen->facts, "way_back", kind);
	json_text(&gen->facts, "object", object);
	json_text(&gen->facts, "also", also);
	if (gen->story)
		story_way(gen->story, kind, object, also, gen->now_us);
}

void
gen_close(struct gen *gen, const char *kind, struct slice object)
{
	size_t mark;

	if (!gen->truth.attack || !gen->story ||
	    !story_close(gen->story, kind, object, gen->now_us))
		return;
	mark = json_open(&gen->closed, NULL, '{');
	json_cstr(&gen->closed, "kind", kind);
	json_text(&gen->closed, "object", object);
	json_close(&gen->closed, mark);
}

/* The record's truth, with what was said of it. */
static struct truth
truth_of(struct gen *gen)
{
	struct truth truth = gen->truth;

	if (!truth.attack)
		return truth;
	if (gen->closed.len > 0) {
		json_key(&gen->facts, "closes");
		buf_char(&gen->facts, '[');
		buf_slice_add(&gen->facts, buf_slice(&gen->closed));
		buf_char(&gen->facts, ']');
		buf_clear(&gen->closed);
	}
	truth.facts = buf_slice(&gen->facts);
	if (gen->story && !truth.by_tenant)
		story_act(gen->story, gen->now_us);
	return truth;
}

/* --- what is not told --- */

void
gen_unseen(struct gen *gen, const char *operation, const char *why)
{
	struct sim_record record = {
	    .stream = STREAM_AUDIT,
	    .time_us = gen->now_us,
	    .available_us = gen->now_us,
	    .operation = slice_cstr(operation),
	    .user = gen->v[F_USERID],
	    .unseen = true,
	};

	if (!gen->truth.attack)
		return;
	json_cstr(&gen->facts, "unseen", why);
	record.truth = truth_of(gen);
	gen->sink->put(gen->sink, &record);
}

void
gen_silence(struct gen *gen, const char *mailbox, int64_t until_us)
{
	struct gen_silence *silence = &gen->silences[gen->n_silences];

	if (gen->n_silences == GEN_SILENCES_MAX)
		return;
	gen->n_silences++;
	snprintf(silence->mailbox, sizeof(silence->mailbox), "%s", mailbox);
	silence->from_us = gen->now_us;
	silence->until_us = until_us;
}

bool
gen_is_silent(const struct gen *gen, const char *mailbox)
{
	for (size_t i = 0; i < gen->n_silences; i++) {
		const struct gen_silence *silence = &gen->silences[i];

		if (gen->now_us > silence->from_us &&
		    gen->now_us < silence->until_us &&
		    !strcmp(silence->mailbox, mailbox))
			return true;
	}
	return false;
}

bool
gen_is_taken(const struct gen *gen, const struct person *person)
{
	for (size_t i = 0; i < gen->n_stories; i++)
		if (story_has(
		        &gen->stories[i], slice_cstr(person->upn), gen->now_us))
			return true;
	return false;
}

/* --- records --- */

bool
gen_wanted(const struct gen *gen, enum stream stream)
{
	return gen->sink->wants >> stream & 1;
}

void
gen_emit_as(struct gen *gen, const struct gen_shape *shape)
{
	struct sim_record record = {
	    .stream = shape->stream,
	    .time_us = gen->now_us,
	    .available_us = gen->now_us,
	    .told = gen->told,
	};

	if (shape->operation)
		gen_set(gen, F_OP, shape->operation);
	if (shape->type)
		gen_setf(gen, F_TYPE, "%d", shape->type);
	if (gen->org->test) {
		if (shape->stream != STREAM_AUDIT)
			return;
		record.stream = STREAM_AUDIT_TEST;
	}
	if (!gen_wanted(gen, record.stream))
		return;
	record.truth = truth_of(gen);
	buf_clear(&gen->out);
	template_add(&gen->out, shape->tmpl, gen->v, &gen->rng);
	record.id = gen->v[F_ID];
	record.operation = gen->v[F_OP];
	record.user = gen->v[F_USERID];
	record.bytes = buf_slice(&gen->out);
	gen->sink->put(gen->sink, &record);
}

void
gen_emit(struct gen *gen, enum shape shape)
{
	const struct shape_row *row = &shapes[shape];

	gen_emit_as(gen, &(struct gen_shape){&gen->shapes[shape], row->stream,
	                     row->operation, row->type});
}
