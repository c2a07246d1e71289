#include "writer_truth.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "json/build.h"

void
writer_truth_add(struct writer_truth *truth, const struct sim_record *record,
    bool unpublished)
{
	struct buf *out = &truth->text;
	size_t start = out->len;
	char room[TIME_TEXT_MAX];

	buf_str(out, "\n{");
	json_text(out, "event", record->id);
	json_u64(out, "tenant", record->stream == STREAM_AUDIT_TEST);
	json_cstr(out, "stream", stream_names[record->stream]);
	json_text(out, "operation", record->operation);
	json_text(out, "user", record->user);
	json_text(out, "time", time_format(record->time_us, room));
	story_facts(&record->truth, out);
	if (unpublished) {
		json_key(out, "unpublished");
		buf_str(out, "true");
	}
	buf_char(out, '}');
	truth->lines =
	    xrealloc(truth->lines, (truth->n + 1) * sizeof(*truth->lines));
	truth->lines[truth->n++] = (struct writer_truth_line){
	    record->time_us, start + 1, out->len - start - 1};
}

static int
by_time(const void *a, const void *b)
{
	const struct writer_truth_line *x = a, *y = b;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void
write_lines(struct writer_truth *truth, const struct drops *drops, FILE *file)
{
	struct buf line = {0};

	for (size_t i = 0; i < truth->n_stories; i++) {
		buf_clear(&line);
		story_line(&truth->stories[i], &line);
		buf_char(&line, '\n');
		fwrite(line.ptr, 1, line.len, file);
	}
	buf_clear(&line);
	if (drops)
		drops_lines(drops, &line);
	if (line.len > 0)
		fwrite(line.ptr, 1, line.len, file);
	buf_release(&line);
	if (truth->n > 0)
		qsort(truth->lines, truth->n, sizeof(*truth->lines), by_time);
	for (size_t i = 0; i < truth->n; i++) {
		fwrite(truth->text.ptr + truth->lines[i].at, 1,
		    truth->lines[i].len, file);
		putc('\n', file);
	}
}

int
writer_truth_write(struct writer_truth *truth, const char *dir,
    const struct drops *drops, struct err *err)
{
	char path[4096];
	FILE *file;

	if (truth->n_stories == 0 && (!drops || drops->n == 0))
		return 0;
	snprintf(path, sizeof(path), "%s/.truth.ndjson", dir);
	file = fopen(path, "we");
	if (!file)
		return err_sys(err, "cannot create '%s'", path);
	write_lines(truth, drops, file);
	if (ferror(file) | fclose(file))
		return err_sys(err, "cannot write '%s'", path);
	return 0;
}

void
writer_truth_release(struct writer_truth *truth)
{
	buf_release(&truth->text);
	free(truth->lines);
}
