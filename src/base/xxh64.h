#ifndef BASE_XXH64_H
#define BASE_XXH64_H

#include <stdint.h>

#include "base/slice.h"

/*
 * xxh64 - the hash that the filters in Parquet files are made of (seed 0).  It
 * is no secret and no proof: anyone can make texts with the same hash.
 */
uint64_t xxh64(struct slice s);

#endif
