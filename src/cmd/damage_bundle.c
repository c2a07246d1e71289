#include "cmd/damage_bundle.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/utf8.h"
#include "incident/damage_words.h"
#include "ledger/frame.h"
#include "json/build.h"
#include "json/json.h"

/*
 * The record that closes a delivery stands behind its last item.  It is looked
 * for in so many records behind the last that the report rests on; the opening
 * record has the hash of a file, so little is lost without it.
 */
#define CLOSING_WITHIN 200000

/* Nodes that are kept of a level; a power of two. */
#define NODES_KEPT 4

/* A delivery that evidence came by. */
struct delivery {
	uint64_t index, last; /* its opening record; its last one in evidence */
	uint64_t closed;      /* NO_ACT: not found */
};

/*
 * The nodes of each level that were read last.  Records come in their order, so
 * neighbours share most of their paths, and the ledger keeps only every eighth
 * level: others cost up to 128 hashes each time.
 */
struct kept_node {
	bool known;
	uint64_t index;
	struct merkle_hash hash;
};

struct nodes {
	struct merkle_source source;
	struct kept_node kept[MERKLE_LEVELS][NODES_KEPT];
};

struct bundle {
	const struct damage_report *report;
	struct nodes nodes;
	struct damage_bundle *found;
	uint64_t *evidence;
	size_t evidence_count;
	struct delivery *deliveries; /* by index */
	size_t delivery_count;
	struct json_parser *parser;
	struct buf text;
	struct sha256 *sha, *sum; /* of leaves; of what was written */
	FILE *out;
};

static int
by_index(const void *a, const void *b)
{
	const struct delivery *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return (x->last > y->last) - (x->last < y->last);
}

/* --- deliveries --- */

static bool
is_own(struct slice source)
{
	struct slice own = SLICE("firn/");

	return source.len >= own.len && !memcmp(source.ptr, own.ptr, own.len);
}

/* Sorted, each once, with its last record. */
static void
sort_deliveries(struct bundle *b)
{
	struct delivery *list = b->deliveries;
	size_t n = 0;

	if (b->delivery_count)
		qsort(list, b->delivery_count, sizeof(*list), by_index);
	for (size_t i = 0; i < b->delivery_count; i++) {
		if (n && list[n - 1].index == list[i].index)
			n--;
		list[n++] = list[i];
	}
	b->delivery_count = n;
}

static int
find_deliveries(struct bundle *b, struct err *err)
{
	b->deliveries = xcalloc(b->evidence_count + 1, sizeof(*b->deliveries));
	for (size_t i = 0; i < b->evidence_count; i++) {
		struct stream stream;
		struct frame frame;

		if (view_record(
		        b->report->view, b->evidence[i], &frame, &stream, err))
			return -1;
		if (is_own(stream.source))
			continue;
		b->deliveries[b->delivery_count++] =
		    (struct delivery){frame.delivery, b->evidence[i], NO_ACT};
	}
	sort_deliveries(b);
	return 0;
}

/* A firn/delivered record: does it close one of ours? */
static int
see_closing(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct bundle *b = ctx;
	struct json root;
	int64_t opened;

	(void)err;
	if (frame->erased || !slice_eq(stream->source, SLICE("firn/delivered")))
		return 0;
	buf_clear(&b->text);
	buf_slice_add(&b->text, frame->raw);
	memset(buf_reserve(&b->text, JSON_PADDING), 0, JSON_PADDING);
	if (json_parse(b->parser, buf_slice(&b->text), &root, NULL) !=
	        JSON_OK ||
	    !json_to_i64(JSON_GET(root, "delivery"), &opened) || opened < 0)
		return 0;
	for (size_t i = 0; i < b->delivery_count; i++)
		if (b->deliveries[i].index == (uint64_t)opened &&
		    b->deliveries[i].closed == NO_ACT)
			b->deliveries[i].closed = index;
	return 0;
}

static int
by_last(const void *a, const void *b)
{
	const struct delivery *x = a, *y = b;

	return (x->last > y->last) - (x->last < y->last);
}

/* Walks what lies behind the last records, no record twice. */
static int
find_closings(struct bundle *b, struct err *err)
{
	uint64_t size = b->report->damage->size, walked = 0;
	int status = 0;

	if (b->delivery_count)
		qsort(b->deliveries, b->delivery_count, sizeof(*b->deliveries),
		    by_last);
	for (size_t i = 0; !status && i < b->delivery_count; i++) {
		uint64_t first = b->deliveries[i].last + 1;
		uint64_t end = first + CLOSING_WITHIN;

		if (b->deliveries[i].closed != NO_ACT)
			continue;
		if (end > size)
			end = size;
		if (first < walked)
			first = walked;
		if (first < end) {
			status = view_walk(
			    b->report->view, first, end, see_closing, b, err);
			walked = end;
		}
	}
	for (size_t i = 0; i < b->delivery_count; i++)
		b->found->unclosed += b->deliveries[i].closed == NO_ACT;
	return status;
}

/* --- lines --- */

static void
add_salt(struct buf *out, const struct frame *frame)
{
	json_key(out, "salt");
	if (frame->erased) {
		buf_str(out, "null");
		return;
	}
	buf_char(out, '"');
	for (size_t i = 0; i < LEAF_SALT_LEN; i++)
		buf_printf(out, "%02x", frame->salt[i]);
	buf_char(out, '"');
}

static void
add_raw(struct buf *out, struct slice raw)
{
	bool text = utf8_good(raw) == raw.len;

	json_key(out, text ? "raw" : "raw64");
	if (text) {
		json_add_str(out, raw);
		return;
	}
	buf_char(out, '"');
	base64_add(out, raw.ptr, raw.len);
	buf_char(out, '"');
}

static int
read_node(void *ctx, unsigned level, uint64_t index, struct merkle_hash *hash,
    struct err *err)
{
	struct nodes *nodes = ctx;
	struct kept_node *node = &nodes->kept[level][index % NODES_KEPT];

	if (!node->known || node->index != index) {
		node->known = false;
		if (nodes->source.read(
		        nodes->source.ctx, level, index, &node->hash, err))
			return -1;
		node->known = true;
		node->index = index;
	}
	*hash = node->hash;
	return 0;
}

static int
add_path(struct bundle *b, struct buf *out, uint64_t index, struct err *err)
{
	struct merkle_source source = {read_node, &b->nodes};
	struct merkle_hash hashes[MERKLE_PROOF_MAX];
	struct merkle_path path;

	merkle_inclusion_path(index, b->report->damage->size, &path);
	if (merkle_path_hashes(b->sha, &path, &source, hashes, err))
		return -1;
	json_key(out, "path");
	buf_char(out, '[');
	for (size_t i = 0; i < path.count; i++) {
		json_key(out, NULL);
		buf_char(out, '"');
		base64_add(out, hashes[i].bytes, sizeof(hashes[i].bytes));
		buf_char(out, '"');
	}
	buf_char(out, ']');
	return 0;
}

/* The path is asked for first: what a view returned is good until then. */
static int
add_line(struct bundle *b, struct buf *out, uint64_t index, const char *why,
    struct err *err)
{
	struct buf path = {0}, leaf = {0};
	struct merkle_hash hash;
	struct stream stream;
	struct frame frame;
	int status = add_path(b, &path, index, err);

	if (!status)
		status =
		    view_record(b->report->view, index, &frame, &stream, err);
	if (!status && frame_leaf(b->sha, &frame, &stream, &leaf, &hash))
		status = err_set(err, ERR_CORRUPT,
		    "record %" PRIu64 " has no valid leaf", index);
	if (!status) {
		size_t open = json_open(out, NULL, '{');

		json_u64(out, "index", index);
		json_cstr(out, "for", why);
		add_salt(out, &frame);
		json_text(out, "leaf", buf_slice(&leaf));
		buf_char(out, ',');
		buf_slice_add(out, buf_slice(&path));
		if (!frame.erased)
			add_raw(out, frame.raw);
		json_close(out, open);
		buf_char(out, '\n');
		b->found->records++;
		b->found->erased += frame.erased;
	}
	buf_release(&path);
	buf_release(&leaf);
	return status;
}

static int
write_line(struct bundle *b, uint64_t index, const char *why, struct err *err)
{
	struct buf line = {0};
	int status = add_line(b, &line, index, why, err);

	if (!status && fwrite(line.ptr, 1, line.len, b->out) != line.len)
		status = err_sys(err, "cannot write the records");
	if (!status)
		sha256_add(b->sum, line.ptr, line.len);
	buf_release(&line);
	return status;
}

/* --- all of them --- */

struct wanted {
	uint64_t index;
	const char *why;
};

/* Evidence comes before what else it may be. */
static int
by_wanted(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return strcmp(y->why, x->why);
}

static int
write_all(struct bundle *b, struct err *err)
{
	struct wanted *list = xcalloc(
	    b->evidence_count + 2 * b->delivery_count + 1, sizeof(*list));
	size_t n = 0;
	int status = 0;

	for (size_t i = 0; i < b->evidence_count; i++)
		list[n++] = (struct wanted){b->evidence[i], "evidence"};
	for (size_t i = 0; i < b->delivery_count; i++) {
		const struct delivery *delivery = &b->deliveries[i];

		list[n++] = (struct wanted){delivery->index, "delivery"};
		if (delivery->closed != NO_ACT)
			list[n++] =
			    (struct wanted){delivery->closed, "delivered"};
	}
	if (n)
		qsort(list, n, sizeof(*list), by_wanted);
	for (size_t i = 0; !status && i < n; i++)
		if (!i || list[i].index != list[i - 1].index)
			status = write_line(b, list[i].index, list[i].why, err);
	free(list);
	return status;
}

int
damage_bundle_records(FILE *out, const struct damage_report *report,
    struct damage_bundle *found, unsigned char digest[SHA256_LEN],
    struct err *err)
{
	struct bundle b = {.report = report,
	    .nodes = {.source = view_source(report->view)},
	    .found = found,
	    .parser = json_parser_new(),
	    .sha = sha256_new(),
	    .sum = sha256_new(),
	    .out = out};
	int status = 0;

	*found = (struct damage_bundle){0};
	b.evidence = damage_records(report->damage, &b.evidence_count);
	sha256_begin(b.sum);
	if (b.evidence_count &&
	    b.evidence[b.evidence_count - 1] >= report->damage->size)
		status = err_set(err, ERR_CORRUPT,
		    "record %" PRIu64 " is not one of the %" PRIu64
		    " that were assessed",
		    b.evidence[b.evidence_count - 1], report->damage->size);
	if (!status)
		status = find_deliveries(&b, err);
	if (!status)
		status = find_closings(&b, err);
	if (!status)
		status = write_all(&b, err);
	sha256_end(b.sum, digest);
	json_parser_free(b.parser);
	buf_release(&b.text);
	sha256_free(b.sha);
	sha256_free(b.sum);
	free(b.evidence);
	free(b.deliveries);
	return status;
}
