#ifndef GEO_GEO_H
#define GEO_GEO_H

#include "base/err.h"
#include "base/slice.h"

/*
 * geo - in which country is an address registered?
 *
 * Reads a MaxMind DB file whose records hold `country_code`, or MaxMind's own
 * `country`/`iso_code`.  The answer is where the registry says the block
 * belongs: good for "another country than yesterday", not for where a person
 * sits.  A struct geo may be read by any number of threads, each with a
 * geo_cache of its own.
 */
struct geo;

/* Opens the database at `path`. */
int geo_open(struct geo **out, const char *path, struct err *err);

/*
 * The database that comes with the program: $FIRN_GEO, else
 * geo/country.mmdb as base/share.h finds it.  In memory for free(); NULL if
 * there is none.
 */
char *geo_shipped(void);

void geo_close(struct geo *geo);

struct geo_cache;

struct geo_cache *geo_cache_new(const struct geo *geo);
void geo_cache_free(struct geo_cache *cache);

/*
 * The two letters of the country of an address in text (as base/ip.h writes
 * it); empty if unknown.  Good as long as the cache.
 */
struct slice geo_country(struct geo_cache *cache, struct slice ip);

#endif
