#include "ledger/manifest.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "ledger/dir.h"

#define NAME       "manifest"
#define HEAD       "firn-manifest/1"
#define HEX_LEN    (2 * (size_t)SHA256_LEN)
#define NAME_BYTES 8 /* of a hash, in the name of its file */

static const char digits[] = "0123456789abcdef";

uint64_t
manifest_end(const struct manifest *manifest)
{
	return manifest->count ? manifest->list[manifest->count - 1].end : 0;
}

void
manifest_add(struct manifest *manifest, const struct segment *segment)
{
	assert(segment->first == manifest_end(manifest));
	if (manifest->count == manifest->room) {
		manifest->room = manifest->room ? 2 * manifest->room : 16;
		manifest->list = xrealloc(
		    manifest->list, manifest->room * sizeof(*manifest->list));
	}
	manifest->list[manifest->count++] = *segment;
}

void
manifest_release(struct manifest *manifest)
{
	free(manifest->list);
	*manifest = (struct manifest){0};
}

void
manifest_replace(struct manifest *manifest, size_t at, size_t count,
    const struct segment *segment)
{
	struct segment *list = manifest->list + at;

	assert(count && at + count <= manifest->count);
	assert(list[0].first == segment->first);
	assert(list[count - 1].end == segment->end);
	list[0] = *segment;
	memmove(list + 1, list + count,
	    (manifest->count - at - count) * sizeof(*list));
	manifest->count -= count - 1;
}

size_t
manifest_find(const struct manifest *manifest, uint64_t index)
{
	size_t low = 0, high = manifest->count;

	assert(index < manifest_end(manifest));
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (manifest->list[middle].first <= index)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* --- files --- */

const char *
segment_ending(enum segment_file file)
{
	static const char *const endings[] = {
	    ".raw", ".parquet", ".idx", ".postings"};

	return endings[file];
}

struct merkle_hash *
segment_hash(struct segment *segment, enum segment_file file)
{
	struct merkle_hash *const hashes[] = {
	    &segment->raw, &segment->parquet, &segment->idx, &segment->parquet};

	return hashes[file];
}

char *
segment_path(
    const char *dir, const struct segment *segment, enum segment_file file)
{
	struct segment copy = *segment;
	const struct merkle_hash *hash = segment_hash(&copy, file);
	struct buf path = {0};

	buf_printf(&path, "%s/segment/%s/%020ju-%020ju-", dir, segment->day,
	    (uintmax_t)segment->first, (uintmax_t)segment->end);
	for (size_t i = 0; i < NAME_BYTES; i++)
		buf_printf(&path, "%02x", hash->bytes[i]);
	buf_str(&path, segment_ending(file));
	buf_char(&path, '\0');
	return path.ptr;
}

char *
segment_draft(
    const char *dir, const struct segment *segment, enum segment_file file)
{
	struct buf path = {0};

	buf_printf(&path, "%s/%020ju-%020ju%s", dir, (uintmax_t)segment->first,
	    (uintmax_t)segment->end, segment_ending(file));
	buf_char(&path, '\0');
	return path.ptr;
}

/* --- writing --- */

static void
add_hash(struct buf *out, const struct merkle_hash *hash)
{
	for (size_t i = 0; i < SHA256_LEN; i++) {
		buf_char(out, digits[hash->bytes[i] >> 4]);
		buf_char(out, digits[hash->bytes[i] & 15]);
	}
}

void
segment_print(struct buf *out, const struct segment *s)
{
	buf_printf(out, "segment %ju %ju %s ", (uintmax_t)s->first,
	    (uintmax_t)s->end, s->day);
	add_hash(out, &s->raw);
	buf_char(out, ' ');
	add_hash(out, &s->parquet);
	buf_char(out, ' ');
	add_hash(out, &s->idx);
	buf_printf(out, " %ju ", (uintmax_t)s->reader);
	if (s->has_geography)
		add_hash(out, &s->geography);
	else
		buf_char(out, '-');
	buf_char(out, '\n');
}

void
manifest_print(struct buf *out, const struct manifest *manifest)
{
	size_t begin = out->len;
	struct merkle_hash hash;

	buf_str(out, HEAD "\n");
	for (size_t i = 0; i < manifest->count; i++)
		segment_print(out, &manifest->list[i]);
	sha256(slice_skip(buf_slice(out), begin), hash.bytes);
	buf_str(out, "sha256 ");
	add_hash(out, &hash);
	buf_char(out, '\n');
}

/* --- reading --- */

static bool
take_hash(struct slice *line, struct merkle_hash *hash)
{
	struct slice hex = slice_cut(line, ' ');

	if (hex.len != HEX_LEN)
		return false;
	for (size_t i = 0; i < hex.len; i++) {
		const char *digit = memchr(digits, hex.ptr[i], 16);

		if (!digit)
			return false;
		hash->bytes[i / 2] =
		    (unsigned char)(hash->bytes[i / 2] << 4 | (digit - digits));
	}
	return true;
}

/* It becomes the name of a folder, so nothing but a day will do. */
static bool
take_day(struct slice *line, char day[SEGMENT_DAY + 1])
{
	struct slice word = slice_cut(line, ' ');
	char room[TIME_TEXT_MAX];
	int64_t time_us;

	if (word.len != SEGMENT_DAY || !time_parse(word, &time_us))
		return false;
	memcpy(day, word.ptr, SEGMENT_DAY);
	day[SEGMENT_DAY] = '\0';
	return slice_eq(
	    slice_of(time_format(time_us, room).ptr, SEGMENT_DAY), word);
}

bool
segment_parse(struct slice line, struct segment *s)
{
	*s = (struct segment){0};
	if (!slice_eq(slice_cut(&line, ' '), SLICE("segment")) ||
	    !slice_to_u64(slice_cut(&line, ' '), &s->first) ||
	    !slice_to_u64(slice_cut(&line, ' '), &s->end) ||
	    !take_day(&line, s->day) || !take_hash(&line, &s->raw) ||
	    !take_hash(&line, &s->parquet) || !take_hash(&line, &s->idx) ||
	    !slice_to_u64(slice_cut(&line, ' '), &s->reader))
		return false;
	s->has_geography = !slice_eq(line, SLICE("-"));
	return s->first < s->end &&
	       (!s->has_geography || take_hash(&line, &s->geography));
}

/* Up to a line that is none; manifest_parse() sees what it is. */
static bool
take_segments(struct slice rest, struct manifest *manifest)
{
	struct segment segment;

	if (!slice_eq(slice_cut(&rest, '\n'), SLICE(HEAD)))
		return false;
	while (segment_parse(slice_cut(&rest, '\n'), &segment)) {
		if (segment.first != manifest_end(manifest))
			return false;
		manifest_add(manifest, &segment);
	}
	return true;
}

int
manifest_parse(struct slice text, struct manifest *manifest, struct err *err)
{
	struct buf again = {0};
	bool ok;

	*manifest = (struct manifest){0};
	ok = text.len <= MANIFEST_MAX && take_segments(text, manifest);
	/* Whatever has another spelling, or a hash that is not its own. */
	if (ok) {
		manifest_print(&again, manifest);
		ok = slice_eq(buf_slice(&again), text);
		buf_release(&again);
	}
	if (ok)
		return 0;
	manifest_release(manifest);
	return err_set(err, ERR_CORRUPT, "not a manifest, or a changed one");
}

int
manifest_read(struct manifest *manifest, const char *dir, struct err *err)
{
	char *path = dir_path(dir, NAME);
	struct buf text = {0};
	bool found;
	int status;

	*manifest = (struct manifest){0};
	status = dir_read(path, MANIFEST_MAX, &text, &found, err);
	if (!status && found) {
		status = manifest_parse(buf_slice(&text), manifest, err);
		if (status)
			err_context(err, "'%s'", path);
	}
	buf_release(&text);
	free(path);
	return status;
}

int
manifest_write(
    const struct manifest *manifest, const char *dir, struct err *err)
{
	struct buf text = {0};
	int status;

	manifest_print(&text, manifest);
	status = dir_replace(dir, NAME, buf_slice(&text), err);
	buf_release(&text);
	return status;
}
