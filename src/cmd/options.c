#include "cmd/options.h"

#include <string.h>
#include <unistd.h>

#define THREADS_MAX 64

int
options_read(int argc, char **argv, const struct option *table,
    int (*set)(int id, const char *value, void *args, struct err *err),
    void *args, struct err *err)
{
	char shorts[32] = ":h";
	size_t n = 2;
	int id;

	for (const struct option *o = table; o->name; o++)
		if (o->val > 0 && o->val < 128 && o->val != OPTION_HELP &&
		    n + 3 < sizeof(shorts)) {
			shorts[n++] = (char)o->val;
			if (o->has_arg == required_argument)
				shorts[n++] = ':';
			shorts[n] = '\0';
		}
	/* 0 lets glibc begin anew; it puts the words behind the options. */
	optind = 0;
	opterr = 0;
	while ((id = getopt_long(argc, argv, shorts, table, NULL)) != -1) {
		if (id == '?')
			return err_set(err, ERR_USAGE,
			    "unknown option '%s'; 'firn %s --help' lists them",
			    argv[optind - 1], argv[0]);
		if (id == ':')
			return err_set(err, ERR_USAGE,
			    "option '%s' needs a value", argv[optind - 1]);
		if (set(id, optarg, args, err))
			return -1;
	}
	return optind;
}

unsigned
option_threads_default(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 1)
		return 1;
	return processors > 8 ? 8 : (unsigned)processors;
}

int
option_threads(const char *value, unsigned *threads, struct err *err)
{
	uint64_t n;

	if (!slice_to_u64(slice_cstr(value), &n) || !n || n > THREADS_MAX)
		return err_set(err, ERR_USAGE,
		    "--threads: '%s' is no number from 1 to %d", value,
		    THREADS_MAX);
	*threads = (unsigned)n;
	return 0;
}

int
option_progress(const char *value, bool *on, struct err *err)
{
	bool never = !strcmp(value, "never");

	if (!never && strcmp(value, "auto") != 0)
		return err_set(err, ERR_USAGE,
		    "--progress: '%s' is neither auto nor never", value);
	*on = *on && !never;
	return 0;
}

int
option_format(
    const char *value, const char *words, unsigned *choice, struct err *err)
{
	struct slice rest = slice_cstr(words);

	for (unsigned i = 0; rest.len; i++) {
		if (slice_eq(slice_cut(&rest, '|'), slice_cstr(value))) {
			*choice = i;
			return 0;
		}
	}
	return err_set(
	    err, ERR_USAGE, "--format: '%s' is none of %s", value, words);
}

void
option_tenants(
    const char *value, struct plan_list *tenants, struct arena *arena)
{
	struct slice rest = slice_cstr(value);

	do
		plan_add(arena, tenants, slice_cut(&rest, ','));
	while (rest.len);
}
