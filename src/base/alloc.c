#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
or_die(void *p, size_t size)
{
	if (!p && size) {
		fprintf(stderr, "firn: out of memory (%zu bytes)\n", size);
		abort();
	}
	return p;
}

void *
xmalloc(size_t size)
{
	return or_die(malloc(size ? size : 1), size ? size : 1);
}

void *
xcalloc(size_t n, size_t size)
{
	return or_die(calloc(n ? n : 1, size ? size : 1), 1);
}

void *
xrealloc(void *old, size_t size)
{
	return or_die(realloc(old, size ? size : 1), size ? size : 1);
}

char *
xstrdup(const char *str)
{
	return or_die(strdup(str), 1);
}
