#include "text/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX 65536

/* --- errors --- */

int
config_wrong(const struct config_file *file, const struct yaml *at,
    struct err *err, const char *format, ...)
{
	char text[ERR_MSG_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_set(
	    err, ERR_INPUT, "%s:%u: %s", file->path, at ? at->line : 1, text);
}

/* --- values --- */

/* A number with a unit behind it. */
static bool
parse_unit(const char *text, const struct config_row *row, int64_t *out)
{
	static const struct unit {
		const char *name;
		int64_t value;
	} times[] = {{"ms", 1000}, {"s", 1000000}, {"min", 60000000},
	    {"h", INT64_C(3600000000)}, {"d", INT64_C(86400000000)}, {NULL, 0}},
	  sizes[] = {{"", 1}, {"k", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30},
	      {NULL, 0}},
	  counts[] = {{"", 1}, {NULL, 0}};
	const struct unit *units = row->type == CONFIG_TIME   ? times
	                           : row->type == CONFIG_SIZE ? sizes
	                                                      : counts;
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno || end == text || n < 0)
		return false;
	while (*end == ' ')
		end++;
	for (; units->name; units++)
		if (!strcmp(units->name, end))
			return !__builtin_mul_overflow(n, units->value, out);
	return false;
}

static int
read_number(const struct config_file *file, const struct config_row *row,
    const struct yaml *at, const char *text, int64_t *out, struct err *err)
{
	static const char *const wants[] = {[CONFIG_COUNT] = "a number",
	    [CONFIG_TIME] = "a time such as 500 ms, 30 s, 10 min, 2 h or 7 d",
	    [CONFIG_SIZE] = "a size such as 64k, 8M or 2G"};
	int64_t max = row->max ? row->max : INT64_MAX;

	if (!parse_unit(text, row, out))
		return config_wrong(file, at, err, "'%s' wants %s, not '%s'",
		    row->name, wants[row->type], text);
	if (*out < row->min || *out > max)
		return config_wrong(file, at, err,
		    "'%s' is out of its bounds, %jd to %jd%s", row->name,
		    (intmax_t)row->min, (intmax_t)max,
		    row->type == CONFIG_TIME ? " microseconds" : "");
	return 0;
}

static int
read_word(const struct config_file *file, const struct config_row *row,
    const struct yaml *at, const char *text, unsigned *out, struct err *err)
{
	struct slice rest = slice_cstr(row->words);

	for (*out = 0; rest.len; ++*out)
		if (slice_eq(slice_cut(&rest, '|'), slice_cstr(text)))
			return 0;
	return config_wrong(file, at, err, "'%s' is one of %s, not '%s'",
	    row->name, row->words, text);
}

static int
read_bool(const struct config_file *file, const struct config_row *row,
    const struct yaml *at, const char *text, bool *out, struct err *err)
{
	*out = !strcmp(text, "true");
	if (*out || !strcmp(text, "false"))
		return 0;
	return config_wrong(
	    file, at, err, "'%s' is true or false, not '%s'", row->name, text);
}

static const char *
make_path(const struct config_file *file, const char *text)
{
	if (*text == '/' || !*text)
		return text;
	return arena_printf(file->arena, "%s/%s%c", file->dir, text, '\0').ptr;
}

/* What is written in one piece: a key's value, or its preset. */
static int
read_scalar(const struct config_file *file, const struct config_row *row,
    const struct yaml *at, const char *text, void *to, struct err *err)
{
	switch (row->type) {
	case CONFIG_TEXT:
		*(const char **)to = text;
		return 0;
	case CONFIG_PATH:
		*(const char **)to = make_path(file, text);
		return 0;
	case CONFIG_WORD:
		return read_word(file, row, at, text, to, err);
	case CONFIG_BOOL:
		return read_bool(file, row, at, text, to, err);
	case CONFIG_COUNT:
	case CONFIG_TIME:
	case CONFIG_SIZE:
		return read_number(file, row, at, text, to, err);
	default:
		return config_wrong(
		    file, at, err, "'%s' is no single value", row->name);
	}
}

static int
read_secret(const struct config_file *file, const struct config_row *row,
    const struct yaml *map, struct config_secret *out, struct err *err)
{
	static const struct config_row rows[] = {
	    {.name = "file",
	        .type = CONFIG_PATH,
	        .at = offsetof(struct config_secret, file)},
	    {.name = "env",
	        .type = CONFIG_TEXT,
	        .at = offsetof(struct config_secret, env)},
	};
	const struct config_table table = {.rows = rows, .count = 2};

	if (map->type != YAML_MAP)
		return config_wrong(file, map, err,
		    "'%s' is a secret and is not written here: say "
		    "{file: PATH} or {env: NAME}",
		    row->name);
	if (config_read(file, &table, map, out, err))
		return -1;
	if (!out->file == !out->env)
		return config_wrong(
		    file, map, err, "'%s' wants either file or env", row->name);
	return 0;
}

/* A list of texts, or one alone. */
static int
read_texts(const struct config_file *file, const struct config_row *row,
    const struct yaml *at, struct config_texts *out, struct err *err)
{
	const struct yaml *node = at->type == YAML_LIST ? at->first : at;
	size_t n = at->type == YAML_LIST ? at->count : 1;

	out->list = arena_calloc(file->arena, n + 1, sizeof(*out->list));
	out->count = 0;
	for (; out->count < n; node = node->next) {
		if (!yaml_is_scalar(node) || node->type == YAML_NULL)
			return config_wrong(file, node, err,
			    "'%s' wants texts, here is a %s", row->name,
			    yaml_type_name(node->type));
		out->list[out->count++] = row->type == CONFIG_PATHS
		                              ? make_path(file, node->text.ptr)
		                              : node->text.ptr;
	}
	return 0;
}

static int
read_value(const struct config_file *file, const struct config_row *row,
    const struct yaml *node, void *to, struct err *err)
{
	switch (row->type) {
	case CONFIG_PART:
		*(const struct yaml **)to = node;
		return 0;
	case CONFIG_SECRET:
		return read_secret(file, row, node, to, err);
	case CONFIG_TEXTS:
	case CONFIG_PATHS:
		return read_texts(file, row, node, to, err);
	default:
		break;
	}
	if (!yaml_is_scalar(node) || node->type == YAML_NULL)
		return config_wrong(file, node, err,
		    "'%s' wants a value, here is a %s", row->name,
		    yaml_type_name(node->type));
	return read_scalar(file, row, node, node->text.ptr, to, err);
}

/* --- a map --- */

static const struct config_row *
find_row(const struct config_table *table, struct slice name)
{
	for (size_t i = 0; i < table->count; i++)
		if (slice_eq(name, slice_cstr(table->rows[i].name)))
			return &table->rows[i];
	return NULL;
}

static int
preset(const struct config_file *file, const struct config_table *table,
    const struct yaml *map, void *out, struct err *err)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct config_row *row = &table->rows[i];

		if (map && yaml_get(map, row->name))
			continue;
		if (row->must)
			return config_wrong(
			    file, map, err, "'%s' is missing", row->name);
		if (row->preset && read_scalar(file, row, map, row->preset,
		                       (char *)out + row->at, err))
			return -1;
	}
	return 0;
}

int
config_read(const struct config_file *file, const struct config_table *table,
    const struct yaml *map, void *out, struct err *err)
{
	if (map && map->type == YAML_NULL)
		map = NULL;
	if (map && map->type != YAML_MAP)
		return config_wrong(file, map, err,
		    "here should be keys and values, not a %s",
		    yaml_type_name(map->type));
	if (preset(file, table, map, out, err))
		return -1;
	for (const struct yaml *node = map ? map->first : NULL; node;
	     node = node->next) {
		const struct config_row *row = find_row(table, node->key->text);

		if (file->tag &&
		    slice_eq(node->key->text, slice_cstr(file->tag)))
			continue;
		if (!row)
			return config_wrong(file, node->key, err,
			    "there is no key '" SLICE_FMT
			    "' here; 'firn check-config --keys' lists them",
			    SLICE_ARG(node->key->text));
		if (read_value(file, row, node, (char *)out + row->at, err))
			return -1;
	}
	return 0;
}

/* --- for people --- */

static const char *
type_words(const struct config_row *row)
{
	switch (row->type) {
	case CONFIG_PATH:
		return "path";
	case CONFIG_WORD:
		return row->words;
	case CONFIG_BOOL:
		return "true|false";
	case CONFIG_COUNT:
		return "number";
	case CONFIG_TIME:
		return "time";
	case CONFIG_SIZE:
		return "size";
	case CONFIG_SECRET:
		return "{file: PATH} or {env: NAME}";
	case CONFIG_TEXTS:
		return "text, or a list";
	case CONFIG_PATHS:
		return "path, or a list";
	case CONFIG_PART:
		return "see below";
	default:
		return "text";
	}
}

void
config_describe(struct buf *out, const struct config_table *table)
{
	buf_printf(out, "%s: %s\n", table->name, table->help);
	for (size_t i = 0; i < table->count; i++) {
		const struct config_row *row = &table->rows[i];

		buf_printf(out, "  %-16s %s", row->name, type_words(row));
		if (row->must)
			buf_str(out, "; required");
		else if (row->preset)
			buf_printf(out, "; default %s", row->preset);
		buf_printf(out, "\n%19s%s\n", "", row->help);
	}
}

/* --- secrets --- */

static int
read_file(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	ssize_t got;
	int status = -1;

	if (fd < 0)
		return err_sys(err, "cannot open the secret '%s'", path);
	if (fstat(fd, &st)) {
		err_sys(err, "cannot read the secret '%s'", path);
	} else if (st.st_mode & 077) {
		err_set(err, ERR_USAGE,
		    "others may read the secret '%s': 'chmod 600' it", path);
	} else {
		got = read(fd, buf_reserve(out, SECRET_MAX), SECRET_MAX);
		if (got < 0)
			err_sys(err, "cannot read the secret '%s'", path);
		else if (got == SECRET_MAX)
			err_set(err, ERR_INPUT, "the secret '%s' is too long",
			    path);
		else
			status = 0;
		out->len += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	return status;
}

int
config_secret_read(
    const struct config_secret *secret, struct buf *out, struct err *err)
{
	const char *text;

	if (secret->file) {
		if (read_file(secret->file, out, err))
			return -1;
	} else {
		text = secret->env ? getenv(secret->env) : NULL;
		if (!text)
			return err_set(err, ERR_USAGE,
			    "there is no secret in the environment as '%s'",
			    secret->env ? secret->env : "");
		buf_str(out, text);
	}
	while (out->len && (out->ptr[out->len - 1] == '\n' ||
	                       out->ptr[out->len - 1] == '\r'))
		out->len--;
	if (!out->len)
		return err_set(err, ERR_INPUT, "the secret '%s' is empty",
		    secret->file ? secret->file : secret->env);
	return 0;
}
