#include "serve_fault.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "serve_kind.h"
#include "text/yaml.h"
#include "json/build.h"

#define SECOND_US INT64_C(1000000)

/* Faults in a list that is given, and in all. */
#define FAULTS_MAX 1000

struct serve_faults {
	struct fault *faults;
	size_t n;
	struct rng rng;
};

static const char *const names[FAULT_KINDS] = {
    [FAULT_THROTTLE] = "throttle",
    [FAULT_UNAUTHORISED] = "unauthorised",
    [FAULT_SERVER_ERROR] = "server-error",
    [FAULT_CUT] = "cut",
    [FAULT_SLOW] = "slow",
    [FAULT_TRUNCATE] = "truncate",
    [FAULT_NOT_JSON] = "not-json-200",
    [FAULT_STALE_PAGE] = "stale-page",
    [FAULT_TOKEN_EXPIRY] = "token-expiry",
    [FAULT_SKEW] = "skew",
    [FAULT_DISABLED] = "disabled",
    [FAULT_NO_PERMISSION] = "no-permission",
    [FAULT_MALFORMED] = "malformed",
    [FAULT_HUGE] = "huge",
    [FAULT_EXPIRED] = "expired",
    [FAULT_MISSING] = "missing",
    [FAULT_BACKDATED] = "backdated",
    [FAULT_DUPLICATE_HEAVY] = "duplicate-heavy",
    [FAULT_LATE] = "late",
    [FAULT_UNPUBLISHED] = "unpublished",
};

static const struct {
	const char *name;
	enum fault_on on;
} ons[] = {
    {"token", FAULT_ON_TOKEN},
    {"subscription", FAULT_ON_SUBSCRIPTION},
    {"list", FAULT_ON_LIST},
    {"blob", FAULT_ON_BLOB},
    {"graph", FAULT_ON_GRAPH},
};

/* The numbers that some kinds take. */
#define KIND(kind) (1u << FAULT_##kind)

static const struct number {
	const char *name;
	size_t offset;
	unsigned kinds;
	uint32_t max, preset;
	bool negative; /* int32_t, else uint32_t */
} numbers[] = {
    {"status", offsetof(struct fault, status), KIND(SERVER_ERROR), 599, 503,
        false},
    {"after", offsetof(struct fault, after), KIND(CUT), 1u << 30, 100, false},
    {"percent", offsetof(struct fault, after), KIND(TRUNCATE), 99, 50, false},
    {"rate", offsetof(struct fault, rate), KIND(SLOW), 1u << 30, 1000, false},
    {"seconds", offsetof(struct fault, seconds), KIND(SKEW), 864000, 300, true},
    {"seconds", offsetof(struct fault, seconds), KIND(LATE), 864000, 172800,
        false},
    {"seconds", offsetof(struct fault, seconds), KIND(TOKEN_EXPIRY), 86400, 2,
        false},
    {"seconds", offsetof(struct fault, seconds), KIND(BACKDATED), 86400, 60,
        false},
    {"fetches", offsetof(struct fault, fetches), KIND(MALFORMED), 1000, 0,
        false},
    {"copies", offsetof(struct fault, copies), KIND(DUPLICATE_HEAVY), 100, 13,
        false},
    {"bytes", offsetof(struct fault, bytes), KIND(HUGE), 200u << 20, 60u << 20,
        false},
    {"times", offsetof(struct fault, times),
        (1u << FAULT_KINDS) - 1 - KIND(HUGE), UINT32_MAX, 0, false},
    {"times", offsetof(struct fault, times), KIND(HUGE), UINT32_MAX, 1, false},
};

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

struct serve_faults *
serve_faults_new(uint64_t seed)
{
	struct serve_faults *faults = xcalloc(1, sizeof(*faults));

	faults->rng.state = rng_mix(seed, 0x6661756c74);
	return faults;
}

void
serve_faults_free(struct serve_faults *faults)
{
	if (!faults)
		return;
	free(faults->faults);
	free(faults);
}

/* --- reading --- */

static int
wrong(const struct yaml *node, struct err *err, const char *what)
{
	return err_set(
	    err, ERR_INPUT, "%u:%u: %s", node->line, node->column, what);
}

static int
read_number(const struct yaml *value, double min, double max, double *out,
    struct err *err)
{
	char *end;

	if (value->type != YAML_INT && value->type != YAML_STRING)
		return wrong(value, err, "a number is wanted");
	*out = strtod(value->text.ptr, &end);
	if (end == value->text.ptr || *end || !isfinite(*out) || *out < min ||
	    *out > max)
		return err_set(err, ERR_INPUT,
		    "%u:%u: a number from %g to %g is wanted", value->line,
		    value->column, min, max);
	return 0;
}

static int
read_seconds(
    const struct yaml *value, double min, int64_t *out, struct err *err)
{
	double seconds = 0;

	if (read_number(value, min, 1e7, &seconds, err))
		return -1;
	*out = (int64_t)(seconds * 1e6);
	return 0;
}

static int
read_on(const struct yaml *value, unsigned *out, struct err *err)
{
	const struct yaml *item =
	    value->type == YAML_LIST ? value->first : value;

	for (; item; item = value->type == YAML_LIST ? item->next : NULL) {
		size_t i = 0, n = sizeof(ons) / sizeof(ons[0]);

		while (i < n && !slice_eq(item->text, slice_cstr(ons[i].name)))
			i++;
		if (i == n)
			return wrong(item, err,
			    "token, subscription, list, blob or graph is "
			    "wanted");
		*out |= ons[i].on;
	}
	return 0;
}

static int
read_kind(const struct yaml *map, struct fault *fault, struct err *err)
{
	const struct yaml *value = yaml_get(map, "fault");

	if (!value)
		return wrong(map, err, "which fault?");
	for (int i = 0; i < FAULT_KINDS; i++) {
		if (slice_eq(value->text, slice_cstr(names[i]))) {
			fault->kind = (enum fault_kind)i;
			return 0;
		}
	}
	return wrong(value, err, "there is no such fault");
}

/* A member that one or some kinds have; 1 if it is none of those. */
static int
read_own(const struct yaml *value, struct fault *fault, struct err *err)
{
	double n = 0;

	if (fault->kind == FAULT_CUT &&
	    slice_eq(value->key->text, SLICE("head"))) {
		fault->head = slice_eq(value->text, SLICE("true"));
		return 0;
	}
	if (fault->kind == FAULT_DISABLED &&
	    slice_eq(value->key->text, SLICE("lose"))) {
		fault->lose = slice_eq(value->text, SLICE("true"));
		return 0;
	}
	for (size_t i = 0; i < NUMBERS; i++) {
		const struct number *row = &numbers[i];

		if (!(row->kinds >> fault->kind & 1) ||
		    !slice_eq(value->key->text, slice_cstr(row->name)))
			continue;
		if (read_number(value, row->negative ? -(double)row->max : 0,
		        row->max, &n, err))
			return -1;
		/* offsets are of uint32_t and int32_t, of one size */
		if (row->negative)
			*(int32_t *)(void *)((char *)fault + row->offset) =
			    (int32_t)n;
		else
			*(uint32_t *)(void *)((char *)fault + row->offset) =
			    (uint32_t)n;
		return 0;
	}
	return 1;
}

static int
read_type(const struct yaml *value, struct fault *fault, struct err *err)
{
	enum content_type type;

	if (!content_type_parse(value->text, &type))
		return wrong(value, err, "there is no such content type");
	fault->type = (int)type;
	return 0;
}

static int
read_path(const struct yaml *value, struct fault *fault, struct err *err)
{
	if (value->text.len == 0 || value->text.len >= sizeof(fault->path))
		return wrong(value, err, "no path has such a name");
	memcpy(fault->path, value->text.ptr, value->text.len);
	return 0;
}

static int
read_member(const struct yaml *value, struct fault *fault, struct err *err)
{
	struct slice key = value->key->text;
	double n = 0;
	int own;

	if (slice_eq(key, SLICE("fault")))
		return 0;
	if (slice_eq(key, SLICE("from")))
		return read_seconds(value, -1e7, &fault->from_us, err);
	if (slice_eq(key, SLICE("for")))
		return read_seconds(value, 0, &fault->to_us, err);
	if (slice_eq(key, SLICE("share")))
		return read_number(value, 0, 1, &fault->share, err);
	if (slice_eq(key, SLICE("type")))
		return read_type(value, fault, err);
	if (slice_eq(key, SLICE("path")))
		return read_path(value, fault, err);
	if (slice_eq(key, SLICE("on")))
		return read_on(value, &fault->on, err);
	if (slice_eq(key, SLICE("tenant"))) {
		if (read_number(value, 0, 1e6, &n, err))
			return -1;
		fault->tenant = (int)n;
		return 0;
	}
	own = read_own(value, fault, err);
	return own > 0 ? wrong(value->key, err, "this fault has no such member")
	               : own;
}

static int
read_fault(const struct yaml *map, int64_t now_us, struct fault *fault,
    struct err *err)
{
	*fault =
	    (struct fault){.to_us = -1, .share = 1, .tenant = -1, .type = -1};
	if (map->type != YAML_MAP)
		return wrong(map, err,
		    "a map is wanted, such as "
		    "{fault: throttle, for: 20}");
	if (read_kind(map, fault, err))
		return -1;
	for (size_t i = 0; i < NUMBERS; i++)
		if (numbers[i].kinds >> fault->kind & 1)
			memcpy((char *)fault + numbers[i].offset,
			    &numbers[i].preset, sizeof(uint32_t));
	for (const struct yaml *v = map->first; v; v = v->next)
		if (read_member(v, fault, err))
			return -1;
	fault->from_us += now_us;
	fault->to_us =
	    fault->to_us < 0 ? INT64_MAX : fault->from_us + fault->to_us;
	return 0;
}

int
serve_faults_add(struct serve_faults *faults, struct slice yaml, int64_t now_us,
    struct err *err)
{
	struct arena arena = {0};
	struct yaml_place place;
	struct yaml *doc;
	size_t n = faults->n;
	int status = -1;

	if (yaml_parse(&arena, yaml, &doc, &place, err)) {
		err_context(err, "%u:%u", place.line, place.column);
		goto out;
	}
	if (doc && doc->type != YAML_LIST) {
		wrong(doc, err, "a list of faults is wanted");
		goto out;
	}
	if (doc && doc->count > FAULTS_MAX - n) {
		err_set(err, ERR_LIMIT, "more than %d faults", FAULTS_MAX);
		goto out;
	}
	faults->faults = xrealloc(faults->faults,
	    (n + (doc ? doc->count : 0) + 1) * sizeof(*faults->faults));
	for (const struct yaml *v = doc ? doc->first : NULL; v; v = v->next)
		if (read_fault(v, now_us, &faults->faults[n++], err))
			goto out;
	faults->n = n;
	status = 0;
out:
	arena_release(&arena);
	return status;
}

void
serve_faults_heal(struct serve_faults *faults, int64_t now_us)
{
	for (size_t i = 0; i < faults->n; i++) {
		struct fault *fault = &faults->faults[i];

		if (fault->to_us > now_us)
			fault->to_us = now_us;
	}
}

/* --- striking --- */

static bool
fits(const struct fault *fault, enum fault_kind kind,
    const struct fault_target *target, int64_t now_us)
{
	if (fault->kind != kind || now_us < fault->from_us ||
	    now_us >= fault->to_us)
		return false;
	if (fault->tenant >= 0 && fault->tenant != target->tenant)
		return false;
	if (fault->type >= 0 && fault->type != target->type)
		return false;
	if (*fault->path &&
	    (!target->path || strcmp(fault->path, target->path) != 0))
		return false;
	return !target->on || !fault->on || (fault->on & target->on);
}

const struct fault *
serve_faults_active(const struct serve_faults *faults, enum fault_kind kind,
    const struct fault_target *target, int64_t now_us)
{
	for (size_t i = 0; i < faults->n; i++)
		if (fits(&faults->faults[i], kind, target, now_us))
			return &faults->faults[i];
	return NULL;
}

const struct fault *
serve_faults_strike(struct serve_faults *faults, enum fault_kind kind,
    const struct fault_target *target, int64_t now_us)
{
	for (size_t i = 0; i < faults->n; i++) {
		struct fault *fault = &faults->faults[i];

		if (!fits(fault, kind, target, now_us) ||
		    (fault->times && fault->struck >= fault->times))
			continue;
		if (fault->share < 1 && rng_below(&faults->rng, 1u << 30) >=
		                            fault->share * (1u << 30))
			continue;
		fault->struck++;
		return fault;
	}
	return NULL;
}

/* --- telling --- */

static void
write_time(struct buf *out, const char *key, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	if (time_us != INT64_MAX)
		json_text(out, key, time_format(time_us, room));
}

void
serve_faults_write(
    const struct serve_faults *faults, struct buf *out, const char *between)
{
	for (size_t i = 0; i < faults->n; i++) {
		const struct fault *fault = &faults->faults[i];

		if (i > 0)
			buf_str(out, between);
		buf_char(out, '{');
		json_cstr(out, "fault", names[fault->kind]);
		write_time(out, "from", fault->from_us);
		write_time(out, "to", fault->to_us);
		json_key(out, "share");
		buf_printf(out, "%g", fault->share);
		if (fault->tenant >= 0)
			json_i64(out, "tenant", fault->tenant);
		if (fault->type >= 0)
			json_cstr(out, "type",
			    content_type_name((enum content_type)fault->type));
		json_cstr(out, "path", fault->path);
		json_u64(out, "struck", fault->struck);
		buf_char(out, '}');
	}
}
