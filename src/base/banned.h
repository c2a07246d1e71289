#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/*
 * banned - functions that nobody here may call.
 *
 * Every C file is compiled with `-include base/banned.h`.  A declaration that
 * says "deprecated" turns each call into a warning, and so into an error,
 * while the system's own headers may still declare the function.
 */

#include <stddef.h>

#define BANNED(instead) __attribute__((deprecated("use " instead)))

char *strcpy(char *restrict to, const char *restrict from)
    BANNED("struct buf or memcpy");
char *strcat(char *restrict to, const char *restrict from) BANNED("struct buf");
char *strncpy(char *restrict to, const char *restrict from, size_t n)
    BANNED("struct buf or memcpy");
int sprintf(char *restrict to, const char *restrict fmt, ...)
    BANNED("snprintf or buf_printf");
char *strtok(char *restrict str, const char *restrict seps) BANNED("slice_cut");
int atoi(const char *str) BANNED("slice_to_u64");
char *gets(char *to) BANNED("getline");

#undef BANNED

#endif
