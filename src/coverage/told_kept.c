#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "coverage/packed.h"
#include "coverage/told_part.h"
#include "ledger/dir.h"

#define HEAD       "firn-told/1\n"
#define NAME       "told"
#define FILE_MAX   ((size_t)256 << 20)
#define BEHIND_MIN ((size_t)1 << 20)
#define AGAIN_US   (INT64_C(60) * 1000000)

/* --- lines --- */

void
told_put_line(struct buf *out, const struct told_line *line)
{
	packed_put_number(
	    out, (uint64_t)line->what | (uint64_t)line->ways << 8 |
	             (uint64_t)line->group << 16 | (uint64_t)line->hour << 32);
}

void
told_put_event(struct buf *out, const struct paths_held *held)
{
	told_put_line(out, &(struct told_line){TOLD_EVENT, held->ways,
	                       held->group, held->hour});
	buf_add(out, held->id, sizeof(held->id));
}

void
told_put_way(struct buf *out, const struct told *told, uint32_t way)
{
	told_put_line(
	    out, &(struct told_line){.what = TOLD_WAY, .ways = (uint8_t)way});
	packed_put_text(out, told->way_names.list[way].source);
}

void
told_put_group(struct buf *out, const struct told *told, uint32_t group)
{
	told_put_line(out,
	    &(struct told_line){.what = TOLD_GROUP, .group = (uint16_t)group});
	packed_put_text(out, told->group_names.list[group].source);
	packed_put_text(out, told->group_names.list[group].tenant);
}

void
told_put_teller(struct buf *out, const struct told_teller *teller)
{
	told_put_line(out, &(struct told_line){.what = TOLD_TELLER,
	                       .ways = (uint8_t)teller->way,
	                       .group = teller->group});
	packed_put_cstr(out, teller->source);
	packed_put_cstr(out, teller->stream);
}

/* --- writing --- */

/* Of the block and what is before it. */
static void
hash_block(struct told *told, struct slice block)
{
	struct sha256 *sha = sha256_new();

	sha256_begin(sha);
	sha256_add(sha, told->digest, SHA256_LEN);
	sha256_add(sha, block.ptr, block.len);
	sha256_end(sha, told->digest);
	sha256_free(sha);
}

static void
put_block(struct told *told, struct buf *out, struct slice block)
{
	hash_block(told, block);
	packed_put_text(out, block);
	buf_add(out, told->digest, SHA256_LEN);
}

static void
begin_block(const struct told *told, struct buf *block)
{
	packed_put_number(block, told->deliveries);
	packed_put_number(block, paths_of(told->paths));
}

static void
put_held(void *ctx, const struct paths_held *held)
{
	told_put_event(ctx, held);
}

static void
put_group_ways(struct buf *out, const struct told_group *group, uint32_t number)
{
	for (unsigned way = 0; way < PATHS_MAX; way++)
		if (group->ways >> way & 1)
			told_put_line(
			    out, &(struct told_line){TOLD_SINCE, (uint8_t)way,
			             (uint16_t)number, group->since[way]});
}

static void
put_all(const struct told *told, struct buf *out)
{
	for (uint32_t i = 0; i < told->way_names.count; i++)
		told_put_way(out, told, i);
	for (uint32_t i = 0; i < told->group_names.count; i++) {
		told_put_group(out, told, i);
		put_group_ways(out, &told->groups[i], i);
	}
	for (size_t i = 0; i < told->teller_names.count; i++)
		told_put_teller(out, &told->tellers[i]);
	paths_each(told->paths, put_held, out);
}

void
told_print(struct told *told, struct buf *out)
{
	struct buf block = {0};

	memset(told->digest, 0, sizeof(told->digest));
	buf_str(&block, HEAD);
	packed_put_text(&block, told->options.origin);
	packed_put_time(&block, told->from_us);
	begin_block(told, &block);
	put_all(told, &block);
	put_block(told, out, buf_slice(&block));
	buf_release(&block);
}

/* The file anew, and open to be added to. */
static int
write_whole(struct told *told, struct err *err)
{
	const char *dir = told->options.dir;
	char *path = dir_path(dir, NAME);
	struct buf out = {0};
	int status;

	if (told->fd >= 0)
		close(told->fd);
	told->fd = -1;
	told_print(told, &out);
	status = dir_replace(dir, NAME, buf_slice(&out), err);
	if (!status)
		told->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (!status && told->fd < 0)
		status = err_sys(err, "cannot open '%s'", path);
	told->whole = out.len;
	told->behind = 0;
	buf_release(&out);
	free(path);
	return status;
}

/* It is not synced: what is lost of it is missed by its deliveries. */
static int
write_behind(struct told *told, struct err *err)
{
	struct buf block = {0}, out = {0};
	int status;

	begin_block(told, &block);
	buf_slice_add(&block, buf_slice(&told->fresh));
	put_block(told, &out, buf_slice(&block));
	status = dir_write(told->fd, NAME, buf_slice(&out), err);
	told->behind += out.len;
	buf_release(&block);
	buf_release(&out);
	return status;
}

/* A file that lacks something must not be taken for one that does not. */
static void
give_up(struct told *told, int64_t now_us)
{
	char *path = dir_path(told->options.dir, NAME);

	if (told->fd >= 0)
		close(told->fd);
	told->fd = -1;
	told->again_us = now_us + AGAIN_US;
	(void)unlink(path);
	free(path);
}

int
told_keep(struct told *told, int64_t now_us, struct err *err)
{
	int status;

	if (!told->options.dir || !told->way_names.count)
		return 0;
	if (told->fd >= 0 && !told->fresh.len &&
	    told->deliveries == told->kept_deliveries)
		return 0;
	if (told->fd >= 0 && told->behind <= told->whole + BEHIND_MIN) {
		status = write_behind(told, err);
	} else if (now_us < told->again_us) {
		buf_clear(&told->fresh);
		return 0;
	} else {
		status = write_whole(told, err);
	}
	buf_clear(&told->fresh);
	told->kept_deliveries = told->deliveries;
	if (status)
		give_up(told, now_us);
	return status;
}

/* --- reading --- */

static bool
is_source(const struct told *told, const char *source)
{
	const struct told_options *options = &told->options;

	for (size_t i = 0; options->sources && i < options->source_count; i++)
		if (!strcmp(options->sources[i], source))
			return true;
	return !options->sources;
}

static bool
take_way(struct told *told, const struct told_line *line, struct packed *in)
{
	size_t before = told->way_names.count;
	uint32_t way;

	return told_number_way(told, packed_text(in), &way) && way == before &&
	       way == line->ways;
}

static bool
take_group(struct told *told, const struct told_line *line, struct packed *in)
{
	size_t before = told->group_names.count;
	struct slice name = packed_text(in), tenant = packed_text(in);
	enum event_kind kind;
	uint32_t group;

	return event_kind_parse(name, &kind) &&
	       told_number_group(told, tenant, kind, &group) &&
	       group == before && group == line->group;
}

/* One whose source is not there any more has no clock to wait for. */
static bool
take_teller(struct told *told, const struct told_line *line, struct packed *in)
{
	char *source = packed_cstr(in), *stream = packed_cstr(in);
	struct told_teller one = {
	    source, stream ? stream : "", line->group, line->ways};
	bool good = source && strlen(one.stream) < TOLD_NAME;
	size_t at;

	if (good && is_source(told, source))
		good = told_number_teller(told, &one, &at);
	free(source);
	free(stream);
	return good;
}

static void
take_event(struct told *told, const struct told_line *line, struct packed *in)
{
	struct paths_held held = {
	    .hour = line->hour, .group = line->group, .ways = line->ways};

	packed_copy(in, held.id, sizeof(held.id));
	if (!in->bad)
		(void)paths_put(told->paths, &held);
}

/* Of a way and a group that are known. */
static bool
is_known(const struct told *told, const struct told_line *line)
{
	size_t ways = told->way_names.count;

	if (line->what != TOLD_EVENT && line->ways >= ways)
		return false;
	if (line->what == TOLD_EVENT && (!line->ways || line->ways >> ways))
		return false;
	return line->group < told->group_names.count;
}

static bool
take_line(struct told *told, struct packed *in)
{
	uint64_t n = packed_number(in);
	const struct told_line line = {.what = (enum told_what)(n & 0xff),
	    .ways = (uint8_t)(n >> 8),
	    .group = (uint16_t)(n >> 16),
	    .hour = (uint32_t)(n >> 32)};

	if (line.what == TOLD_WAY)
		return take_way(told, &line, in);
	if (line.what == TOLD_GROUP)
		return take_group(told, &line, in);
	if (!is_known(told, &line))
		return false;
	if (line.what == TOLD_TELLER)
		return take_teller(told, &line, in);
	if (line.what == TOLD_SINCE)
		told_since(told, line.group, line.ways, line.hour);
	else if (line.what == TOLD_EVENT)
		take_event(told, &line, in);
	else
		return false;
	return true;
}

static bool
take_block(struct told *told, struct packed *in)
{
	uint64_t of;

	told->kept_deliveries = packed_number(in);
	of = packed_number(in);
	while (in->rest.len && !in->bad)
		if (!take_line(told, in))
			return false;
	/* What is added later is as little as what was. */
	paths_thin(told->paths, of);
	return !in->bad;
}

static bool
take_head(struct told *told, struct packed *in)
{
	if (!slice_eq(packed_bytes(in, strlen(HEAD)), SLICE(HEAD)) ||
	    !slice_eq(packed_text(in), told->options.origin))
		return false;
	told->from_us = packed_time(in);
	return !in->bad;
}

/* The next block; false at the end, or where it is broken. */
static bool
next_block(struct told *told, struct packed *file, struct packed *block)
{
	unsigned char digest[SHA256_LEN] = {0};

	*block = (struct packed){.rest = packed_text(file)};
	packed_copy(file, digest, sizeof(digest));
	if (file->bad)
		return false;
	hash_block(told, block->rest);
	return !memcmp(told->digest, digest, sizeof(digest));
}

/* A way of which no teller is left is as if it had told nothing. */
static void
drop_ways(struct told *told)
{
	for (uint32_t i = 0; i < told->group_names.count; i++) {
		unsigned ways = 0;

		for (size_t k = 0; k < told->teller_names.count; k++)
			if (told->tellers[k].group == i)
				ways |= 1u << told->tellers[k].way;
		told->groups[i].ways &= ways;
	}
}

bool
told_parse(struct told *told, struct slice bytes)
{
	struct packed file = {.rest = bytes}, block;

	if (!next_block(told, &file, &block) || !take_head(told, &block))
		return false;
	do
		if (!take_block(told, &block))
			return false;
	while (file.rest.len && next_block(told, &file, &block));
	if (told->kept_deliveries < told->options.deliveries)
		return false;
	drop_ways(told);
	buf_clear(&told->fresh);
	return true;
}

bool
told_read(struct told *told)
{
	char *path = dir_path(told->options.dir, NAME);
	struct buf bytes = {0};
	bool found, good;

	good = !dir_read(path, FILE_MAX, &bytes, &found, NULL) && found &&
	       told_parse(told, buf_slice(&bytes));
	buf_release(&bytes);
	free(path);
	return good;
}
