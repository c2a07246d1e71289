#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "coverage/packed.h"
#include "coverage/told_part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_US INT64_C(1700000000000000)

static const struct told_options options = {
    .origin = SLICE_INIT("log.fuzz"), .now_us = NOW_US, .back_us = NOW_US};

/* A file of one block with these lines. */
static void
make_file(struct buf *out, struct slice lines)
{
	unsigned char chain[SHA256_LEN] = {0}, digest[SHA256_LEN];
	struct buf block = {0}, hashed = {0};

	buf_str(&block, "firn-told/1\n");
	packed_put_text(&block, options.origin);
	packed_put_time(&block, 0);
	packed_put_number(&block, 0);
	packed_put_number(&block, 1);
	buf_slice_add(&block, lines);
	buf_add(&hashed, chain, sizeof(chain));
	buf_slice_add(&hashed, buf_slice(&block));
	sha256(buf_slice(&hashed), digest);
	packed_put_text(out, buf_slice(&block));
	buf_add(out, digest, sizeof(digest));
	buf_release(&block);
	buf_release(&hashed);
}

static void
expect_same_group(const struct told_group *x, const struct told_group *y)
{
	if (x->ways != y->ways)
		abort();
	for (unsigned way = 0; way < PATHS_MAX; way++)
		if ((x->ways >> way & 1) && x->since[way] != y->since[way])
			abort();
}

static void
expect_same(const struct told *a, const struct told *b)
{
	if (told_way_count(a) != told_way_count(b) ||
	    told_group_count(a) != told_group_count(b) ||
	    told_teller_count(a) != told_teller_count(b) ||
	    paths_count(a->paths) != paths_count(b->paths))
		abort();
	for (size_t i = 0; i < told_group_count(a); i++)
		expect_same_group(told_group(a, i), told_group(b, i));
}

/* What can be read is the same when it is written and read again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told *one = told_new(&options), *two = told_new(&options);
	struct buf file = {0}, again = {0};

	make_file(&file, slice_of(data, size));
	if (told_parse(one, buf_slice(&file))) {
		told_print(one, &again);
		if (!told_parse(two, buf_slice(&again)))
			abort();
		expect_same(one, two);
	}
	told_free(one);
	told_free(two);
	buf_release(&file);
	buf_release(&again);
	return 0;
}
