#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/time.h"
#include "base/version.h"
#include "cmd/run_service.h"
#include "json/build.h"
#include "json/json.h"

#define SECOND_US ((int64_t)1000000)

static const char *const moods[] = {
    [HUB_WELL] = "well", [HUB_WAITS] = "waits", [HUB_TROUBLE] = "trouble"};

static void
add_bool(struct buf *out, const char *key, bool v)
{
	json_key(out, key);
	buf_str(out, v ? "true" : "false");
}

static void
add_when(struct buf *out, const char *key, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	json_key(out, key);
	if (time_us == EVENT_NO_TIME)
		buf_str(out, "null");
	else
		json_add_str(out, time_format(time_us, room));
}

/* --- JSON --- */

static void
add_source(struct buf *out, const struct service_source *source)
{
	size_t mark = json_open(out, NULL, '{');

	json_cstr(out, "name", source->name);
	json_cstr(out, "kind", source->kind);
	json_cstr(out, "mood", moods[source->mood]);
	json_cstr(out, "text", source->text);
	add_when(out, "since", source->since_us);
	add_when(out, "complete_until", source->clock_us);
	json_u64(out, "deliveries", source->deliveries);
	json_u64(out, "records", source->records);
	json_u64(out, "events", source->events);
	json_u64(out, "duplicates", source->duplicates);
	json_u64(out, "refused", source->refused);
	json_u64(out, "lost", source->lost);
	json_u64(out, "late", source->late);
	json_u64(out, "open_gaps", source->open_gaps);
	json_i64(out, "lag_p99_us", source->lag_us);
	json_close(out, mark);
}

static void
add_findings(struct buf *out, const struct run_counts *counts)
{
	size_t mark = json_open(out, "findings", '{');

	for (int i = LEVEL_COUNT - 1; i >= 0; i--)
		json_u64(out, level_name((enum level)i), counts->findings[i]);
	json_u64(out, "amended", counts->amended);
	json_u64(out, "withdrawn", counts->withdrawn);
	json_close(out, mark);
}

static void
add_glances(struct buf *out, const struct service_view *view)
{
	static const char *const states[] = {[FINDING_SETTLED] = "new",
	    [FINDING_EARLY] = "early",
	    [FINDING_CONFIRMED] = "confirmed",
	    [FINDING_AMENDED] = "amended",
	    [FINDING_WITHDRAWN] = "withdrawn"};
	size_t list = json_open(out, "newest", '[');

	for (size_t i = 0; i < view->glance_count; i++) {
		const struct run_glance *g = &view->glances[i];
		size_t mark = json_open(out, NULL, '{');

		add_when(out, "time", g->time_us);
		json_cstr(out, "level", level_name(g->level));
		json_cstr(out, "state", states[g->state]);
		json_u64(out, "count", g->count);
		json_cstr(out, "title", g->title);
		json_cstr(out, "entity", g->entity);
		json_close(out, mark);
	}
	json_close(out, list);
}

static void
add_cases(struct buf *out, const struct service_view *view)
{
	size_t list = json_open(out, "cases", '[');

	for (size_t i = 0; i < view->case_count; i++) {
		const struct run_followed *one = &view->cases[i];
		size_t mark = json_open(out, NULL, '{');

		json_u64(out, "case", one->index);
		json_cstr(out, "verdict", one->verdict);
		add_when(out, "since", one->since_us);
		add_when(out, "looked",
		    one->looked_us ? one->looked_us : EVENT_NO_TIME);
		json_cstr(out, "command", one->command);
		json_cstr(out, "trouble", one->trouble);
		json_close(out, mark);
	}
	json_close(out, list);
}

static void
add_outputs(struct buf *out, const struct service_view *view)
{
	size_t list = json_open(out, "outputs", '[');

	for (size_t i = 0; i < view->output_count; i++) {
		const struct service_output *output = &view->outputs[i];
		const struct outbox_stats *stats = &output->stats;
		size_t mark = json_open(out, NULL, '{');

		json_cstr(out, "name", output->name);
		json_cstr(out, "kind", output->kind);
		json_u64(out, "sent", stats->sent);
		json_u64(out, "dead", stats->dead);
		json_u64(out, "retried", stats->retried);
		add_when(out, "waiting_since",
		    stats->waiting_us ? stats->waiting_us : EVENT_NO_TIME);
		add_bool(out, "trouble", stats->trouble);
		json_cstr(out, "error", stats->error);
		json_close(out, mark);
	}
	json_close(out, list);
}

static void
add_witnesses(struct buf *out, const struct run_witnesses *witnesses)
{
	size_t mark = json_open(out, "witnesses", '{');

	add_bool(out, "policy", witnesses->policed);
	add_bool(out, "enough", witnesses->enough);
	json_u64(out, "count", witnesses->count);
	json_u64(out, "of", witnesses->witnesses);
	add_when(out, "newest", witnesses->time_us);
	json_close(out, mark);
}

static void
warn_outputs(struct buf *out, const struct service_view *view)
{
	for (size_t i = 0; i < view->output_count; i++) {
		const struct service_output *output = &view->outputs[i];
		struct buf text = {0};

		if (output->stats.trouble)
			buf_printf(&text, "output %s: %s", output->name,
			    output->stats.error);
		else if (output->stats.dead)
			buf_printf(&text,
			    "output %s: %ju findings were refused for good; "
			    "they are in its file of dead letters",
			    output->name, (uintmax_t)output->stats.dead);
		json_text(out, NULL, buf_slice(&text));
		buf_release(&text);
	}
	if (view->witnesses.policed && !view->witnesses.enough)
		json_cstr(out, NULL,
		    "the ledger is not witnessed as its policy wants: 'firn "
		    "ledger stat' says by whom");
}

static void
warn_cases(struct buf *out, const struct service_view *view)
{
	struct buf text = {0};

	for (size_t i = 0; i < view->case_count; i++) {
		const struct run_followed *one = &view->cases[i];

		if (!one->trouble[0])
			continue;
		buf_clear(&text);
		buf_printf(&text, "damage %ju is not followed: %s",
		    (uintmax_t)one->index, one->trouble);
		json_text(out, NULL, buf_slice(&text));
	}
	buf_clear(&text);
	if (view->case_more)
		buf_printf(&text,
		    "%ju older cases of damage are not followed: close what is "
		    "over by 'firn damage close'",
		    (uintmax_t)view->case_more);
	json_text(out, NULL, buf_slice(&text));
	buf_release(&text);
}

/* What somebody should do something about. */
static void
add_warnings(struct buf *out, const struct service_view *view)
{
	json_key(out, "warnings");
	buf_char(out, '[');
	if (view->paused)
		json_cstr(out, NULL,
		    SERVICE_FULL
		    ": make room at the ledger, or lower disk_min");
	for (size_t i = 0; i < view->source_count; i++) {
		const struct service_source *source = &view->sources[i];
		struct buf text = {0};

		if (source->mood == HUB_TROUBLE)
			buf_printf(&text, "%s: %s", source->name, source->text);
		else if (source->open_gaps)
			buf_printf(&text,
			    "%s: %ju gaps are open: 'firn coverage %s' names "
			    "them",
			    source->name, (uintmax_t)source->open_gaps,
			    view->ledger);
		json_text(out, NULL, buf_slice(&text));
		buf_release(&text);
	}
	warn_outputs(out, view);
	warn_cases(out, view);
	if (view->counts.correlate_lost)
		json_cstr(out, NULL,
		    "correlations had no room for all events: some findings "
		    "over several events may be missing; a shorter 'lateness' "
		    "takes less");
	if (view->rules_refused)
		json_cstr(out, NULL,
		    "some rules were refused: 'firn rules check' says why");
	buf_char(out, ']');
}

void
service_view_json(const struct service_view *view, struct buf *out)
{
	const struct run_counts *counts = &view->counts;
	size_t mark = json_open(out, NULL, '{'), list;

	json_cstr(out, "version", FIRN_VERSION);
	json_i64(out, "pid", getpid());
	add_when(out, "started", view->started_us);
	add_when(out, "now", view->now_us);
	json_cstr(out, "ledger", view->ledger);
	json_cstr(out, "origin", view->origin);
	json_u64(out, "size", counts->size);
	json_u64(out, "records", counts->records);
	json_u64(out, "events", counts->events);
	json_u64(out, "duplicates", counts->duplicates);
	json_u64(out, "unreadable", counts->unreadable);
	json_u64(out, "not_kept", counts->not_kept);
	json_u64(out, "bytes", counts->bytes);
	json_u64(out, "deliveries", counts->deliveries);
	json_u64(out, "broken", counts->broken);
	add_when(out, "newest_event", counts->newest_event_us);
	json_i64(out, "alert_p50_us", lag_quantile(&counts->to_alert, 50));
	json_i64(out, "alert_p99_us", lag_quantile(&counts->to_alert, 99));
	json_i64(out, "verdict_p99_us", lag_quantile(&counts->to_verdict, 99));
	json_u64(out, "correlate_held", counts->correlate_held);
	json_u64(out, "correlate_bytes", counts->correlate_bytes);
	json_u64(out, "correlate_late", counts->correlate_late);
	json_u64(out, "correlate_lost", counts->correlate_lost);
	add_findings(out, counts);
	add_glances(out, view);
	add_cases(out, view);
	add_outputs(out, view);
	add_witnesses(out, &view->witnesses);
	add_when(out, "checkpoint", view->checkpoint_us);
	json_u64(out, "rules", view->rules);
	json_u64(out, "rules_refused", view->rules_refused);
	json_u64(out, "disk_free", view->disk_free);
	json_u64(out, "disk_min", view->disk_min);
	add_bool(out, "paused", view->paused);
	list = json_open(out, "sources", '[');
	for (size_t i = 0; i < view->source_count; i++)
		add_source(out, &view->sources[i]);
	json_close(out, list);
	add_warnings(out, view);
	json_close(out, mark);
	buf_char(out, '\n');
}

/* --- Prometheus --- */

static void
head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP firn_%s %s\n# TYPE firn_%s %s\n", name, help,
	    name, type);
}

static void
one(struct buf *out, const char *name, const char *type, const char *help,
    double value)
{
	head(out, name, type, help);
	buf_printf(out, "firn_%s %.15g\n", name, value);
}

/* A number of each source, or of each output. */
struct metric {
	const char *name, *type, *help;
	size_t at; /* of a uint64_t */
};

/* The `n` elements begin with their name. */
struct metric_of {
	const char *label;
	const void *list;
	size_t n, size;
};

static void
add_metrics(struct buf *out, const struct metric *metrics, size_t count,
    const struct metric_of *of)
{
	for (size_t i = 0; i < count; i++) {
		head(out, metrics[i].name, metrics[i].type, metrics[i].help);
		for (size_t k = 0; k < of->n; k++) {
			const char *element =
			    (const char *)of->list + k * of->size;
			const char *name;
			uint64_t value;

			memcpy(&name, element, sizeof(name));
			memcpy(&value, element + metrics[i].at, sizeof(value));
			buf_printf(out, "firn_%s{%s=\"%s\"} %ju\n",
			    metrics[i].name, of->label, name, (uintmax_t)value);
		}
	}
}

static void
add_source_metrics(const struct service_view *view, struct buf *out)
{
	static const struct metric metrics[] = {
#define ROW(member, name, help)                                                \
	{name, "gauge", help, offsetof(struct service_source, member)}
	    ROW(deliveries, "source_deliveries",
	        "Deliveries in the coverage that is kept"),
	    ROW(records, "source_records", "Records in them"),
	    ROW(events, "source_events", "Of these new events"),
	    ROW(duplicates, "source_duplicates", "Told before"),
	    ROW(refused, "source_refused", "Not readable"),
	    ROW(lost, "source_lost", "Deliveries in open gaps"),
	    ROW(late, "source_late", "Events over a day late"),
	    ROW(open_gaps, "source_open_gaps", "Gaps that are open"),
#undef ROW
	};
	const struct metric_of sources = {"source", view->sources,
	    view->source_count, sizeof(*view->sources)};

	add_metrics(
	    out, metrics, sizeof(metrics) / sizeof(metrics[0]), &sources);
	head(out, "source_up", "gauge", "1 unless it is in trouble");
	for (size_t k = 0; k < view->source_count; k++)
		buf_printf(out, "firn_source_up{source=\"%s\"} %d\n",
		    view->sources[k].name,
		    view->sources[k].mood != HUB_TROUBLE);
	head(out, "source_complete_until_seconds", "gauge",
	    "Time up to which all is there or in a gap");
	for (size_t k = 0; k < view->source_count; k++)
		if (view->sources[k].clock_us != EVENT_NO_TIME)
			buf_printf(out,
			    "firn_source_complete_until_seconds{source=\"%s\"} "
			    "%.6f\n",
			    view->sources[k].name,
			    (double)view->sources[k].clock_us / SECOND_US);
}

static void
add_output_metrics(const struct service_view *view, struct buf *out)
{
	static const struct metric metrics[] = {
#define ROW(member, name, help)                                                \
	{name, "counter", help, offsetof(struct service_output, stats.member)}
	    ROW(sent, "output_sent_total", "Findings sent, ever"),
	    ROW(dead, "output_dead_total", "Findings refused for good, ever"),
	    ROW(retried, "output_retried_total", "Attempts that failed"),
#undef ROW
	};
	const struct metric_of outputs = {"output", view->outputs,
	    view->output_count, sizeof(*view->outputs)};

	add_metrics(
	    out, metrics, sizeof(metrics) / sizeof(metrics[0]), &outputs);
	head(out, "output_up", "gauge", "0 while its last attempt failed");
	for (size_t k = 0; k < view->output_count; k++)
		buf_printf(out, "firn_output_up{output=\"%s\"} %d\n",
		    view->outputs[k].name, !view->outputs[k].stats.trouble);
}

static void
add_case_metrics(const struct service_view *view, struct buf *out)
{
	head(out, "damage_access_continues", "gauge",
	    "Of each case of damage that is followed: 1 if access continues");
	for (size_t i = 0; i < view->case_count; i++)
		buf_printf(out,
		    "firn_damage_access_continues{case=\"%ju\"} %d\n",
		    (uintmax_t)view->cases[i].index,
		    !strcmp(view->cases[i].verdict, "access continues"));
	head(out, "damage_no_access_seen", "gauge",
	    "1 if none is seen any more; neither: it is not established");
	for (size_t i = 0; i < view->case_count; i++)
		buf_printf(out, "firn_damage_no_access_seen{case=\"%ju\"} %d\n",
		    (uintmax_t)view->cases[i].index,
		    !strcmp(view->cases[i].verdict, "no access seen since"));
	one(out, "verdict_p99_seconds", "gauge",
	    "From arrival to the verdict on damage that it concerns",
	    (double)lag_quantile(&view->counts.to_verdict, 99) / SECOND_US);
}

void
service_view_metrics(const struct service_view *view, struct buf *out)
{
	const struct run_counts *n = &view->counts;

	one(out, "records_total", "counter", "Records taken since the start",
	    (double)n->records);
	one(out, "events_total", "counter", "Of these new events",
	    (double)n->events);
	one(out, "duplicates_total", "counter", "Told before",
	    (double)n->duplicates);
	one(out, "unreadable_total", "counter", "Kept, and not readable",
	    (double)n->unreadable);
	one(out, "bytes_total", "counter", "Bytes of records taken",
	    (double)n->bytes);
	one(out, "broken_deliveries_total", "counter",
	    "Deliveries that were no log", (double)n->broken);
	one(out, "gaps_total", "counter", "Records of gaps opened and healed",
	    (double)n->gaps);
	one(out, "ledger_records", "gauge", "Records in the ledger",
	    (double)n->size);
	one(out, "disk_free_bytes", "gauge", "Free at the ledger",
	    (double)view->disk_free);
	one(out, "intake_paused", "gauge", "1 while the disk is nearly full",
	    view->paused);
	one(out, "rules", "gauge", "Rules in force", (double)view->rules);
	one(out, "correlation_events_held", "gauge",
	    "Events that correlations hold until they are settled",
	    (double)n->correlate_held);
	one(out, "correlation_bytes", "gauge", "Memory that these take",
	    (double)n->correlate_bytes);
	one(out, "correlation_late_total", "counter",
	    "Events that came too late for them", (double)n->correlate_late);
	one(out, "correlation_lost_total", "counter",
	    "Events left out for want of room", (double)n->correlate_lost);
	one(out, "alert_p99_seconds", "gauge",
	    "From arrival to a durable finding",
	    (double)lag_quantile(&n->to_alert, 99) / SECOND_US);
	head(out, "findings_total", "counter", "New findings by level");
	for (int i = 0; i < LEVEL_COUNT; i++)
		buf_printf(out, "firn_findings_total{level=\"%s\"} %ju\n",
		    level_name((enum level)i), (uintmax_t)n->findings[i]);
	add_case_metrics(view, out);
	add_source_metrics(view, out);
	add_output_metrics(view, out);
}
