#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

/*
 * alloc - allocation that succeeds or ends the program.
 *
 * For state the program cannot run without.  A size that comes from outside
 * is checked against its limit before it gets here.
 */

/* Memory that is not cleared; release with free(). */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));

/* Zeroed memory for n objects; release with free(). */
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));

/* Like realloc(); never NULL, so `old` may be assigned over. */
void *xrealloc(void *old, size_t size) __attribute__((returns_nonnull));

/* A copy of str; release with free(). */
char *xstrdup(const char *str) __attribute__((malloc, returns_nonnull));

#endif
