#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "source/file.h"
#include "source/unwrap.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct batch *batch, uint64_t *line)
{
	size_t end = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const struct cut *cut = &batch->cuts[i];

		/* in order, apart, inside, and a bad one says why */
		if (cut->at < end || cut->at + cut->len > batch->bytes.len)
			abort();
		if ((cut->kind == CUT_BAD) != (cut->why != NULL))
			abort();
		if (cut->kind != CUT_BAD && !cut->len)
			abort();
		if (cut->line && cut->line < *line)
			abort();
		if (cut->kind == CUT_ROW) {
			struct buf out = {0};
			struct arena arena = {0};

			if (!batch->header)
				abort();
			unwrap_row(batch->header,
			    slice_of(batch->bytes.ptr + cut->at, cut->len),
			    &arena, &out);
			buf_release(&out);
			arena_release(&arena);
		}
		end = cut->at + cut->len;
		*line = cut->line;
	}
	for (size_t i = 0; i < JSON_PADDING; i++)
		if (batch->bytes.ptr[batch->bytes.len + i])
			abort();
}

/* Any bytes as a file: it ends, and its cuts are in order and inside. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", 0);
	struct batch batch = {0};
	struct file *file = NULL;
	uint64_t line = 0;
	struct err err;
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!file_open(&file, path, &err)) {
		while (file_next(file, &batch)) {
			if (file_no_log(file) && !batch.count)
				abort();
			check(&batch, &line);
			batch_reset(&batch);
		}
	}
	file_close(file);
	batch_release(&batch);
	close(fd);
	return 0;
}
