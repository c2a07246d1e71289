#include "pipeline.h"

#include "geo/geo.h"
#include "pipeline_correlate.h"
#include "pipeline_pool.h"
#include "pipeline_undecided.h"
#include "pipeline_work.h"
#include "source/file.h"
#include "source/progress.h"
#include "json/json.h"

#define RAW_SHOWN 200 /* bytes of a rejected record in the rejects file */
#define AHEAD     8   /* outcomes whose places are fetched beforehand */

struct scan {
	const struct pipeline_options *options;
	struct report *report;
	struct tally *tally;
	struct seen *seen;  /* events */
	struct seen *fired; /* findings, for events told more than once */
	struct scan_correlate *correlate;
	struct scan_undecided *undecided;
	const char *file; /* the one whose records are being finished */
	uint64_t records; /* of it, where they are not counted by lines */
	struct buf line;  /* of the rejects file */
	struct progress progress;
	struct err *err;
};

/* --- finishing: in order, one thread --- */

static struct position
position_of(struct scan *scan, const struct work *work, const struct outcome *o)
{
	struct position position = {.file = work->batch.file,
	    .line = work->batch.cuts[o->cut].line,
	    .record = o->in_line};

	if (scan->file != work->batch.file) {
		scan->file = work->batch.file;
		scan->records = 0;
	}
	if (!position.line)
		position.record = ++scan->records;
	return position;
}

static int
write_reject(struct scan *scan, const struct work *work,
    const struct outcome *o, const struct position *position)
{
	const struct cut *cut = &work->batch.cuts[o->cut];
	struct buf *line = &scan->line;
	struct slice raw = slice_of(work->batch.bytes.ptr + cut->at, cut->len);

	if (!scan->options->rejects)
		return 0;
	if (raw.len > RAW_SHOWN)
		raw.len = RAW_SHOWN;
	buf_clear(line);
	buf_str(line, "{\"file\":");
	json_add_str(line, slice_cstr(position->file));
	buf_printf(line, position->line ? ",\"line\":%ju" : ",\"line\":null",
	    (uintmax_t)position->line);
	buf_printf(line,
	    position->record ? ",\"record\":%ju" : ",\"record\":null",
	    (uintmax_t)position->record);
	buf_str(line, ",\"reason\":");
	json_add_str(line, slice_cstr(o->why));
	buf_str(line, ",\"raw\":");
	json_add_str(line, raw);
	buf_str(line, "}\n");
	if (fwrite(line->ptr, 1, line->len, scan->options->rejects) < line->len)
		return err_sys(scan->err, "cannot write the rejected records");
	return 0;
}

/* Whether this finding was made before, from another telling of its event. */
static bool
has_fired(struct scan *scan, const struct finding *f)
{
	struct seen_event key = {0};
	unsigned differs;

	seen_key(seen_seed(scan->fired), slice_cstr(f->uid), &key);
	return seen_add(scan->fired, &key, &differs) != SEEN_NEW;
}

static int
finish_finding(void *context, struct finding *f)
{
	struct scan *scan = context;

	finding_identify(f);
	if (has_fired(scan, f))
		return 0;
	tally_finding(scan->tally, f->rule->level, finding_time(f));
	if (scan->options->found) {
		scan->options->found(scan->options->context, f);
		return 0;
	}
	if (scan->options->report.events)
		return 0;
	return report_finding(scan->report, f, scan->err);
}

static int
finish_findings(struct scan *scan, struct work *work, const struct outcome *o,
    const struct position *position)
{
	for (size_t i = 0; i < o->finding_count; i++) {
		struct finding *f = &work->findings[o->finding + i];

		f->position = *position;
		if (finish_finding(scan, f))
			return -1;
	}
	return 0;
}

static int
finish_event(struct scan *scan, struct work *work, const struct outcome *o,
    const struct position *position)
{
	struct tally *tally = scan->tally;
	unsigned differs = 0;
	enum seen_result result = seen_add(scan->seen, &o->seen, &differs);

	tally->repaired += o->repaired;
	tally->duplicate_keys += o->duplicate_keys;
	if (result == SEEN_REPEAT) {
		tally->duplicates++;
		return 0;
	}
	if (result == SEEN_NEW) {
		tally_event(tally, o->kind, o->time_us);
		tally->outside += o->outside;
		if (o->text_len &&
		    report_event(scan->report,
		        slice_of(work->text.ptr + o->text, o->text_len),
		        scan->err))
			return -1;
	} else {
		tally->duplicates++;
		tally->tellings += result == SEEN_TELLING;
		tally->conflicts += result == SEEN_CONFLICT;
		for (size_t i = 0; i < TOLD_FIELDS; i++)
			tally->conflict_fields[i] += differs >> i & 1;
	}
	scan_undecided_add(scan->undecided, o);
	/* A rule may be true of what only a later telling says. */
	scan_correlate_add(scan->correlate, o, position);
	return finish_findings(scan, work, o, position);
}

static int
finish(void *context, struct work *work)
{
	struct scan *scan = context;

	scan->tally->regex_limited += work->regex_limited;
	scan->tally->lookup_limited += work->lookup_limited;
	for (size_t i = 0; i < work->count; i++) {
		const struct outcome *o = &work->outcomes[i];
		struct position position = position_of(scan, work, o);
		int status;

		if (i + AHEAD < work->count)
			seen_prefetch(scan->seen, &o[AHEAD].seen);
		scan->tally->records++;
		if (o->why) {
			scan->tally->rejected++;
			status = write_reject(scan, work, o, &position);
		} else {
			status = finish_event(scan, work, o, &position);
		}
		if (status)
			return -1;
	}
	return scan->options->stop && *scan->options->stop ? -1 : 0;
}

/* --- reading --- */

static int
scan_file(struct scan *scan, struct pool *pool, const char *name)
{
	struct tally *tally = scan->tally;
	struct file *file = NULL;
	struct err err;
	uint64_t before = tally->bytes;
	int status = 0;

	if (file_open(&file, name, &err)) {
		tally_skip(tally, name, err.msg);
		return 0;
	}
	if (file_no_log(file)) {
		tally_skip(tally, name, file_no_log(file));
		file_close(file);
		return 0;
	}
	tally->files++;
	while (!status) {
		struct work *work = pool_take(pool);

		if (!work) {
			status = -1;
			break;
		}
		batch_reset(&work->batch);
		work->batch.file = name;
		if (!file_next(file, &work->batch)) {
			pool_return(pool, work);
			break;
		}
		status = pool_give(pool, work);
		tally->bytes = before + file_taken(file);
		progress_show(&scan->progress, tally->bytes, tally->records);
	}
	tally->bytes = before + file_taken(file);
	file_close(file);
	return status;
}

static int
scan_files(struct scan *scan, struct pool *pool, const struct files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct files_entry *entry = &files->list[i];

		if (entry->why)
			tally_skip(scan->tally, entry->name, entry->why);
		else if (scan_file(scan, pool, entry->name))
			return -1;
	}
	return pool_drain(pool);
}

/* All is read: what shows in several events together. */
static int
correlate(struct scan *scan)
{
	struct tally *tally = scan->tally;
	int status = 0;

	if (tally->events > tally->no_time)
		status =
		    scan_correlate_watermark(scan->correlate, tally->last_us);
	scan_correlate_count(scan->correlate, tally);
	scan_undecided_count(scan->undecided, scan->options->level, tally);
	return status;
}

int
pipeline_scan(const struct pipeline_options *options, const struct files *files,
    struct report *report, struct tally *tally, struct err *err)
{
	struct scan scan = {
	    .options = options, .report = report, .tally = tally, .err = err};
	struct geo *geo = NULL;
	struct pool *pool = NULL;
	int status = -1;

	if (options->geo_path && geo_open(&geo, options->geo_path, err))
		goto out;
	scan.seen = seen_new();
	scan.fired = seen_new();
	scan.undecided = scan_undecided_new(options->rules);
	scan.correlate =
	    scan_correlate_new(&(struct scan_correlate_options){.scan = options,
	        .undecided = scan.undecided,
	        .seed = seen_seed(scan.seen),
	        .found = finish_finding,
	        .context = &scan});
	tally->rules_loaded = rules_count(options->rules);
	tally->rules_refused = rules_refused(options->rules);
	progress_start(&scan.progress, options->progress, files->bytes);
	pool = pool_new(options, geo, seen_seed(scan.seen), finish, &scan);
	status = scan_files(&scan, pool, files);
	progress_end(&scan.progress);
	if (!status)
		status = correlate(&scan);
	if (!status && !options->found)
		status = report_end(report, tally, err);
out:
	pool_free(pool);
	geo_close(geo);
	seen_free(scan.seen);
	seen_free(scan.fired);
	scan_correlate_free(scan.correlate);
	scan_undecided_free(scan.undecided);
	buf_release(&scan.line);
	return status;
}
