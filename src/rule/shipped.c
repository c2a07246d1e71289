#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "rule/rules.h"

static bool
is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

char *
rules_shipped_dir(struct err *err)
{
	/* Installed as PREFIX/bin/firn, or built as build/firn. */
	static const char *const places[] = {"../share/firn/rules", "../rules"};
	const char *given = getenv("FIRN_RULES");
	char self[PATH_MAX], path[PATH_MAX + 32], *slash;
	ssize_t n;

	if (given && *given)
		return xstrdup(given);
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0) {
		err_sys(err, "cannot find the program's own folder");
		return NULL;
	}
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *real;

		snprintf(path, sizeof(path), "%s/%s", self, places[i]);
		real = is_dir(path) ? realpath(path, NULL) : NULL;
		if (real)
			return real;
	}
	err_set(err, ERR_INPUT,
	    "there are no shipped rules near '%s'; FIRN_RULES may name them",
	    self);
	return NULL;
}
