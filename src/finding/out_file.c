/* output_file: findings in a file, one a line. */
#include <stdlib.h>

#include "base/alloc.h"
#include "finding/lines.h"
#include "finding/output.h"

struct file_config {
	struct output_common common;
	const char *path;
};

static const struct config_row rows[] = {
    OUTPUT_ROWS,
    {.name = "path",
        .type = CONFIG_PATH,
        .at = offsetof(struct file_config, path),
        .must = true,
        .help = "the file; it may be renamed at any time"},
};

static const struct config_table table = {
    .name = "output file",
    .help = "a file, one finding a line, synced before it counts as sent",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};

struct output {
	const char *path;
	/*
	 * Nothing was added yet: what was being written when we last ended may
	 * be there, and the file's last line says up to where.
	 */
	bool fresh;
};

static int
open_file(struct output **out, const struct output_place *place,
    const void *config, struct output_limits *limits, struct err *err)
{
	const struct file_config *file = config;
	struct output *output = xcalloc(1, sizeof(*output));

	(void)place;
	(void)err;
	output->path = file->path;
	output->fresh = true;
	limits->count = 1000;
	limits->bytes = 4u << 20;
	*out = output;
	return 0;
}

/* How many of the first are in the file: up to the one that is its last line.
 */
static int
count_written(const struct lines *lines, const struct output_item *items,
    size_t n, size_t *written, struct err *err)
{
	struct buf last = {0};
	int status = lines_last(lines, &last, err);

	*written = 0;
	for (size_t i = 0; !status && !*written && i < n; i++)
		if (slice_eq(items[i].text, buf_slice(&last)))
			*written = i + 1;
	buf_release(&last);
	return status;
}

static int
append(struct output *output, const struct output_item *items, size_t n,
    struct err *err)
{
	struct lines lines;
	struct buf text = {0};
	size_t written = 0;
	int status;

	if (lines_open(&lines, output->path, err))
		return -1;
	status =
	    output->fresh ? count_written(&lines, items, n, &written, err) : 0;
	for (size_t i = written; !status && i < n; i++) {
		buf_slice_add(&text, items[i].text);
		buf_char(&text, '\n');
	}
	if (!status)
		status = lines_add(&lines, buf_slice(&text), err);
	if (!status)
		output->fresh = false;
	buf_release(&text);
	lines_close(&lines);
	return status;
}

static void
send_file(struct output *output, const struct output_item *items, size_t n,
    struct output_result *result)
{
	struct err err;

	if (append(output, items, n, &err))
		output_again(result, &err);
}

static void
close_file(struct output *output)
{
	free(output);
}

const struct output_kind output_file = {
    .name = "file",
    .table = &table,
    .config_size = sizeof(struct file_config),
    .open = open_file,
    .send = send_file,
    .close = close_file,
};
