#include "geo/geo.h"

#include <maxminddb.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/share.h"

#define CACHE_SIZE 4096 /* a power of two */
#define IP_MAX     46

struct geo {
	MMDB_s db;
};

struct entry {
	unsigned char len;
	char ip[IP_MAX];
	char country[2]; /* zero: unknown */
};

struct geo_cache {
	const struct geo *geo;
	struct entry entries[CACHE_SIZE];
	char names[26 * 26][2]; /* every pair of letters: the answers */
};

int
geo_open(struct geo **out, const char *path, struct err *err)
{
	struct geo *geo = xcalloc(1, sizeof(*geo));
	int status = MMDB_open(path, MMDB_MODE_MMAP, &geo->db);

	*out = NULL;
	if (status != MMDB_SUCCESS) {
		free(geo);
		return err_set(err, ERR_INPUT, "cannot read '%s': %s", path,
		    MMDB_strerror(status));
	}
	*out = geo;
	return 0;
}

void
geo_close(struct geo *geo)
{
	if (!geo)
		return;
	MMDB_close(&geo->db);
	free(geo);
}

char *
geo_shipped(void)
{
	return share_path("FIRN_GEO", "geo/country.mmdb");
}

struct geo_cache *
geo_cache_new(const struct geo *geo)
{
	struct geo_cache *cache = xcalloc(1, sizeof(*cache));

	cache->geo = geo;
	for (size_t i = 0; i < 26; i++) {
		for (size_t k = 0; k < 26; k++) {
			cache->names[i * 26 + k][0] = (char)('A' + i);
			cache->names[i * 26 + k][1] = (char)('A' + k);
		}
	}
	return cache;
}

void
geo_cache_free(struct geo_cache *cache)
{
	free(cache);
}

static void
look_up(const struct geo *geo, struct entry *entry)
{
	int gai = 0, status = 0;
	char text[IP_MAX + 1];
	MMDB_lookup_result_s hit;
	MMDB_entry_data_s data;

	memcpy(text, entry->ip, entry->len);
	text[entry->len] = '\0';
	hit = MMDB_lookup_string(&geo->db, text, &gai, &status);
	if (gai || status || !hit.found_entry)
		return;
	if (MMDB_get_value(&hit.entry, &data, "country_code", NULL) &&
	    MMDB_get_value(&hit.entry, &data, "country", "iso_code", NULL))
		return;
	if (data.has_data && data.type == MMDB_DATA_TYPE_UTF8_STRING &&
	    data.data_size == 2)
		memcpy(entry->country, data.utf8_string, 2);
}

struct slice
geo_country(struct geo_cache *cache, struct slice ip)
{
	struct entry *entry;
	unsigned first, second;

	if (!cache || !ip.len || ip.len > IP_MAX)
		return SLICE("");
	entry = &cache->entries[hash64(ip, 0) % CACHE_SIZE];
	if (entry->len != ip.len || memcmp(entry->ip, ip.ptr, ip.len) != 0) {
		memset(entry, 0, sizeof(*entry));
		entry->len = (unsigned char)ip.len;
		memcpy(entry->ip, ip.ptr, ip.len);
		look_up(cache->geo, entry);
	}
	first = (unsigned)entry->country[0] - 'A';
	second = (unsigned)entry->country[1] - 'A';
	if (first >= 26 || second >= 26)
		return SLICE("");
	/* The entry may be reused, the table of names stays. */
	return slice_of(cache->names[first * 26 + second], 2);
}
