#include "writer_output.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define FLUSH_AT ((size_t)1 << 20)

static void
fail(struct output *out, const char *what)
{
	if (!out->failed)
		err_sys(&out->err, "cannot %s '%s'", what, out->count.path);
	out->failed = true;
}

static void
flush(struct output *out)
{
	const char *p = out->buf.ptr;
	size_t left = out->buf.len;

	while (left > 0 && !out->failed) {
		ssize_t n = out->gz ? gzwrite(out->gz, p, (unsigned)left)
		                    : write(out->fd, p, left);

		if (n <= 0) {
			fail(out, "write");
			break;
		}
		p += n;
		left -= (size_t)n;
	}
	out->count.bytes += out->buf.len;
	buf_clear(&out->buf);
}

void
output_open(struct output *out, const char *dir, const char *path,
    enum wrapping wrapping)
{
	size_t len = strlen(path);
	char full[4096];

	*out = (struct output){.wrapping = wrapping, .fd = -1};
	out->rng.state = rng_mix(len, (uint64_t)wrapping);
	snprintf(out->count.path, sizeof(out->count.path), "%s", path);
	snprintf(full, sizeof(full), "%s/%s", dir, path);
	out->fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (out->fd < 0) {
		fail(out, "create");
		return;
	}
	if (len > 3 && strcmp(path + len - 3, ".gz") == 0) {
		out->gz = gzdopen(out->fd, "wb6");
		if (!out->gz)
			fail(out, "compress");
	}
	if (wrapping == WRAP_CSV)
		buf_str(&out->buf, "\xef\xbb\xbf"
		                   "CreationDate,UserIds,Operations,"
		                   "AuditData\r\n");
	else if (wrapping == WRAP_VALUE)
		buf_str(&out->buf, "{\"value\":[");
}

bool
output_is_open(const struct output *out)
{
	return out->fd >= 0;
}

static void
add_csv_cell(struct buf *buf, struct slice cell)
{
	const char *quote;

	buf_char(buf, '"');
	while (cell.len > 0 && (quote = memchr(cell.ptr, '"', cell.len))) {
		size_t n = (size_t)(quote - cell.ptr) + 1;

		buf_add(buf, cell.ptr, n);
		buf_char(buf, '"');
		cell = slice_skip(cell, n);
	}
	buf_slice_add(buf, cell);
	buf_char(buf, '"');
}

static void
add_csv(struct buf *buf, const struct sim_record *record)
{
	char time[20];

	text_time(time, record->time_us);
	buf_printf(buf, "%s.0000000Z,", time);
	add_csv_cell(buf, record->user);
	buf_char(buf, ',');
	add_csv_cell(buf, record->operation);
	buf_char(buf, ',');
	add_csv_cell(buf, record->bytes);
	buf_str(buf, "\r\n");
}

/* A message of Event Hub holds one record or some. */
static void
add_hub(struct output *out, const struct sim_record *record)
{
	struct buf *buf = &out->buf;

	if (out->in_line > 0 && rng_percent(&out->rng, 40)) {
		buf_str(buf, "]}\n");
		out->in_line = 0;
	}
	buf_str(buf, out->in_line++ > 0 ? "," : "{\"records\":[");
	buf_slice_add(buf, record->bytes);
}

void
output_add(struct output *out, const struct sim_record *record)
{
	if (out->failed)
		return;
	switch (out->wrapping) {
	case WRAP_LINES:
		buf_slice_add(&out->buf, record->bytes);
		buf_char(&out->buf, '\n');
		break;
	case WRAP_VALUE:
		if (out->count.records > 0)
			buf_char(&out->buf, ',');
		buf_slice_add(&out->buf, record->bytes);
		break;
	case WRAP_HUB:
		add_hub(out, record);
		break;
	case WRAP_CSV:
		add_csv(&out->buf, record);
		break;
	}
	out->count.records++;
	if (out->buf.len >= FLUSH_AT)
		flush(out);
}

int
output_close(struct output *out, struct err *err)
{
	if (out->fd < 0 && !out->failed)
		return 0;
	if (out->wrapping == WRAP_VALUE || out->in_line > 0)
		buf_str(&out->buf, "]}\n");
	if (!out->failed)
		flush(out);
	if (out->gz) {
		if (gzclose(out->gz) != Z_OK)
			fail(out, "close");
	} else if (out->fd >= 0 && close(out->fd) < 0) {
		fail(out, "close");
	}
	out->fd = -1;
	buf_release(&out->buf);
	if (!out->failed)
		return 0;
	if (err)
		*err = out->err;
	return -1;
}
