/*
 * The ledger's formats against what others made: transparency-dev/merkle,
 * Tessera, Sunlight and Go's sumdb/note.  The data is not part of the project:
 * FIRN_DATA names it, ../shared/data else; where it is not, these tests are
 * skipped.
 */
#include <fts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base64.h"
#include "data_path.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "json/json.h"

#define SUNLIGHT "tlog/sunlight/cmd/skylight/testdata/witness/mirror"
#define MIRROR                                                                 \
	SUNLIGHT                                                               \
	"/000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706"

/* A file with what the JSON parser wants behind it. */
static void
read_whole(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		fail_msg("cannot open '%s'", path);
	buf_clear(out);
	do {
		n = fread(buf_reserve(out, 65536), 1, 65536, file);
		out->len += n;
	} while (n);
	fclose(file);
	memset(buf_reserve(out, JSON_PADDING), 0, JSON_PADDING);
}

/* --- transparency-dev/merkle --- */

static bool
get_hash(struct json v, struct merkle_hash *hash)
{
	return checkpoint_hash(json_str(v), hash);
}

/* False if one of the hashes does not have 32 bytes. */
static bool
get_proof(struct json list, struct merkle_hash *proof, size_t *count)
{
	struct json_iter it = json_iter(list);
	struct json hash;

	for (*count = 0; json_next(&it, NULL, &hash); ++*count)
		if (*count == MERKLE_PROOF_MAX ||
		    !get_hash(hash, &proof[*count]))
			return false;
	return true;
}

static uint64_t
get_number(struct json v)
{
	char room[JSON_SCALAR_MAX];
	uint64_t n = 0;

	assert_true(slice_to_u64(json_scalar(v, room), &n));
	return n;
}

static bool
holds_inclusion(struct json v)
{
	struct merkle_hash proof[MERKLE_PROOF_MAX], leaf;
	struct merkle_head tree;
	size_t count;

	tree.size = get_number(JSON_GET(v, "treeSize"));
	return get_hash(JSON_GET(v, "root"), &tree.root) &&
	       get_hash(JSON_GET(v, "leafHash"), &leaf) &&
	       get_proof(JSON_GET(v, "proof"), proof, &count) &&
	       merkle_includes(&tree, get_number(JSON_GET(v, "leafIdx")), &leaf,
	           proof, count);
}

static bool
holds_consistency(struct json v)
{
	struct merkle_hash proof[MERKLE_PROOF_MAX];
	struct merkle_head old, new;
	size_t count;

	old.size = get_number(JSON_GET(v, "size1"));
	new.size = get_number(JSON_GET(v, "size2"));
	return get_hash(JSON_GET(v, "root1"), &old.root) &&
	       get_hash(JSON_GET(v, "root2"), &new.root) &&
	       get_proof(JSON_GET(v, "proof"), proof, &count) &&
	       merkle_extends(&old, &new, proof, count);
}

/* The name of the last case that was judged otherwise. */
static char other[256];

/* Judges every case of a folder; how many, and how many judged otherwise. */
static void
judge_folder(const char *name, bool (*holds)(struct json v), size_t *cases,
    size_t *others)
{
	char *path = data_path(name), *paths[] = {path, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	struct json_parser *parser = json_parser_new();
	struct buf text = {0};
	FTSENT *entry;

	assert_non_null(fts);
	*cases = *others = 0;
	while ((entry = fts_read(fts))) {
		struct json v;

		if (entry->fts_info != FTS_F)
			continue;
		read_whole(entry->fts_path, &text);
		assert_int_equal(
		    json_parse(parser, buf_slice(&text), &v, NULL), JSON_OK);
		++*cases;
		if (holds(v) != json_is_true(JSON_GET(v, "wantErr")))
			continue;
		++*others;
		snprintf(other, sizeof(other), "%s", entry->fts_name);
	}
	buf_release(&text);
	json_parser_free(parser);
	fts_close(fts);
	free(path);
}

static void
judges_inclusion_as_merkle_does(void **state)
{
	size_t cases, others;

	(void)state;
	judge_folder(
	    "tlog/rfc6962-merkle/inclusion", holds_inclusion, &cases, &others);
	assert_int_equal(cases, 98);
	assert_int_equal(others, 0);
}

/*
 * One case differs, of two equal roots of 12 bytes: ours have 32.  The cases
 * that begin with an empty tree, which that library never proves anything of
 * and C2SP's witnesses do, have a wrong root or a proof too many besides.
 */
static void
judges_consistency_as_merkle_does(void **state)
{
	size_t cases, others;

	(void)state;
	judge_folder("tlog/rfc6962-merkle/consistency", holds_consistency,
	    &cases, &others);
	assert_int_equal(cases, 98);
	assert_int_equal(others, 1);
	assert_string_equal(
	    other, "sizes-are-equal-one-and-proof-is-empty.json");
}

/* --- notes --- */

static enum note_verdict
verdict_of(struct json v)
{
	struct key keys[8];
	struct note note;
	struct json_iter it = json_iter(JSON_GET(v, "keys"));
	struct json text;
	size_t count = 0;

	while (json_next(&it, NULL, &text))
		assert_int_equal(
		    key_parse(json_str(text), &keys[count++], NULL), 0);
	if (note_parse(json_str(JSON_GET(v, "note")), &note, NULL))
		return (enum note_verdict) - 1;
	return note_verify(&note, keys, count, NULL);
}

static void
judges_notes_as_go_does(void **state)
{
	char *path = data_path("tlog/note/cases.json");
	struct json_parser *parser = json_parser_new();
	struct json_iter it;
	struct json list, v;
	struct buf text = {0};
	size_t cases = 0;

	(void)state;
	read_whole(path, &text);
	assert_int_equal(
	    json_parse(parser, buf_slice(&text), &list, NULL), JSON_OK);
	it = json_iter(list);
	for (; json_next(&it, NULL, &v); cases++) {
		struct slice want = json_str(JSON_GET(v, "expect"));
		enum note_verdict got = verdict_of(v);
		const char *word = got == NOTE_OK        ? "ok"
		                   : got == NOTE_UNKNOWN ? "unverified"
		                   : got == NOTE_INVALID ? "invalid"
		                                         : "malformed";

		if (!slice_eq(want, slice_cstr(word)))
			fail_msg("case %zu: %s", cases, word);
	}
	assert_int_equal(cases, 11);
	buf_release(&text);
	json_parser_free(parser);
	free(path);
}

/* --- tiles --- */

/* A folder of tiles of a tree of that size. */
struct tiles {
	const char *dir;
	uint64_t size;
};

/* Nodes that no tile has are made of those of the tile's row. */
static int
read_tile(void *ctx, unsigned level, uint64_t index, struct merkle_hash *hash,
    struct err *err)
{
	const struct tiles *tiles = ctx;
	unsigned row = level / 8, above = level % 8;
	uint64_t first = index << above;
	uint64_t width = (tiles->size >> (8 * row)) - (first & ~(uint64_t)255);
	struct merkle_hash nodes[256];
	struct sha256 *sha = sha256_new();
	struct buf bytes = {0};
	char *path = NULL;
	int n;

	(void)err;
	n = width < 256 ? asprintf(&path, "%s/tile/%u/%03u.p/%u", tiles->dir,
	                      row, (unsigned)(first >> 8), (unsigned)width)
	                : asprintf(&path, "%s/tile/%u/%03u", tiles->dir, row,
	                      (unsigned)(first >> 8));
	assert_true(n > 0);
	read_whole(path, &bytes);
	assert_int_equal(bytes.len, (width < 256 ? width : 256) * SHA256_LEN);
	memcpy(nodes, bytes.ptr + (first & 255) * SHA256_LEN,
	    ((size_t)1 << above) * SHA256_LEN);
	for (size_t count = (size_t)1 << above; count > 1; count /= 2)
		for (size_t i = 0; i < count / 2; i++)
			merkle_node(
			    sha, &nodes[2 * i], &nodes[2 * i + 1], &nodes[i]);
	*hash = nodes[0];
	sha256_free(sha);
	buf_release(&bytes);
	free(path);
	return 0;
}

/* Root, edge and all proofs of the tree, read from its tiles. */
static void
check_tiles(const char *dir, const struct merkle_head *tree)
{
	struct tiles tiles = {dir, tree->size};
	const struct merkle_source source = {read_tile, &tiles};
	struct merkle_hash proof[MERKLE_PROOF_MAX], leaf;
	struct sha256 *sha = sha256_new();
	struct merkle_head old;
	struct merkle_edge edge;
	struct merkle_path path;

	assert_int_equal(
	    merkle_range_hash(sha, (struct merkle_range){0, tree->size},
	        &source, &old.root, NULL),
	    0);
	assert_true(merkle_eq(&old.root, &tree->root));
	merkle_edge_read(tree->size, &source, &edge, NULL);
	merkle_root(sha, &edge, &old.root);
	assert_true(merkle_eq(&old.root, &tree->root));
	for (old.size = 0; old.size < tree->size; old.size++) {
		merkle_range_hash(sha, (struct merkle_range){0, old.size},
		    &source, &old.root, NULL);
		merkle_consistency_path(old.size, tree->size, &path);
		merkle_path_hashes(sha, &path, &source, proof, NULL);
		assert_true(merkle_extends(&old, tree, proof, path.count));
		read_tile(&tiles, 0, old.size, &leaf, NULL);
		merkle_inclusion_path(old.size, tree->size, &path);
		merkle_path_hashes(sha, &path, &source, proof, NULL);
		assert_true(
		    merkle_includes(tree, old.size, &leaf, proof, path.count));
	}
	sha256_free(sha);
}

/* The checkpoint in a file, once the key has verified it; its seal. */
static struct merkle_head
open_checkpoint(const char *path, const char *key_text, struct note_seal *seal)
{
	struct checkpoint checkpoint;
	struct buf bytes = {0};
	struct note note;
	struct key key;

	read_whole(path, &bytes);
	assert_int_equal(key_parse(slice_cstr(key_text), &key, NULL), 0);
	assert_int_equal(note_parse(buf_slice(&bytes), &note, NULL), 0);
	assert_int_equal(note_verify(&note, &key, 1, seal), NOTE_OK);
	assert_int_equal(checkpoint_parse(note.text, &checkpoint, NULL), 0);
	buf_release(&bytes);
	return checkpoint.tree;
}

static void
reads_the_log_of_tessera(void **state)
{
	char *dir = data_path("tlog/tessera-log/log");

	(void)state;
	for (unsigned size = 0; size <= 15; size++) {
		struct merkle_head tree;
		struct note_seal seal;
		char *path = NULL;

		assert_true(asprintf(&path, "%s/checkpoint.%u", dir, size) > 0);
		tree = open_checkpoint(path,
		    "example.com/log/testdata+33d7b496+"
		    "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
		    &seal);
		assert_int_equal(tree.size, size);
		/* The tile of 12 leaves is kept, those of 1 are too. */
		check_tiles(dir, &tree);
		free(path);
	}
	free(dir);
}

static void
reads_the_mirror_of_sunlight(void **state)
{
	char *dir = data_path(MIRROR), *path = NULL;
	struct merkle_head tree;
	struct note_seal seal;

	(void)state;
	assert_true(asprintf(&path, "%s/checkpoint", dir) > 0);
	tree = open_checkpoint(path,
	    "mirror.example.org+3fb148ef+"
	    "BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O",
	    &seal);
	assert_int_equal(tree.size, 300);
	assert_int_equal(seal.time, 0x69546780);
	check_tiles(dir, &tree);
	free(path);
	free(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(judges_inclusion_as_merkle_does),
	    cmocka_unit_test(judges_consistency_as_merkle_does),
	    cmocka_unit_test(judges_notes_as_go_does),
	    cmocka_unit_test(reads_the_log_of_tessera),
	    cmocka_unit_test(reads_the_mirror_of_sunlight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
