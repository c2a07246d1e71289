#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/damage_aware.h"
#include "event/event.h"
#include "incident/statement.h"
#include "ledger/view.h"

struct aware_case {
	char root[64], dir[96];
};

static int
begin(void **state)
{
	static struct aware_case c;
	char config[96], home[96];
	char name[] = "init", option[] = "--origin";
	char origin[] = "log.example/aware";
	char *init[] = {name, c.dir, option, origin, NULL};

	snprintf(c.root, sizeof(c.root), "/tmp/firn-aware-XXXXXX");
	assert_non_null(mkdtemp(c.root));
	snprintf(c.dir, sizeof(c.dir), "%s/ledger", c.root);
	snprintf(config, sizeof(config), "%s/config", c.root);
	snprintf(home, sizeof(home), "%s/state", c.root);
	setenv("XDG_CONFIG_HOME", config, 1);
	setenv("XDG_STATE_HOME", home, 1);
	assert_int_equal(cmd_init(4, init), 0);
	*state = &c;
	return 0;
}

static int
end(void **state)
{
	struct aware_case *c = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r '%s'", c->root);
	return system(command); /* NOLINT(cert-env33-c) */
}

/* `firn damage aware DIR WORDS...` */
static int
aware(const struct aware_case *c, const char *const words[])
{
	char name[] = "aware";
	char *argv[12] = {name};
	const char *dir = c->dir;
	int argc = 2;

	/* They are char * for getopt(), which writes to none. */
	memcpy(&argv[1], &dir, sizeof(dir));
	for (; words[argc - 2]; argc++)
		memcpy(&argv[argc], &words[argc - 2], sizeof(argv[argc]));
	return damage_aware(argc, argv);
}

/* The statements that the ledger has. */
struct kept {
	struct json_parser *parser;
	size_t count;
	struct damage_statement last;
	char by[64], room[4096];
};

static int
keep(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct kept *kept = ctx;
	struct json v;

	(void)index;
	(void)err;
	if (!slice_eq(stream->source, SLICE("firn/damage")))
		return 0;
	assert_in_range(frame->raw.len, 1, sizeof(kept->room) - JSON_PADDING);
	memcpy(kept->room, frame->raw.ptr, frame->raw.len);
	assert_int_equal(json_parse(kept->parser,
	                     slice_of(kept->room, frame->raw.len), &v, NULL),
	    JSON_OK);
	assert_true(statement_read(v, &kept->last));
	assert_true(json_present(JSON_GET(v, "user")));
	snprintf(
	    kept->by, sizeof(kept->by), SLICE_FMT, SLICE_ARG(kept->last.by));
	kept->count++;
	return 0;
}

static void
read_back(const struct aware_case *c, struct kept *kept)
{
	struct view *view = NULL;
	struct err err = {0};

	memset(kept, 0, sizeof(*kept));
	kept->parser = json_parser_new();
	assert_int_equal(view_open(&view, c->dir, &err), 0);
	assert_int_equal(
	    view_walk(view, 0, view_tree(view)->size, keep, kept, &err), 0);
	view_close(view);
	json_parser_free(kept->parser);
}

static void
recorded(void **state)
{
	struct aware_case *c = *state;
	struct kept kept;
	int64_t at_us, until_us;

	assert_true(time_parse(SLICE("2024-10-05T14:30:00Z"), &at_us));
	assert_int_equal(
	    aware(c, (const char *const[]){"--at", "2024-10-05T14:30", "--by",
	                 "A. Bauer", NULL}),
	    0);
	read_back(c, &kept);
	assert_int_equal(kept.count, 1);
	assert_int_equal(kept.last.kind, STATEMENT_AWARE);
	assert_true(kept.last.at_us == at_us);
	assert_true(kept.last.until_us == at_us + INT64_C(72) * 3600000000);
	assert_string_equal(kept.by, "A. Bauer");
	assert_int_equal(
	    aware(c, (const char *const[]){"--within", "1d", "--at",
	                 "2024-10-05T14:30", "--by", "A. Bauer", NULL}),
	    0);
	read_back(c, &kept);
	assert_int_equal(kept.count, 2);
	assert_true(time_parse(SLICE("2024-10-06T14:30:00Z"), &until_us));
	assert_true(kept.last.until_us == until_us);
}

static void
refused(void **state)
{
	static const char *const cases[][8] = {
	    {NULL},
	    {"--at", "2024-10-05", NULL},
	    {"--by", "Ann", NULL},
	    {"--at", "noon", "--by", "Ann", NULL},
	    {"--at", "2099-01-01", "--by", "Ann", NULL},
	    {"--at", "2024-10-05", "--by", "", NULL},
	    {"--at", "2024-10-05", "--by", "Ann", "--within", "72", NULL},
	    {"--at", "2024-10-05", "--by", "Ann", "--within", "h", NULL},
	    {"--at", "2024-10-05", "--by", "Ann", "--within", "0h", NULL},
	    {"--at", "2024-10-05", "--by", "Ann", "--within", "9999999d", NULL},
	    {"--at", "2024-10-05", "--by", "Ann", "other", NULL},
	};
	struct aware_case *c = *state;
	struct kept kept;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (aware(c, cases[i]) != 2)
			fail_msg("case %zu", i);
	read_back(c, &kept);
	assert_int_equal(kept.count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(recorded, begin, end),
	    cmocka_unit_test_setup_teardown(refused, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
