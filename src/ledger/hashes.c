#include "ledger/hashes.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/dir.h"

#define FILES (MERKLE_LEVELS / HASHES_STEP)
#define RUN   ((size_t)1 << HASHES_STEP) /* nodes under one that is kept */
/* A file cannot have so many hashes. */
#define INDEX_MAX ((uint64_t)INT64_MAX / SHA256_LEN - RUN)

struct hashes {
	char *dir; /* owned */
	bool write;
	bool broken; /* a write failed: what the files hold is unknown */
	/* Level i * HASHES_STEP; -1: there is none. */
	int files[FILES];
	uint64_t had[FILES]; /* whole hashes in the file; of one that writes */
	struct sha256 *sha;
	struct merkle_edge edge; /* of what was written */
	struct merkle_hash *run; /* RUN of them, for computing; owned */
	/* Nodes on their way into a file; owned. */
	struct merkle_hash *above[FILES];
	size_t above_count[FILES], above_size[FILES];
};

struct nodes {
	const struct merkle_hash *list;
	size_t count;
};

/* Opens the file of a level; one that is missing is made, or stays -1. */
static int
open_level(struct hashes *hashes, unsigned i, struct err *err)
{
	int flags = hashes->write ? O_RDWR | O_CREAT : O_RDONLY;
	char *path = NULL;
	struct stat st;
	int status = 0;

	if (hashes->files[i] >= 0)
		return 0;
	if (asprintf(&path, "%s/%u", hashes->dir, i * HASHES_STEP) < 0)
		abort();
	hashes->files[i] = open(path, flags | O_CLOEXEC, 0644);
	if (hashes->files[i] < 0 && (hashes->write || errno != ENOENT))
		status = err_sys(err, "cannot open '%s'", path);
	else if (hashes->files[i] >= 0 && fstat(hashes->files[i], &st))
		status = err_sys(err, "cannot look at '%s'", path);
	else if (hashes->files[i] >= 0)
		hashes->had[i] = (uint64_t)st.st_size / SHA256_LEN;
	free(path);
	return status;
}

int
hashes_open(struct hashes **out, const char *dir, bool write, struct err *err)
{
	struct hashes *hashes = xcalloc(1, sizeof(*hashes));

	*out = NULL;
	hashes->write = write;
	hashes->sha = sha256_new();
	hashes->run = xcalloc(RUN, sizeof(*hashes->run));
	for (unsigned i = 0; i < FILES; i++)
		hashes->files[i] = -1;
	if (asprintf(&hashes->dir, "%s/hash", dir) < 0)
		abort();
	if (write && mkdir(hashes->dir, 0755) && errno != EEXIST) {
		err_sys(err, "cannot make '%s'", hashes->dir);
		goto fail;
	}
	for (unsigned i = 0; i < (write ? 1 : FILES); i++)
		if (open_level(hashes, i, err))
			goto fail;
	*out = hashes;
	return 0;
fail:
	hashes_close(hashes);
	return -1;
}

void
hashes_close(struct hashes *hashes)
{
	if (!hashes)
		return;
	for (unsigned i = 0; i < FILES; i++) {
		if (hashes->files[i] >= 0)
			close(hashes->files[i]);
		free(hashes->above[i]);
	}
	sha256_free(hashes->sha);
	free(hashes->run);
	free(hashes->dir);
	free(hashes);
}

/* --- bytes --- */

static int
put_nodes(struct hashes *hashes, unsigned i, uint64_t first,
    const struct merkle_hash *nodes, size_t count, struct err *err)
{
	const char *p = (const char *)nodes;
	size_t left = count * SHA256_LEN;
	off_t at = (off_t)(first * SHA256_LEN);

	while (left) {
		ssize_t n = pwrite(hashes->files[i], p, left, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(err, "cannot write '%s/%u'", hashes->dir,
			    i * HASHES_STEP);
		p += n;
		at += n;
		left -= (size_t)n;
	}
	if (hashes->had[i] < first + count)
		hashes->had[i] = first + count;
	return 0;
}

static int
read_nodes(struct hashes *hashes, unsigned i, uint64_t first,
    struct merkle_hash *nodes, size_t count, struct err *err)
{
	char *p = (char *)nodes;
	size_t left = count * SHA256_LEN;
	off_t at = (off_t)(first * SHA256_LEN);

	/* A writer may have made it since. */
	if (left && open_level(hashes, i, err))
		return -1;
	while (left) {
		/* Who asks may have the size of the tree from outside. */
		bool there = hashes->files[i] >= 0 && first < INDEX_MAX;
		ssize_t n = there ? pread(hashes->files[i], p, left, at) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "cannot read '%s/%u'", hashes->dir,
			    i * HASHES_STEP);
		if (!n)
			return err_set(err, ERR_CORRUPT,
			    "'%s/%u' ends before hash %ju", hashes->dir,
			    i * HASHES_STEP, (uintmax_t)(first + count - 1));
		p += n;
		at += n;
		left -= (size_t)n;
	}
	return 0;
}

/* --- writing --- */

/*
 * Compares with what the file has; `there` becomes how many of the nodes, from
 * the first, are there already.  Of a file that was not synced a power cut
 * leaves zeros; anything else that differs is damage.
 */
static int
check_nodes(struct hashes *hashes, unsigned i, uint64_t first,
    struct nodes nodes, size_t *there, struct err *err)
{
	static const struct merkle_hash lost;

	*there = nodes.count;
	for (size_t at = 0, n; at < nodes.count; at += n) {
		n = nodes.count - at < RUN ? nodes.count - at : RUN;
		if (read_nodes(hashes, i, first + at, hashes->run, n, err))
			return -1;
		for (size_t k = 0; k < n; k++) {
			if (merkle_eq(&hashes->run[k], &nodes.list[at + k]))
				continue;
			if (!merkle_eq(&hashes->run[k], &lost))
				return err_set(err, ERR_CORRUPT,
				    "'%s/%u': hash %ju is not that of its "
				    "records",
				    hashes->dir, i * HASHES_STEP,
				    (uintmax_t)(first + at + k));
			if (*there > at + k)
				*there = at + k;
		}
	}
	return 0;
}

static int
write_nodes(struct hashes *hashes, unsigned i, uint64_t first,
    struct nodes nodes, struct err *err)
{
	struct nodes old = nodes;
	size_t there = 0;

	if (open_level(hashes, i, err))
		return -1;
	if (first < hashes->had[i]) {
		if (old.count > hashes->had[i] - first)
			old.count = hashes->had[i] - first;
		if (check_nodes(hashes, i, first, old, &there, err))
			return -1;
	}
	return put_nodes(hashes, i, first + there, nodes.list + there,
	    nodes.count - there, err);
}

static void
add_above(struct hashes *hashes, unsigned i, const struct merkle_hash *node)
{
	if (hashes->above_count[i] == hashes->above_size[i]) {
		hashes->above_size[i] = hashes->above_size[i] * 2 + RUN;
		hashes->above[i] = xrealloc(hashes->above[i],
		    hashes->above_size[i] * sizeof(*hashes->above[i]));
	}
	hashes->above[i][hashes->above_count[i]++] = *node;
}

/* The edge that the leaves go on from: from the files, if it is not at hand. */
static int
move_edge(struct hashes *hashes, uint64_t size, struct err *err)
{
	struct merkle_source source = hashes_source(hashes);
	struct merkle_edge edge;

	if (hashes->edge.size == size)
		return 0;
	if (merkle_edge_read(size, &source, &edge, err))
		return -1;
	hashes->edge = edge;
	return 0;
}

static int
write_levels(
    struct hashes *hashes, uint64_t first, struct nodes leaves, struct err *err)
{
	if (write_nodes(hashes, 0, first, leaves, err))
		return -1;
	for (unsigned i = 1; i < FILES; i++) {
		struct nodes nodes = {hashes->above[i], hashes->above_count[i]};
		uint64_t behind = hashes->edge.size >> i * HASHES_STEP;

		if (nodes.count &&
		    write_nodes(hashes, i, behind - nodes.count, nodes, err))
			return -1;
	}
	return 0;
}

int
hashes_write(struct hashes *hashes, uint64_t first,
    const struct merkle_hash *leaves, size_t count, struct err *err)
{
	struct merkle_hash done[MERKLE_LEVELS];

	assert(hashes->write && first <= INDEX_MAX - count);
	if (hashes->broken)
		return err_set(err, ERR_SYSTEM,
		    "'%s' was not written whole before; open the ledger again",
		    hashes->dir);
	if (move_edge(hashes, first, err))
		return -1;
	hashes->broken = true;
	memset(hashes->above_count, 0, sizeof(hashes->above_count));
	for (size_t k = 0; k < count; k++) {
		unsigned n =
		    merkle_append(hashes->sha, &hashes->edge, &leaves[k], done);

		for (size_t i = 1; i * HASHES_STEP < n; i++)
			add_above(hashes, (unsigned)i, &done[i * HASHES_STEP]);
	}
	if (write_levels(hashes, first, (struct nodes){leaves, count}, err))
		return -1;
	hashes->broken = false;
	return 0;
}

void
hashes_tree(const struct hashes *hashes, struct merkle_head *tree)
{
	tree->size = hashes->edge.size;
	merkle_root(hashes->sha, &hashes->edge, &tree->root);
}

int
hashes_sync(struct hashes *hashes, struct err *err)
{
	for (unsigned i = 0; i < FILES; i++) {
		/* A writer may have made it since. */
		if (!hashes->write && open_level(hashes, i, err))
			return -1;
		if (hashes->files[i] >= 0 && fdatasync(hashes->files[i]))
			return err_sys(err, "cannot sync '%s/%u'", hashes->dir,
			    i * HASHES_STEP);
	}
	return dir_sync(hashes->dir, err);
}

static int
cut_level(struct hashes *hashes, unsigned i, uint64_t count, struct err *err)
{
	char *path = NULL;
	int status = 0;

	if (asprintf(&path, "%s/%u", hashes->dir, i * HASHES_STEP) < 0)
		abort();
	if (hashes->files[i] >= 0 || !access(path, F_OK))
		status = open_level(hashes, i, err);
	if (!status && hashes->files[i] >= 0 && hashes->had[i] >= count) {
		hashes->had[i] = count;
		if (ftruncate(hashes->files[i], (off_t)(count * SHA256_LEN)))
			status = err_sys(err, "cannot cut '%s'", path);
	}
	free(path);
	return status;
}

int
hashes_cut(struct hashes *hashes, uint64_t size, struct err *err)
{
	assert(hashes->write && hashes->edge.size <= size);
	for (unsigned i = 0; i < FILES; i++)
		if (cut_level(hashes, i, size >> i * HASHES_STEP, err))
			return -1;
	return hashes_sync(hashes, err);
}

/* --- reading --- */

int
hashes_read(struct hashes *hashes, uint64_t first, struct merkle_hash *leaves,
    size_t count, struct err *err)
{
	return read_nodes(hashes, 0, first, leaves, count, err);
}

int
hashes_count(struct hashes *hashes, uint64_t *count, struct err *err)
{
	struct stat st = {0};

	if (open_level(hashes, 0, err))
		return -1;
	if (hashes->files[0] >= 0 && fstat(hashes->files[0], &st))
		return err_sys(err, "cannot read '%s/0'", hashes->dir);
	*count = (uint64_t)st.st_size / SHA256_LEN;
	return 0;
}

/* A node of any level: from the kept ones below it. */
static int
read_node(void *ctx, unsigned level, uint64_t index, struct merkle_hash *hash,
    struct err *err)
{
	struct hashes *hashes = ctx;
	unsigned up = level % HASHES_STEP;
	size_t count = (size_t)1 << up;

	if (read_nodes(hashes, level / HASHES_STEP, index << up, hashes->run,
	        count, err))
		return -1;
	for (; count > 1; count /= 2)
		for (size_t k = 0; k < count / 2; k++)
			merkle_node(hashes->sha, &hashes->run[2 * k],
			    &hashes->run[2 * k + 1], &hashes->run[k]);
	*hash = hashes->run[0];
	return 0;
}

struct merkle_source
hashes_source(struct hashes *hashes)
{
	return (struct merkle_source){read_node, hashes};
}
