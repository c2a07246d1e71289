#include "writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "writer_output.h"
#include "writer_truth.h"
#include "json/json.h"

#define DAY_US (INT64_C(86400) * 1000000)

/* --- the folder --- */

/* Files kept open besides those of the stream: the portal's export. */
enum { OUT_CSV = STREAM_COUNT, OUT_COUNT };

/* How each log is exported. */
static const struct {
	const char *kind;
	const char *path; /* %s: the day */
	enum wrapping wrapping;
} exports[OUT_COUNT] = {
    [STREAM_AUDIT] = {"o365.audit", "audit/%s.ndjson", WRAP_LINES},
    [STREAM_AUDIT_TEST] = {"o365.audit", "audit/test-tenant.ndjson",
        WRAP_LINES},
    [STREAM_SIGNIN] = {"entra.signin", "entra/signins-%s.json", WRAP_VALUE},
    [STREAM_SIGNIN_SILENT] = {"entra.signin.noninteractive",
        "entra/signins-noninteractive.ndjson", WRAP_HUB},
    [STREAM_SIGNIN_SERVICE] = {"entra.signin.serviceprincipal",
        "entra/signins-serviceprincipal.ndjson", WRAP_HUB},
    [STREAM_DIRECTORY] = {"entra.audit", "entra/directoryaudits.json",
        WRAP_VALUE},
    [STREAM_GRAPH] = {"graph.activity", "graph/activity.ndjson", WRAP_HUB},
    [OUT_CSV] = {"o365.audit", "purview/%s.csv", WRAP_CSV},
};

/* A file that is done, for .truth.json. */
struct done {
	struct output_count count;
	const char *kind;
};

/* A line of .truth.json; they are sorted by time at the end. */
struct line {
	int64_t time_us;
	size_t at, len; /* in writer.attacks */
};

struct writer {
	struct sink sink;
	struct writer_plan plan;
	struct output out[OUT_COUNT];
	uint32_t day[OUT_COUNT]; /* of the file that is open, from 0 */
	struct done *done;
	size_t n_done;
	struct writer_truth truth;
	struct buf attacks; /* their lines of .truth.json, as they came */
	struct line *lines;
	size_t n_lines;
	uint64_t records, repeats, told, exported, bytes;
	struct err err;
	bool failed;
};

static int
make_dir(const char *dir, const char *name, struct err *err)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s%s%s", dir, *name ? "/" : "", name);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return err_sys(err, "cannot create '%s'", path);
	return 0;
}

static int
make_dirs(const struct writer_plan *plan, struct err *err)
{
	static const char *const names[] = {
	    "audit", "entra", "graph", "purview"};

	if (make_dir(plan->dir, "", err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!plan->size && make_dir(plan->dir, names[i], err) < 0)
			return -1;
	return 0;
}

static void
close_output(struct writer *writer, unsigned which)
{
	struct output *out = &writer->out[which];
	struct err err;

	if (!output_is_open(out) && !out->failed)
		return;
	if (output_close(out, &err) < 0 && !writer->failed) {
		writer->failed = true;
		writer->err = err;
	}
	writer->done = xrealloc(
	    writer->done, (writer->n_done + 1) * sizeof(*writer->done));
	writer->done[writer->n_done++] =
	    (struct done){out->count, exports[which].kind};
	writer->bytes += out->count.bytes;
	writer->sink.full |= writer->failed;
}

static bool
by_day(unsigned which)
{
	return strchr(exports[which].path, '%') != NULL;
}

static void
open_output(struct writer *writer, unsigned which, uint32_t day)
{
	const char *pattern = exports[which].path;
	const char *hole = strstr(pattern, "%s");
	char path[96], date[20];

	text_time(date, writer->plan.start_us + day * DAY_US);
	date[10] = '\0';
	if (hole)
		snprintf(path, sizeof(path), "%.*s%s%s", (int)(hole - pattern),
		    pattern, date, hole + 2);
	else
		snprintf(path, sizeof(path), "%s", pattern);
	/* the third day comes compressed, as from an archive */
	if (which == STREAM_AUDIT && day == 2)
		memcpy(path + strlen(path), ".gz", 4);
	if (writer->plan.size)
		snprintf(path, sizeof(path), "audit.ndjson");
	output_open(&writer->out[which], writer->plan.dir, path,
	    exports[which].wrapping);
	writer->day[which] = day;
}

static void
put_to(struct writer *writer, unsigned which, const struct sim_record *record,
    uint32_t day)
{
	struct output *out = &writer->out[which];

	if (output_is_open(out) && by_day(which) && writer->day[which] != day &&
	    !writer->plan.size)
		close_output(writer, which);
	if (!output_is_open(out) && !out->failed)
		open_output(writer, which, day);
	output_add(out, record);
	writer->sink.full |= out->failed;
}

static void
add_truth(struct writer *writer, const struct sim_record *record)
{
	const struct truth *truth = &record->truth;
	struct buf *out = &writer->attacks;
	size_t start = out->len;
	char time[20];

	text_time(time, record->time_us);
	buf_str(out, "    {\"attack\":");
	json_add_str(out, slice_cstr(truth->attack));
	buf_printf(out, ",\"step\":%u,\"technique\":", truth->step);
	json_add_str(out, slice_cstr(truth->technique ? truth->technique : ""));
	buf_str(out, ",\"what\":");
	json_add_str(out, slice_cstr(truth->what ? truth->what : ""));
	buf_printf(out, ",\"kind\":\"%s\",\"time\":\"%sZ\",\"operation\":",
	    exports[record->stream].kind, time);
	json_add_str(out, record->operation);
	buf_str(out, ",\"id\":");
	json_add_str(out, record->id);
	buf_char(out, '}');
	writer->lines = xrealloc(
	    writer->lines, (writer->n_lines + 1) * sizeof(*writer->lines));
	writer->lines[writer->n_lines++] =
	    (struct line){record->time_us, start, out->len - start};
}

static int
by_time(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void
add_attacks(const struct writer *writer, struct buf *out)
{
	const struct line *lines = writer->lines;

	if (writer->n_lines > 0)
		qsort(writer->lines, writer->n_lines, sizeof(*lines), by_time);
	buf_str(out, "  \"attacks\": [\n");
	for (size_t i = 0; i < writer->n_lines; i++) {
		buf_add(out, writer->attacks.ptr + lines[i].at, lines[i].len);
		buf_str(out, i + 1 < writer->n_lines ? ",\n" : "\n");
	}
	buf_str(out, "  ]\n}\n");
}

static uint32_t
day_of(const struct writer *writer, int64_t time_us)
{
	return (uint32_t)((time_us - writer->plan.start_us) / DAY_US);
}

static void
writer_put(struct sink *sink, const struct sim_record *record)
{
	struct writer *writer = (struct writer *)(void *)sink;
	bool daily = record->stream == STREAM_AUDIT;
	int64_t when = daily ? record->available_us : record->time_us;
	uint32_t day = day_of(writer, when);
	struct output *out = &writer->out[record->stream];

	if (sink->full)
		return;
	if (record->unseen) {
		writer_truth_add(&writer->truth, record, false);
		return;
	}
	if (writer->plan.drops && drops_take(writer->plan.drops, record)) {
		if (record->truth.attack && !record->repeat)
			writer_truth_add(&writer->truth, record, true);
		return;
	}
	put_to(writer, record->stream, record, day);
	if (record->repeat &&
	    (writer->plan.size || day_of(writer, record->first_us) == day))
		out->count.repeats++;
	writer->records++;
	writer->repeats += record->repeat;
	writer->told += record->told && !record->repeat;
	if (record->truth.attack && !record->repeat) {
		writer_truth_add(&writer->truth, record, false);
		if (!record->truth.by_tenant)
			add_truth(writer, record);
	}
	if (writer->plan.size) {
		if (out->count.bytes + out->buf.len >= writer->plan.size)
			sink->full = true;
		return;
	}
	/* the portal exports one day, each record once */
	if (daily && !record->repeat &&
	    day == (writer->plan.days > 1 ? 1u : 0u)) {
		put_to(writer, OUT_CSV, record, day);
		writer->records++;
		writer->exported++;
	}
}

struct writer *
writer_new(const struct writer_plan *plan, struct err *err)
{
	struct writer *writer;

	if (make_dirs(plan, err) < 0)
		return NULL;
	writer = xcalloc(1, sizeof(*writer));
	writer->plan = *plan;
	writer->sink.put = writer_put;
	writer->sink.wants =
	    plan->size ? 1u << STREAM_AUDIT : (1u << STREAM_COUNT) - 1;
	for (unsigned i = 0; i < OUT_COUNT; i++)
		writer->out[i].fd = -1;
	return writer;
}

struct sink *
writer_sink(struct writer *writer)
{
	return &writer->sink;
}

uint64_t
writer_bytes(const struct writer *writer)
{
	return writer->bytes;
}

uint64_t
writer_records(const struct writer *writer)
{
	return writer->records;
}

void
writer_set_tenant(struct writer *writer, const char *tenant, const char *domain)
{
	writer->plan.tenant = tenant;
	writer->plan.domain = domain;
}

void
writer_set_stories(struct writer *writer, const struct story *stories, size_t n)
{
	writer->truth.stories = stories;
	writer->truth.n_stories = n;
}

/*
 * One event may be told several times: repeated by the feed, exported twice,
 * told by two logs under one id.  records = events + the three.
 */
static void
add_counts(const struct writer *writer, struct buf *out)
{
	uint64_t again = writer->repeats + writer->exported + writer->told;

	buf_printf(out,
	    "  \"totals\": {\"records\":%llu,\"events\":%llu,"
	    "\"duplicates\":%llu,\"repeated\":%llu,\"exported_twice\":%llu,"
	    "\"told_by_two_logs\":%llu},\n  \"files\": [\n",
	    (unsigned long long)writer->records,
	    (unsigned long long)(writer->records - again),
	    (unsigned long long)again, (unsigned long long)writer->repeats,
	    (unsigned long long)writer->exported,
	    (unsigned long long)writer->told);
	for (size_t i = 0; i < writer->n_done; i++) {
		const struct output_count *count = &writer->done[i].count;

		buf_printf(out,
		    "    {\"file\":\"%s\",\"kind\":\"%s\",\"records\":%llu,"
		    "\"events\":%llu,\"repeated\":%llu,\"bytes\":%llu}%s\n",
		    count->path, writer->done[i].kind,
		    (unsigned long long)count->records,
		    (unsigned long long)(count->records - count->repeats),
		    (unsigned long long)count->repeats,
		    (unsigned long long)count->bytes,
		    i + 1 < writer->n_done ? "," : "");
	}
	buf_str(out, "  ],\n");
}

static int
write_truth(const struct writer *writer, struct err *err)
{
	const struct writer_plan *plan = &writer->plan;
	struct buf out = {0};
	char path[4096], date[20];
	FILE *file;
	bool bad;

	text_time(date, plan->start_us);
	buf_printf(&out,
	    "{\n  \"made_by\": \"firn-sim write\",\n  \"seed\": %llu,\n"
	    "  \"people\": %u,\n  \"days\": %u,\n  \"start\": \"%.10s\",\n"
	    "  \"tenant\": \"%s\",\n  \"domain\": \"%s\",\n",
	    (unsigned long long)plan->seed, plan->people, plan->days, date,
	    plan->tenant, plan->domain);
	add_counts(writer, &out);
	add_attacks(writer, &out);
	snprintf(path, sizeof(path), "%s/.truth.json", plan->dir);
	file = fopen(path, "we");
	if (!file) {
		buf_release(&out);
		return err_sys(err, "cannot create '%s'", path);
	}
	bad = fwrite(out.ptr, 1, out.len, file) != out.len;
	bad |= fclose(file) != 0;
	buf_release(&out);
	return bad ? err_sys(err, "cannot write '%s'", path) : 0;
}

int
writer_finish(struct writer *writer, struct err *err)
{
	for (unsigned i = 0; i < OUT_COUNT; i++)
		close_output(writer, i);
	if (writer->failed) {
		*err = writer->err;
		return -1;
	}
	if (writer_truth_write(
	        &writer->truth, writer->plan.dir, writer->plan.drops, err) < 0)
		return -1;
	return write_truth(writer, err);
}

void
writer_free(struct writer *writer)
{
	if (!writer)
		return;
	for (unsigned i = 0; i < OUT_COUNT; i++)
		output_close(&writer->out[i], NULL);
	buf_release(&writer->attacks);
	writer_truth_release(&writer->truth);
	free(writer->lines);
	free(writer->done);
	free(writer);
}
