#ifndef COVERAGE_RECENT_H
#define COVERAGE_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * recent - the names of what came lately, oldest first.
 *
 * At most 64 bytes each, and RECENT_MAX of them: then each new one takes the
 * oldest one's place.  Names are as good as random (the beginning of a
 * SHA-256).  One thread.
 */
#define RECENT_MAX ((size_t)1 << 21)

struct recent;

struct recent_name {
	unsigned char name[16];
	uint64_t hour; /* since 1970, of when it came */
};

struct recent *recent_new(void);
void recent_free(struct recent *recent);

/* `hour` is not below that of those before; a name that is there stays. */
void recent_add(struct recent *recent, const struct recent_name *name);
bool recent_has(const struct recent *recent, const unsigned char name[16]);
/* Drops those that came before that hour. */
void recent_forget(struct recent *recent, uint64_t before);

/* In their order. */
size_t recent_count(const struct recent *recent);
const struct recent_name *recent_at(const struct recent *recent, size_t i);

#endif
