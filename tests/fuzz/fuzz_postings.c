#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/postings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS ((uint64_t)4 * POSTINGS_ROWS)

static const unsigned char columns[SHA256_LEN];
static bool blocks[POSTINGS_BLOCKS_MAX];
static char path[64];

/* Each line is a value: its first byte is the column and the block. */
static void
each_value(struct slice lines, struct postings_writer *w, struct postings *p)
{
	while (lines.len) {
		struct slice value = slice_cut(&lines, '\n');
		unsigned first = value.len ? (unsigned char)*value.ptr : 0;
		enum postings_column column = first / 4 % POSTINGS_COLUMNS;

		if (w)
			postings_add(w, (uint64_t)(first % 4) * POSTINGS_ROWS,
			    column, value);
		else if (!postings_find(p, column, value, blocks) ||
		         !blocks[first % 4])
			abort();
		memset(blocks, 0, 4);
	}
}

/* What was added is found; what is damaged is refused, or harmless. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice lines = slice_of(data, size);
	struct postings_writer *w = postings_writer_new(columns, ROWS);
	struct postings *p;
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/fuzz-%ld.postings", (long)getpid());
	each_value(lines, w, NULL);
	if (postings_write(w, path, NULL))
		abort();
	postings_writer_free(w);
	p = postings_open(path, columns, ROWS);
	if (!p)
		abort();
	each_value(lines, NULL, p);
	postings_close(p);

	file = fopen(path, "r+b");
	if (!file)
		abort();
	fseek(file, size > 1 ? data[0] % 80 : 0, SEEK_SET);
	fwrite(data, 1, size, file);
	fclose(file);
	p = postings_open(path, columns, ROWS);
	if (p)
		postings_find(p, POSTINGS_IP, slice_of(data, size), blocks);
	postings_close(p);
	memset(blocks, 0, sizeof(blocks));
	unlink(path);
	return 0;
}
