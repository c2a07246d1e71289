#include "base/share.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

char *
share_path(const char *variable, const char *name)
{
	static const char *const places[] = {
	    "share", "../share", "../../share"};
	const char *given = getenv(variable);
	char self[PATH_MAX], path[2 * PATH_MAX];
	ssize_t n;

	if (given)
		return *given ? xstrdup(given) : NULL;
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return NULL;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(
		    path, sizeof(path), "%s/%s/firn/%s", self, places[i], name);
		if (!access(path, R_OK))
			return xstrdup(path);
	}
	return NULL;
}
