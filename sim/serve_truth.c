#include "serve_truth.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "story.h"
#include "json/build.h"
#include "json/json.h"

/* By content type, and what is in none. */
#define KINDS (CONTENT_TYPES + 1)

struct counts {
	uint64_t happened, available, copies, unpublished;
	uint64_t blobs, blob_records, served, served_records;
};

struct serve_truth {
	FILE *file;
	char *path;
	struct buf line;
	struct counts counts[KINDS];
};

struct serve_truth *
truth_open(const char *dir, struct err *err)
{
	struct serve_truth *truth = xcalloc(1, sizeof(*truth));

	if (asprintf(&truth->path, "%s/truth.ndjson", dir) < 0)
		abort();
	truth->file = fopen(truth->path, "we");
	if (truth->file)
		return truth;
	err_sys(err, "cannot write '%s'", truth->path);
	free(truth->path);
	free(truth);
	return NULL;
}

int
truth_close(struct serve_truth *truth, struct err *err)
{
	int status = 0;

	if (!truth)
		return 0;
	if (ferror(truth->file) | fclose(truth->file))
		status = err_sys(err, "cannot write '%s'", truth->path);
	buf_release(&truth->line);
	free(truth->path);
	free(truth);
	return status;
}

void
truth_flush(struct serve_truth *truth)
{
	fflush(truth->file);
}

void
truth_line(struct serve_truth *truth, struct slice line)
{
	fwrite(line.ptr, 1, line.len, truth->file);
	putc('\n', truth->file);
}

static void
add_time(struct buf *out, const char *key, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	json_text(out, key, time_format(time_us, room));
}

/* --- lines --- */

static void
add_copies(struct buf *out, const struct serve_event *event)
{
	char id[CONTENT_ID_MAX];
	size_t list;

	json_key(out, "available");
	buf_char(out, '[');
	for (unsigned i = 0; i < event->told; i++) {
		const struct event_copy *copy = &event->copies[i];

		list = json_open(out, NULL, '{');
		json_cstr(out, "path", copy->path);
		add_time(out, "at", copy->at_us);
		if (copy->created_us) {
			content_id(
			    id, &(struct content_name){event->tenant,
			            event->type, copy->created_us, copy->seq});
			json_cstr(out, "content", id);
		}
		json_close(out, list);
	}
	buf_char(out, ']');
}

static const char *
kind_name(unsigned kind)
{
	return kind < CONTENT_TYPES ? content_type_name((enum content_type)kind)
	                            : "other";
}

void
truth_event(struct serve_truth *truth, const struct serve_event *event,
    const char *const *paths)
{
	struct buf *out = &truth->line;
	size_t list;

	buf_clear(out);
	buf_char(out, '{');
	json_text(out, "event", event->id);
	json_u64(out, "tenant", event->tenant);
	json_cstr(out, "stream", stream_names[event->stream]);
	if (event->type < CONTENT_TYPES)
		json_cstr(out, "type", content_type_name(event->type));
	json_text(out, "operation", event->operation);
	json_text(out, "user", event->user);
	add_time(out, "time", event->time_us);
	story_facts(&event->truth, out);
	add_copies(out, event);
	list = json_open(out, "unpublished", '[');
	for (unsigned i = 0; event->unpublished >> i; i++)
		if (event->unpublished >> i & 1)
			json_cstr(out, NULL, paths[i]);
	json_close(out, list);
	if (event->pending > 0)
		json_u64(out, "pending", event->pending);
	buf_char(out, '}');
	truth_line(truth, buf_slice(out));
}

void
truth_blob(struct serve_truth *truth, const struct truth_blob *blob)
{
	struct buf *out = &truth->line;

	buf_clear(out);
	buf_char(out, '{');
	json_cstr(out, "blob", blob->id);
	json_u64(out, "tenant", blob->tenant);
	json_cstr(out, "type", content_type_name(blob->type));
	add_time(out, "created", blob->created_us);
	add_time(out, "expires", blob->expires_us);
	json_u64(out, "records", blob->records);
	json_u64(out, "bytes", blob->bytes);
	json_u64(out, "served", blob->served);
	json_u64(out, "malformed", blob->broken);
	json_cstr(out, "fate", blob->fate);
	buf_char(out, '}');
	truth_line(truth, buf_slice(out));
}

/* --- counts --- */

void
truth_happened(struct serve_truth *truth, const struct serve_event *event)
{
	truth->counts[event->type].happened++;
	truth->counts[event->type].unpublished += event->unpublished != 0;
}

void
truth_available(
    struct serve_truth *truth, const struct serve_event *event, bool first)
{
	truth->counts[event->type].available += first;
	truth->counts[event->type].copies++;
}

void
truth_blob_made(
    struct serve_truth *truth, enum content_type type, uint32_t records)
{
	truth->counts[type].blobs++;
	truth->counts[type].blob_records += records;
}

void
truth_blob_served(
    struct serve_truth *truth, enum content_type type, uint32_t records)
{
	truth->counts[type].served++;
	truth->counts[type].served_records += records;
}

static void
add_counts(struct buf *out, const char *key, const struct counts *c)
{
	size_t object = json_open(out, key, '{');

	json_u64(out, "happened", c->happened);
	json_u64(out, "available", c->available);
	json_u64(out, "copies", c->copies);
	json_u64(out, "unpublished", c->unpublished);
	json_u64(out, "blobs", c->blobs);
	json_u64(out, "blob_records", c->blob_records);
	json_u64(out, "served", c->served);
	json_u64(out, "served_records", c->served_records);
	json_close(out, object);
}

void
truth_counts(const struct serve_truth *truth, struct buf *out)
{
	struct counts sum = {0};
	size_t object;

	for (int i = 0; i < KINDS; i++) {
		const struct counts *c = &truth->counts[i];

		sum.happened += c->happened;
		sum.available += c->available;
		sum.copies += c->copies;
		sum.unpublished += c->unpublished;
		sum.blobs += c->blobs;
		sum.blob_records += c->blob_records;
		sum.served += c->served;
		sum.served_records += c->served_records;
	}
	add_counts(out, "all", &sum);
	object = json_open(out, "types", '{');
	for (unsigned i = 0; i < KINDS; i++)
		add_counts(out, kind_name(i), &truth->counts[i]);
	json_close(out, object);
}
