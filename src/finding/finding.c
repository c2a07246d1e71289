#include "finding/finding.h"

#include "base/sha256.h"
#include "base/time.h"
#include "base/version.h"
#include "event/fact.h"
#include "event/write.h"
#include "text/csv_write.h"
#include "json/build.h"
#include "json/json.h"

#define OCSF_VERSION "1.3.0"

/* --- identity --- */

/*
 * A change of the directory: what both logs that tell it have in common.  One
 * of them ends operations with a full stop or a space.
 */
static void
add_change(struct buf *text, const struct event *event)
{
	struct slice operation = event->col[EV_OPERATION];

	while (operation.len && (operation.ptr[operation.len - 1] == '.' ||
	                            operation.ptr[operation.len - 1] == ' '))
		operation.len--;
	buf_str(text, "\nchange ");
	buf_slice_add(text, event->col[EV_TENANT]);
	buf_char(text, '\n');
	buf_slice_add(text, event->change);
	buf_char(text, '\n');
	buf_slice_add(text, operation);
	buf_char(text, '\n');
	buf_slice_add(text, event->col[EV_TARGET_ID]);
}

void
finding_identify(struct finding *finding)
{
	static const char hex[] = "0123456789abcdef";
	const struct event *event = finding->event;
	unsigned char digest[SHA256_LEN];
	struct buf text = {0};

	buf_str(&text, "firn-finding/v1\nrule ");
	buf_slice_add(&text, finding->rule->id);
	if (finding->window) {
		buf_str(&text, "\nstart ");
		buf_i64(&text, finding->window->start_us);
		buf_str(&text, "\ngroup ");
		buf_slice_add(&text, finding->window->key);
	} else if (event->change.len) {
		add_change(&text, event);
	} else if (event->family && event->col[EV_ID].len) {
		buf_str(&text, "\nevent ");
		buf_slice_add(&text, event->col[EV_TENANT]);
		buf_char(&text, '\n');
		buf_str(&text, event->family);
		buf_char(&text, ':');
		buf_slice_add(&text, event->col[EV_ID]);
	} else {
		buf_str(&text, "\nposition ");
		position_write(&text, &finding->position);
	}
	sha256(buf_slice(&text), digest);
	buf_release(&text);
	for (size_t i = 0; i < FINDING_UID_HEX / 2; i++) {
		finding->uid[2 * i] = hex[digest[i] >> 4];
		finding->uid[2 * i + 1] = hex[digest[i] & 15];
	}
	finding->uid[FINDING_UID_HEX] = '\0';
}

struct slice
finding_entity(const struct finding *finding)
{
	const struct finding_window *window = finding->window;

	return window && window->entity.len ? window->entity
	                                    : event_entity(finding->event);
}

int64_t
finding_time(const struct finding *finding)
{
	return finding->window ? finding->window->end_us
	                       : finding->event->time_us;
}

/* --- OCSF --- */

static void
add_time(struct buf *out, const char *key, int64_t time_us)
{
	if (time_us != EVENT_NO_TIME)
		json_i64(out, key, time_us / 1000);
}

static void
add_severity(struct buf *out, enum level level)
{
	static const char *const names[LEVEL_COUNT] = {
	    [LEVEL_INFORMATIONAL] = "Informational",
	    [LEVEL_LOW] = "Low",
	    [LEVEL_MEDIUM] = "Medium",
	    [LEVEL_HIGH] = "High",
	    [LEVEL_CRITICAL] = "Critical",
	};

	json_u64(out, "severity_id", (uint64_t)level + 1);
	json_cstr(out, "severity", names[level]);
}

static void
add_metadata(struct buf *out, const struct event *event)
{
	size_t metadata = json_open(out, "metadata", '{');
	size_t product = json_open(out, "product", '{');

	json_cstr(out, "name", "firn");
	json_cstr(out, "vendor_name", "firn");
	json_cstr(out, "version", FIRN_VERSION);
	json_close(out, product);
	json_cstr(out, "version", OCSF_VERSION);
	json_text(out, "tenant_uid", event->col[EV_TENANT]);
	json_close(out, metadata);
}

static void
add_tactic(struct buf *out, struct slice name)
{
	static const struct {
		struct slice name;
		const char *uid;
	} tactics[] = {
	    {SLICE_INIT("reconnaissance"), "TA0043"},
	    {SLICE_INIT("resource-development"), "TA0042"},
	    {SLICE_INIT("initial-access"), "TA0001"},
	    {SLICE_INIT("execution"), "TA0002"},
	    {SLICE_INIT("persistence"), "TA0003"},
	    {SLICE_INIT("privilege-escalation"), "TA0004"},
	    {SLICE_INIT("defense-evasion"), "TA0005"},
	    {SLICE_INIT("credential-access"), "TA0006"},
	    {SLICE_INIT("discovery"), "TA0007"},
	    {SLICE_INIT("lateral-movement"), "TA0008"},
	    {SLICE_INIT("collection"), "TA0009"},
	    {SLICE_INIT("exfiltration"), "TA0010"},
	    {SLICE_INIT("command-and-control"), "TA0011"},
	    {SLICE_INIT("impact"), "TA0040"},
	};
	size_t tactic = json_open(out, "tactic", '{');

	for (size_t i = 0; i < sizeof(tactics) / sizeof(tactics[0]); i++)
		if (slice_eq(tactics[i].name, name))
			json_cstr(out, "uid", tactics[i].uid);
	json_text(out, "name", name);
	json_close(out, tactic);
}

static void
add_technique(struct buf *out, struct slice uid)
{
	size_t part = json_open(out, "technique", '{');

	json_text(out, "uid", uid);
	json_close(out, part);
	if (!uid.len || !memchr(uid.ptr, '.', uid.len))
		return;
	part = json_open(out, "sub_technique", '{');
	json_text(out, "uid", uid);
	json_close(out, part);
}

/*
 * An entry a technique.  Tags do not say which tactic a technique serves, so
 * it is told only where there is one; tactics stand alone in a rule that
 * names no technique.
 */
static void
add_attacks(struct buf *out, const struct rule_meta *rule)
{
	const struct rule_strings *techniques = &rule->techniques;
	const struct rule_strings *tactics = &rule->tactics;
	size_t list = json_open(out, "attacks", '[');

	for (size_t i = 0; i < techniques->count; i++) {
		size_t attack = json_open(out, NULL, '{');

		if (tactics->count == 1)
			add_tactic(out, tactics->list[0]);
		add_technique(out, techniques->list[i]);
		json_close(out, attack);
	}
	for (size_t i = 0; i < tactics->count && !techniques->count; i++) {
		size_t attack = json_open(out, NULL, '{');

		add_tactic(out, tactics->list[i]);
		json_close(out, attack);
	}
	json_close(out, list);
}

static void
add_list(struct buf *out, const char *key, const struct rule_strings *strings)
{
	size_t list = json_open(out, key, '[');

	for (size_t i = 0; i < strings->count; i++)
		json_text(out, NULL, strings->list[i]);
	json_close(out, list);
}

static void
add_info(struct buf *out, const struct finding *finding)
{
	const struct rule_meta *rule = finding->rule;
	size_t info = json_open(out, "finding_info", '{');
	size_t part;

	json_cstr(out, "uid", finding->uid);
	json_text(out, "title", rule->title);
	json_text(out, "desc", rule->description);
	part = json_open(out, "analytic", '{');
	json_text(out, "uid", rule->id);
	json_text(out, "name", rule->title);
	json_cstr(out, "type", "Rule");
	json_u64(out, "type_id", 1);
	json_close(out, part);
	add_attacks(out, rule);
	add_time(out, "created_time", finding_time(finding));
	add_time(out, "first_seen_time",
	    finding->window ? finding->window->start_us
	                    : finding_time(finding));
	add_time(out, "last_seen_time", finding_time(finding));
	json_close(out, info);
}

/* The text, or null. */
static void
add_nullable(struct buf *out, const char *key, struct slice s)
{
	json_key(out, key);
	if (s.len)
		json_add_str(out, s);
	else
		buf_str(out, "null");
}

static void
add_evidence(
    struct buf *out, const struct event *event, const struct position *position)
{
	size_t evidence = json_open(out, NULL, '{');
	size_t data = json_open(out, "data", '{');
	struct buf where = {0};

	if (!position->ledger)
		position_write(&where, position);
	add_nullable(out, "source", event->col[EV_SOURCE]);
	add_nullable(out, "id", event->col[EV_ID]);
	add_nullable(out, "ledger",
	    slice_cstr(position->ledger ? position->ledger : ""));
	if (position->ledger)
		json_u64(out, "index", position->index);
	else
		add_nullable(out, "index", SLICE(""));
	json_text(out, "position", buf_slice(&where));
	json_close(out, data);
	event_add_ocsf_actor(out, event);
	event_add_ocsf_source(out, event);
	event_add_ocsf_api(out, event);
	json_close(out, evidence);
	buf_release(&where);
}

static void
add_evidences(struct buf *out, const struct finding *finding)
{
	const struct finding_window *window = finding->window;
	size_t list = json_open(out, "evidences", '[');

	if (!window)
		add_evidence(out, finding->event, &finding->position);
	for (size_t i = 0; window && i < window->proof_count; i++)
		add_evidence(
		    out, window->proofs[i].event, &window->proofs[i].position);
	json_close(out, list);
}

/* What a correlation counted, and in which group. */
static void
add_window(struct buf *out, const struct finding_window *window)
{
	size_t correlation = json_open(out, "correlation", '{'), list, one;

	json_cstr(out, "type", window->type);
	json_u64(out, "events", window->events);
	json_key(out, "value");
	buf_printf(out, "%.15g", window->value);
	list = json_open(out, "group", '[');
	for (size_t i = 0; i < window->group_count; i++) {
		one = json_open(out, NULL, '{');
		json_text(out, "field", window->group_by[i]);
		json_key(out, "value");
		if (window->group[i].ptr)
			json_add_str(out, window->group[i]);
		else
			buf_str(out, "null");
		json_close(out, one);
	}
	json_close(out, list);
	json_close(out, correlation);
}

static void
add_resources(struct buf *out, const struct event *event)
{
	size_t list = json_open(out, "resources", '[');
	size_t resource = json_open(out, NULL, '{');

	json_text(out, "uid", event->col[EV_TARGET_ID]);
	json_text(out, "name", event->col[EV_TARGET_NAME]);
	json_text(out, "type", event->col[EV_TARGET_TYPE]);
	json_close(out, resource);
	json_close(out, list);
}

static void
add_unmapped(struct buf *out, const struct finding *finding)
{
	const struct event *event = finding->event;
	uint32_t window_unknown =
	    finding->window ? finding->window->unknown : 0;
	size_t unmapped = json_open(out, "unmapped", '{');
	size_t list;

	json_cstr(
	    out, "completeness", window_unknown ? "incomplete" : "unknown");
	if (window_unknown)
		event_facts_json(out, "unknown_facts", window_unknown);
	json_cstr(
	    out, "lane", finding->state == FINDING_EARLY ? "early" : "settled");
	json_cstr(out, "kind", event_kind_name(event->kind));
	json_key(out, "event_id");
	event_add_identity(out, event);
	json_cstr(out, "outcome", event_outcome_name(event->outcome));
	json_text(out, "mailbox", event->col[EV_MAILBOX]);
	if (finding->window)
		add_window(out, finding->window);
	list = json_open(out, "matched", '[');
	for (size_t i = 0; i < finding->why_count; i++) {
		size_t match = json_open(out, NULL, '{');

		json_text(out, "identifier", finding->why[i].identifier);
		add_nullable(out, "field", finding->why[i].field);
		add_nullable(out, "value", finding->why[i].value);
		json_close(out, match);
	}
	json_close(out, list);
	add_list(out, "tactics", &finding->rule->tactics);
	json_text(out, "rule_path", finding->rule->path);
	json_close(out, unmapped);
}

/* What is told again of a finding updates or closes it. */
static void
add_state(struct buf *out, const struct finding *finding)
{
	static const struct {
		unsigned activity, status;
		const char *activity_name, *type_name, *status_name;
	} states[] = {
#define CREATE 1, 1, "Create", "Detection Finding: Create", "New"
#define UPDATE 2, 99, "Update", "Detection Finding: Update"
	    [FINDING_SETTLED] = {CREATE},
	    [FINDING_EARLY] = {CREATE},
	    [FINDING_CONFIRMED] = {UPDATE, "Confirmed"},
	    [FINDING_AMENDED] = {UPDATE, "Amended"},
	    [FINDING_WITHDRAWN] = {3, 99, "Close", "Detection Finding: Close",
	        "Withdrawn"},
	};
	const unsigned state = finding->state;

	json_u64(out, "activity_id", states[state].activity);
	json_cstr(out, "activity_name", states[state].activity_name);
	json_u64(out, "type_uid", 200400 + states[state].activity);
	json_cstr(out, "type_name", states[state].type_name);
	add_severity(out, finding->rule->level);
	json_u64(out, "status_id", states[state].status);
	json_cstr(out, "status", states[state].status_name);
}

void
finding_write_ocsf(struct buf *out, const struct finding *finding)
{
	const struct event *event = finding->event;
	size_t object = json_open(out, NULL, '{');

	json_u64(out, "class_uid", 2004);
	json_cstr(out, "class_name", "Detection Finding");
	json_u64(out, "category_uid", 2);
	json_cstr(out, "category_name", "Findings");
	add_state(out, finding);
	if (finding_time(finding) == EVENT_NO_TIME)
		add_nullable(out, "time", SLICE(""));
	add_time(out, "time", finding_time(finding));
	if (finding->window) {
		add_time(out, "start_time", finding->window->start_us);
		add_time(out, "end_time", finding->window->end_us);
		json_u64(out, "count", finding->window->events);
	}
	add_metadata(out, event);
	json_text(out, "message", finding->rule->title);
	add_info(out, finding);
	add_evidences(out, finding);
	add_resources(out, event);
	add_unmapped(out, finding);
	json_close(out, object);
	buf_char(out, '\n');
}

/* --- CSV --- */

void
finding_csv_header(struct buf *out)
{
	buf_str(out,
	    "time,level,title,rule,techniques,entity,actor_id,actor_name,"
	    "app_id,app_name,operation,outcome,target_type,target_id,"
	    "target_name,mailbox,ip,country,as_org,kind,source,tenant,id,"
	    "position,matched,uid");
	csv_end_row(out);
}

static void
add_cell(struct buf *out, struct slice s)
{
	buf_char(out, ',');
	csv_add_cell(out, s);
}

static void
add_techniques_cell(struct buf *out, const struct finding *finding)
{
	const struct rule_strings *techniques = &finding->rule->techniques;
	struct buf text = {0};

	for (size_t i = 0; i < techniques->count; i++) {
		if (i)
			buf_char(&text, ' ');
		buf_slice_add(&text, techniques->list[i]);
	}
	add_cell(out, buf_slice(&text));
	buf_release(&text);
}

static void
add_matched_cell(struct buf *out, const struct finding *finding)
{
	const struct finding_window *window = finding->window;
	struct buf text = {0};

	for (size_t i = 0; window && i < window->group_count; i++) {
		buf_slice_add(&text, window->group_by[i]);
		buf_char(&text, '=');
		buf_slice_add(&text, window->group[i]);
		buf_str(&text, "; ");
	}
	if (window)
		buf_printf(&text, "%s=%.15g", window->type, window->value);
	for (size_t i = 0; i < finding->why_count; i++) {
		const struct rule_reason *why = &finding->why[i];

		if (i)
			buf_str(&text, "; ");
		buf_slice_add(
		    &text, why->field.len ? why->field : why->identifier);
		buf_char(&text, '=');
		buf_slice_add(&text, why->value);
	}
	add_cell(out, buf_slice(&text));
	buf_release(&text);
}

static void
add_position_cell(struct buf *out, const struct finding *finding)
{
	struct buf text = {0};

	position_write(&text, &finding->position);
	add_cell(out, buf_slice(&text));
	buf_release(&text);
}

void
finding_write_csv(struct buf *out, const struct finding *finding)
{
	static const enum event_column before[] = {
	    EV_ACTOR_ID, EV_ACTOR_NAME, EV_APP_ID, EV_APP_NAME, EV_OPERATION};
	static const enum event_column behind[] = {EV_TARGET_TYPE, EV_TARGET_ID,
	    EV_TARGET_NAME, EV_MAILBOX, EV_IP, EV_COUNTRY, EV_AS_ORG};
	const struct rule_meta *rule = finding->rule;
	const struct event *event = finding->event;
	char room[TIME_TEXT_MAX];

	if (finding_time(finding) != EVENT_NO_TIME)
		buf_slice_add(out, time_format(finding_time(finding), room));
	add_cell(out, slice_cstr(level_name(rule->level)));
	add_cell(out, rule->title);
	add_cell(out, rule->id);
	add_techniques_cell(out, finding);
	add_cell(out, finding_entity(finding));
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		add_cell(out, event->col[before[i]]);
	add_cell(out, slice_cstr(event_outcome_name(event->outcome)));
	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
		add_cell(out, event->col[behind[i]]);
	add_cell(out, slice_cstr(event_kind_name(event->kind)));
	add_cell(out, event->col[EV_SOURCE]);
	add_cell(out, event->col[EV_TENANT]);
	add_cell(out, event->col[EV_ID]);
	add_position_cell(out, finding);
	add_matched_cell(out, finding);
	add_cell(out, slice_cstr(finding->uid));
	csv_end_row(out);
}
