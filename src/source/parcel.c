#include "source/parcel.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sha256.h"

struct parcel *
parcel_new(const char *by, const char *source)
{
	struct parcel *parcel = xcalloc(1, sizeof(*parcel));

	parcel->by = by;
	parcel->source = source;
	parcel->created_us = INT64_MIN;
	return parcel;
}

void
parcel_free(struct parcel *parcel)
{
	if (!parcel)
		return;
	buf_release(&parcel->stream);
	buf_release(&parcel->tenant);
	buf_release(&parcel->about);
	buf_release(&parcel->after);
	buf_release(&parcel->body);
	free(parcel->file);
	free(parcel);
}

void
parcel_name(unsigned char name[16], const struct slice *texts, size_t n)
{
	unsigned char digest[SHA256_LEN];
	struct buf all = {0};

	buf_str(&all, "firn-delivery/1\n");
	for (size_t i = 0; i < n; i++) {
		buf_printf(&all, "%zu ", texts[i].len);
		buf_slice_add(&all, texts[i]);
		buf_char(&all, '\n');
	}
	sha256(buf_slice(&all), digest);
	memcpy(name, digest, 16);
	buf_release(&all);
}
