/* Parts of a configuration: every type, every error with its place. */
#include "text/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define MINUTE_US INT64_C(60000000)

struct part {
	const char *text, *path, *preset_path;
	unsigned word;
	bool flag;
	int64_t count, time_us, size;
	struct config_secret secret;
	struct config_texts texts, paths;
	const struct yaml *below;
};

static const struct config_row rows[] = {
#define ROW(member, kind, ...)                                                 \
	{                                                                      \
		.name = #member, .type = (kind),                               \
		.at = offsetof(struct part, member), .help = "help of it",     \
		__VA_ARGS__                                                    \
	}
    ROW(text, CONFIG_TEXT, .must = true),
    ROW(path, CONFIG_PATH, ),
    ROW(preset_path, CONFIG_PATH, .preset = "x/y"),
    ROW(word, CONFIG_WORD, .words = "none|some|all", .preset = "some"),
    ROW(flag, CONFIG_BOOL, .preset = "true"),
    ROW(count, CONFIG_COUNT, .preset = "7", .min = 2, .max = 1000),
    ROW(time_us, CONFIG_TIME, .preset = "10 min", .max = 100 * MINUTE_US),
    ROW(size, CONFIG_SIZE, .preset = "8M"),
    ROW(secret, CONFIG_SECRET, ),
    ROW(texts, CONFIG_TEXTS, ),
    ROW(paths, CONFIG_PATHS, ),
    ROW(below, CONFIG_PART, ),
#undef ROW
};

static const struct config_table table = {.name = "part",
    .help = "a part",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0])};

static struct arena arena;

static int
read_part(const char *text, const char *tag, struct part *out, struct err *err)
{
	const struct config_file file = {
	    .path = "f.yaml", .dir = "/etc/d", .arena = &arena, .tag = tag};
	struct yaml_place place;
	struct yaml *root = NULL;

	*out = (struct part){0};
	assert_int_equal(
	    yaml_parse(&arena, slice_cstr(text), &root, &place, NULL), 0);
	return config_read(&file, &table, root, out, err);
}

static int
release(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static void
test_presets(void **state)
{
	struct part part;
	struct err err;

	(void)state;
	assert_int_equal(read_part("text: a", NULL, &part, &err), 0);
	assert_string_equal(part.text, "a");
	assert_null(part.path);
	assert_string_equal(part.preset_path, "/etc/d/x/y");
	assert_int_equal(part.word, 1);
	assert_true(part.flag);
	assert_int_equal(part.count, 7);
	assert_int_equal(part.time_us, 10 * MINUTE_US);
	assert_int_equal(part.size, 8 << 20);
	assert_null(part.secret.file);
	assert_null(part.secret.env);
	assert_int_equal(part.texts.count, 0);
	assert_null(part.below);
}

static void
test_every_type(void **state)
{
	struct part part;
	struct err err = {0};

	(void)state;
	if (read_part("text: 'true'\npath: p\npreset_path: /abs\nword: all\n"
	              "flag: false\ncount: 1000\ntime_us: 500 ms\nsize: 3k\n"
	              "secret: {file: s}\ntexts: [a, 2, true]\n"
	              "paths: [a, /b]\n"
	              "below: {deep: [1]}\n",
	        NULL, &part, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(part.text, "true");
	assert_string_equal(part.path, "/etc/d/p");
	assert_string_equal(part.preset_path, "/abs");
	assert_int_equal(part.word, 2);
	assert_false(part.flag);
	assert_int_equal(part.count, 1000);
	assert_int_equal(part.time_us, 500000);
	assert_int_equal(part.size, 3072);
	assert_string_equal(part.secret.file, "/etc/d/s");
	assert_int_equal(part.paths.count, 2);
	assert_string_equal(part.paths.list[0], "/etc/d/a");
	assert_string_equal(part.paths.list[1], "/b");
	assert_null(part.secret.env);
	assert_int_equal(part.texts.count, 3);
	assert_string_equal(part.texts.list[1], "2");
	assert_string_equal(part.texts.list[2], "true");
	assert_non_null(yaml_get(part.below, "deep"));
	assert_int_equal(
	    read_part("text: a\ntexts: b\nsecret: {env: E}", NULL, &part, &err),
	    0);
	assert_int_equal(part.texts.count, 1);
	assert_string_equal(part.texts.list[0], "b");
	assert_string_equal(part.secret.env, "E");
}

static void
test_units(void **state)
{
	static const struct {
		const char *line;
		int64_t time_us, size;
	} cases[] = {
	    {"time_us: 0 s", 0, 8 << 20},
	    {"time_us: 1500ms", 1500000, 8 << 20},
	    {"time_us: 30s", 30000000, 8 << 20},
	    {"time_us: 2 min", 2 * MINUTE_US, 8 << 20},
	    {"time_us: 1 h", 60 * MINUTE_US, 8 << 20},
	    {"size: 12", 10 * MINUTE_US, 12},
	    {"size: 64k", 10 * MINUTE_US, 65536},
	    {"size: 2G", 10 * MINUTE_US, INT64_C(2) << 30},
	    {"size: 2 M", 10 * MINUTE_US, 2 << 20},
	};
	char text[100];
	struct part part;
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "text: a\n%s\n", cases[i].line);
		if (read_part(text, NULL, &part, &err))
			fail_msg("%s: %s", cases[i].line, err.msg);
		assert_int_equal(part.time_us, cases[i].time_us);
		assert_int_equal(part.size, cases[i].size);
	}
}

/* Each is on line 2, behind the text that is a must. */
static void
test_errors(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
	    {"nothing: 1", "f.yaml:2: there is no key 'nothing' here"},
	    {"kind: 1", "there is no key 'kind'"},
	    {"path: [a]", "f.yaml:2: 'path' wants a value, here is a list"},
	    {"path: ~", "'path' wants a value, here is a null"},
	    {"path: {a: b}", "'path' wants a value, here is a map"},
	    {"word: any", "'word' is one of none|some|all, not 'any'"},
	    {"word: some|all", "'word' is one of"},
	    {"word: ''", "'word' is one of"},
	    {"flag: yes", "'flag' is true or false, not 'yes'"},
	    {"count: 1", "'count' is out of its bounds, 2 to 1000"},
	    {"count: 1001", "'count' is out of its bounds, 2 to 1000"},
	    {"count: -3", "'count' wants a number, not '-3'"},
	    {"count: 3k", "'count' wants a number, not '3k'"},
	    {"count: 0x10", "'count' wants a number"},
	    {"count: ''", "'count' wants a number"},
	    {"count: 9223372036854775808", "'count' wants a number"},
	    {"time_us: 5", "'time_us' wants a time such as"},
	    {"time_us: 1.5 h", "'time_us' wants a time such as"},
	    {"time_us: 5 weeks", "'time_us' wants a time such as"},
	    {"time_us: 101 min", "'time_us' is out of its bounds, 0 to "
	                         "6000000000 microseconds"},
	    {"time_us: 9000000000000 d", "'time_us' wants a time"},
	    {"size: 1T", "'size' wants a size such as"},
	    {"size: 99999999999G", "'size' wants a size"},
	    {"secret: abc", "'secret' is a secret and is not written here"},
	    {"secret: {}", "f.yaml:2: 'secret' wants either file or env"},
	    {"secret: {file: a, env: B}", "wants either file or env"},
	    {"secret: {value: a}", "there is no key 'value'"},
	    {"texts: {a: b}", "'texts' wants texts, here is a map"},
	    {"texts: [a, [b]]", "'texts' wants texts, here is a list"},
	    {"texts: [a, ~]", "'texts' wants texts, here is a null"},
	    {"text", NULL},
	};
	char text[200];
	struct part part;

	(void)state;
	for (size_t i = 0; cases[i].says; i++) {
		struct err err = {0};

		snprintf(text, sizeof(text), "text: a\n%s\n", cases[i].line);
		assert_int_equal(read_part(text, NULL, &part, &err), -1);
		if (err.code != ERR_INPUT ||
		    strncmp(err.msg, "f.yaml:2: ", 10) != 0 ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("%s: %s", cases[i].line, err.msg);
	}
}

static void
expect_wrong(const char *text, const char *says)
{
	struct part part;
	struct err err = {0};

	assert_int_equal(read_part(text, NULL, &part, &err), -1);
	assert_string_equal(err.msg, says);
}

static void
test_wrong_maps(void **state)
{
	struct part part;
	struct err err;

	(void)state;
	expect_wrong("", "f.yaml:1: 'text' is missing");
	expect_wrong("~", "f.yaml:1: 'text' is missing");
	expect_wrong("\npath: a", "f.yaml:2: 'text' is missing");
	expect_wrong(
	    "\n\n- a", "f.yaml:3: here should be keys and values, not a list");
	/* A key that the caller has read is no error, and nothing else. */
	assert_int_equal(read_part("kind: x\ntext: a", "kind", &part, &err), 0);
	assert_int_equal(read_part("kin: x\ntext: a", "kind", &part, &err), -1);
}

static void
test_description(void **state)
{
	struct buf out = {0};

	(void)state;
	config_describe(&out, &table);
	buf_char(&out, '\0');
	assert_non_null(strstr(out.ptr, "part: a part\n"));
	assert_non_null(strstr(out.ptr, "text             text; required\n"));
	assert_non_null(
	    strstr(out.ptr, "word             none|some|all; default some\n"));
	assert_non_null(
	    strstr(out.ptr, "time_us          time; default 10 min"));
	assert_non_null(strstr(out.ptr, "{file: PATH} or {env: NAME}\n"));
	for (size_t i = 0; i < table.count; i++)
		assert_non_null(strstr(out.ptr, rows[i].name));
	buf_release(&out);
}

/* --- secrets --- */

static int
read_secret(
    const struct config_secret *secret, const char *want, const char *says)
{
	struct buf out = {0};
	struct err err = {0};
	int status = config_secret_read(secret, &out, &err);

	if (want && (status || !slice_eq(buf_slice(&out), slice_cstr(want))))
		fail_msg("%s", err.msg);
	if (says && (!status || !strstr(err.msg, says)))
		fail_msg("%s", err.msg);
	buf_release(&out);
	return status;
}

static void
write_file(const char *path, const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void
test_secret_files(void **state)
{
	static const mode_t open_to[] = {0604, 0640, 0602, 0660, 0777, 0601};
	char path[] = "/tmp/firn-config-XXXXXX", *huge;
	const struct config_secret secret = {.file = path};
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	write_file(path, "s3cret\n", 7);
	read_secret(&secret, "s3cret", NULL);
	for (size_t i = 0; i < sizeof(open_to) / sizeof(open_to[0]); i++) {
		assert_int_equal(chmod(path, open_to[i]), 0);
		read_secret(&secret, NULL, "others may read the secret");
	}
	assert_int_equal(chmod(path, 0400), 0);
	read_secret(&secret, "s3cret", NULL);
	assert_int_equal(chmod(path, 0600), 0);
	write_file(path, " two words\r\n\r\n", 14);
	read_secret(&secret, " two words", NULL);
	write_file(path, "\r\n", 2);
	read_secret(&secret, NULL, "is empty");
	write_file(path, "", 0);
	read_secret(&secret, NULL, "is empty");
	huge = calloc(1, 70000);
	assert_non_null(huge);
	memset(huge, 'x', 70000);
	write_file(path, huge, 70000);
	read_secret(&secret, NULL, "is too long");
	free(huge);
	unlink(path);
	read_secret(&secret, NULL, "cannot open the secret");
	read_secret(&(struct config_secret){.file = "/"}, NULL, "secret '/'");
}

static void
test_secrets_of_the_environment(void **state)
{
	const struct config_secret secret = {.env = "FIRN_TEST_SECRET"};

	(void)state;
	unsetenv("FIRN_TEST_SECRET");
	read_secret(&secret, NULL,
	    "no secret in the environment as "
	    "'FIRN_TEST_SECRET'");
	setenv("FIRN_TEST_SECRET", "", 1);
	read_secret(&secret, NULL, "'FIRN_TEST_SECRET' is empty");
	setenv("FIRN_TEST_SECRET", "abc\n", 1);
	read_secret(&secret, "abc", NULL);
	read_secret(&(struct config_secret){0}, NULL, "no secret");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_presets),
	    cmocka_unit_test(test_every_type),
	    cmocka_unit_test(test_units),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_wrong_maps),
	    cmocka_unit_test(test_description),
	    cmocka_unit_test(test_secret_files),
	    cmocka_unit_test(test_secrets_of_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
