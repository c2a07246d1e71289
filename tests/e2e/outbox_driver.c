/*
 * Runs outboxes as the service does, over a file instead of a ledger:
 *
 *	outbox-driver OUTPUTS.yaml STATE-FOLDER FINDINGS.ndjson [END]
 *
 * A line of the file that holds an object is a finding, its number the index;
 * other lines are records of another kind.  What is added to the file is sent,
 * too.  END is where outputs begin that are new.  Says on standard output how
 *each outbox stands, whenever that changes, and ends when its standard input
 *does.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "finding/mail_helper.h"
#include "finding/outbox.h"
#include "ledger/dir.h"
#include "json/build.h"

#define OUTPUTS_MAX 10
#define TEXT_MAX    (64u << 20)

struct ledger {
	const char *path;
};

struct driver {
	struct ledger ledger;
	struct outbox *outboxes[OUTPUTS_MAX];
	const char *names[OUTPUTS_MAX];
	struct output_config configs[OUTPUTS_MAX];
	size_t count;
	struct mail_helper *mail;
	struct buf told[OUTPUTS_MAX];
};

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
give_up(const struct err *err)
{
	fprintf(stderr, "%s\n", err->msg);
	exit(2);
}

/* Lines that are whole. */
static int
next(void *ctx, uint64_t from, uint64_t *index, struct buf *text,
    struct err *err)
{
	const struct ledger *ledger = ctx;
	struct buf all = {0};
	struct slice rest, line;
	uint64_t n = 0;
	int got = 0;

	if (dir_read(ledger->path, TEXT_MAX, &all, NULL, err))
		return -1;
	rest = buf_slice(&all);
	while (!got && rest.len && memchr(rest.ptr, '\n', rest.len)) {
		line = slice_cut(&rest, '\n');
		if (n >= from && line.len && line.ptr[0] == '{') {
			buf_slice_add(text, line);
			*index = n;
			got = 1;
		}
		n++;
	}
	if (!got && n > from)
		*index = n;
	buf_release(&all);
	return got;
}

static void
read_configs(struct driver *driver, struct arena *arena, const char *path)
{
	const struct config_file file = {
	    .path = path, .dir = ".", .arena = arena};
	struct yaml_place place;
	struct buf text = {0};
	struct yaml *root = NULL;
	struct err err;

	if (dir_read(path, TEXT_MAX, &text, NULL, &err) ||
	    yaml_parse(arena, buf_slice(&text), &root, &place, &err))
		give_up(&err);
	for (const struct yaml *node = root->first;
	     node && driver->count < OUTPUTS_MAX; node = node->next) {
		driver->names[driver->count] = node->key->text.ptr;
		if (output_config_read(
		        &file, node, &driver->configs[driver->count++], &err))
			give_up(&err);
	}
	buf_release(&text);
}

static void
start_mail(struct driver *driver, struct config_texts *commands)
{
	size_t n = 0;
	struct err err;

	for (size_t i = 0; i < driver->count; i++) {
		const struct config_texts *command =
		    output_mail_command(&driver->configs[i]);

		if (command)
			commands[n++] = *command;
	}
	if (n && mail_helper_start(&driver->mail, commands, n, &err))
		give_up(&err);
}

/* Whose cursor is there begins at it, however long the file is. */
static uint64_t
end_for(const char *dir, const char *name, uint64_t end)
{
	struct buf path = {0};
	bool known;

	buf_printf(&path, "%s/%s.cursor", dir, name);
	buf_char(&path, '\0');
	known = !access(path.ptr, F_OK);
	buf_release(&path);
	return known ? UINT64_MAX : end;
}

static void
open_all(struct driver *driver, const char *dir, uint64_t end)
{
	for (size_t i = 0; i < driver->count; i++) {
		const struct outbox_options options = {.name = driver->names[i],
		    .output = driver->configs[i],
		    .dir = dir,
		    .end = end_for(dir, driver->names[i], end),
		    .next = next,
		    .ctx = &driver->ledger,
		    .now = now,
		    .mail = driver->mail,
		    .pause_us = 20000};
		struct err err;

		if (outbox_open(&driver->outboxes[i], &options, &err))
			give_up(&err);
		outbox_start(driver->outboxes[i]);
	}
}

static void
tell(struct driver *driver, size_t i)
{
	struct outbox_stats stats;
	struct buf line = {0};
	size_t object;

	outbox_stats(driver->outboxes[i], &stats);
	object = json_open(&line, NULL, '{');
	json_cstr(&line, "name", driver->names[i]);
	json_u64(&line, "next", stats.next);
	json_u64(&line, "sent", stats.sent);
	json_u64(&line, "dead", stats.dead);
	json_u64(&line, "retried", stats.retried);
	json_cstr(&line, "error", stats.error);
	json_close(&line, object);
	buf_char(&line, '\n');
	if (!slice_eq(buf_slice(&line), buf_slice(&driver->told[i]))) {
		fwrite(line.ptr, 1, line.len, stdout);
		fflush(stdout);
		buf_clear(&driver->told[i]);
		buf_slice_add(&driver->told[i], buf_slice(&line));
	}
	buf_release(&line);
}

static bool
goes_on(void)
{
	struct pollfd input = {.fd = 0, .events = POLLIN};
	char room[16];

	return poll(&input, 1, 20) <= 0 || read(0, room, sizeof(room)) > 0;
}

int
main(int argc, char **argv)
{
	struct driver driver = {.count = 0};
	struct config_texts commands[OUTPUTS_MAX];
	struct arena arena = {0};
	uint64_t end = 0;

	if (argc < 4)
		return 2;
	driver.ledger.path = argv[3];
	if (argc > 4)
		end = strtoull(argv[4], NULL, 10);
	read_configs(&driver, &arena, argv[1]);
	start_mail(&driver, commands);
	open_all(&driver, argv[2], end);
	while (goes_on()) {
		for (size_t i = 0; i < driver.count; i++) {
			outbox_wake(driver.outboxes[i], 0);
			tell(&driver, i);
		}
	}
	for (size_t i = 0; i < driver.count; i++) {
		outbox_close(driver.outboxes[i]);
		buf_release(&driver.told[i]);
	}
	mail_helper_close(driver.mail);
	arena_release(&arena);
	return 0;
}
